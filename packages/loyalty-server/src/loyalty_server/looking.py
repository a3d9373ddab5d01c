"""What the commands that only look read from the ledger."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime

from loyalty_api.views import account_body, transaction_page_body
from loyalty_server.composition import open_ledger, require_ledger
from loyalty_server.settings import ServerSettings
from loyalty_shared.contracts.account_bodies import AccountBody
from loyalty_shared.contracts.transaction_bodies import TransactionPageBody
from loyalty_shared.service import queries, statements


def account_of(
    settings: ServerSettings, member_id: str, *, as_of: datetime | None, known_at: datetime | None
) -> AccountBody:
    """Read a member's account as of a moment, as it was known at one; None: now.

    Raises:
        LedgerNotFound: when there is no ledger.
        MemberNotFound: when the ledger has no entry of the member.
    """
    require_ledger(settings)
    ledger = open_ledger(settings)
    with closing(ledger.store):
        found = statements.account(ledger, member_id, as_of=as_of, known_at=known_at)
        return account_body(ledger.program, found)


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
