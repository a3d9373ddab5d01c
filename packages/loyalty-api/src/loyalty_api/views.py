"""From what the ledger answers to what the API does; the command shows the same."""

from __future__ import annotations

from loyalty_api.cursors import encode_cursor
from loyalty_shared.contracts.bodies import AccountBody, TransactionBody, TransactionPageBody
from loyalty_shared.domain.program import Program
from loyalty_shared.service.queries import AccountStatement, History, Transaction


def account_body(program: Program, statement: AccountStatement) -> AccountBody:
    """Write an account as of the moment that it was asked for."""
    return AccountBody.of(
        program, statement.member_id, statement.account, statement.seq, statement.as_of
    )


def transaction_body(found: Transaction) -> TransactionBody:
    """Write a transaction."""
    return TransactionBody.of(found.transaction_id, found.entry, found.available)


def transaction_page_body(page: History) -> TransactionPageBody:
    """Write a page of transactions, with the cursor for the one after."""
    return TransactionPageBody(
        items=[transaction_body(each) for each in page.transactions],
        next_cursor=encode_cursor(page.next_before) if page.next_before else None,
    )
