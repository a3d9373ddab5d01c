"""From what the ledger answers to what the API does; the command shows the same."""

from __future__ import annotations

from loyalty_api.cursors import encode_cursor, encode_id_cursor
from loyalty_shared.contracts.account_bodies import (
    AccountBody,
    TierMemberBody,
    TierMemberPageBody,
)
from loyalty_shared.contracts.transaction_bodies import TransactionBody, TransactionPageBody
from loyalty_shared.domain.program import Program
from loyalty_shared.service.queries import History, MembersInTier, Transaction
from loyalty_shared.service.statements import AccountStatement


def account_body(program: Program, statement: AccountStatement) -> AccountBody:
    """Write an account as of the moment that it was asked for."""
    return AccountBody.of(
        program, statement.member_id, statement.account, statement.seq, statement.as_of
    )


def transaction_body(found: Transaction) -> TransactionBody:
    """Write a transaction."""
    return TransactionBody.of(found.transaction_id, found.entry, found.change, found.available)


def transaction_page_body(page: History) -> TransactionPageBody:
    """Write a page of transactions, with the cursor for the one after."""
    return TransactionPageBody(
        items=[transaction_body(each) for each in page.transactions],
        next_cursor=encode_cursor(page.next_before) if page.next_before else None,
    )


def tier_member_page_body(page: MembersInTier) -> TierMemberPageBody:
    """Write a page of a tier's members, with the cursor for the one after."""
    return TierMemberPageBody(
        items=[
            TierMemberBody(
                member_id=each.member_id,
                tier=each.record.tier,
                tier_since=each.record.tier_since,
            )
            for each in page.members
        ],
        next_cursor=encode_id_cursor(page.next_after) if page.next_after else None,
    )
