"""What the commands that only look read from the ledger."""

from __future__ import annotations

from contextlib import closing

from loyalty_api.views import account_body, transaction_page_body
from loyalty_server.composition import open_ledger, require_ledger
from loyalty_server.settings import ServerSettings
from loyalty_shared.contracts.bodies import AccountBody, TransactionPageBody
from loyalty_shared.service import queries


def account_of(settings: ServerSettings, member_id: str) -> AccountBody:
    """Read a member's account as of now.

    Raises:
        LedgerNotFound: when there is no ledger.
        MemberNotFound: when the ledger has no entry of the member.
    """
    require_ledger(settings)
    ledger = open_ledger(settings)
    with closing(ledger.store):
        return account_body(ledger.program, queries.account(ledger, member_id))


def history_of(settings: ServerSettings, member_id: str, limit: int) -> TransactionPageBody:
    """Read a member's newest transactions.

    Raises:
        LedgerNotFound: when there is no ledger.
        MemberNotFound: when the ledger has no entry of the member.
    """
    require_ledger(settings)
    ledger = open_ledger(settings)
    with closing(ledger.store):
        page = queries.history(ledger, member_id, before=None, limit=limit)
        return transaction_page_body(page)
