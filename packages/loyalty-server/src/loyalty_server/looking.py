"""What the commands that only look read from the ledger."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from loyalty_api.views import (
    account_body,
    approval_body,
    approval_page_body,
    hold_body,
    transaction_page_body,
)
from loyalty_server.composition import open_ledger, require_ledger
from loyalty_server.settings import ServerSettings
from loyalty_shared.contracts.account_bodies import AccountBody
from loyalty_shared.contracts.approval_bodies import ApprovalBody, ApprovalPageBody
from loyalty_shared.contracts.hold_bodies import HoldBody, HoldListBody
from loyalty_shared.contracts.quote_bodies import QuoteBody, read_quote
from loyalty_shared.contracts.transaction_bodies import TransactionPageBody
from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.service import adjustments, holds, queries, quotes, statements
from loyalty_shared.service.ledger import Ledger

_ALL = 10**9
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,15})(\.[0-9]{1,15})?")  # a number of JSON
_NAMES = {"body/totalAmount": "AMOUNT", "body/points": "--points"}


@contextmanager
def looking(settings: ServerSettings) -> Iterator[Ledger]:
    """Open the ledger to look at it, until the block ends.

    Raises:
        LedgerNotFound: when there is no ledger.
    """
    require_ledger(settings)
    ledger = open_ledger(settings)
    with closing(ledger.store):
        yield ledger


def account_of(
    settings: ServerSettings, member_id: str, *, as_of: datetime | None, known_at: datetime | None
) -> AccountBody:
    """Read a member's account as of a moment, as it was known at one; None: now.

    Raises:
        LedgerNotFound: when there is no ledger.
        MemberNotFound: when the ledger has no entry of the member.
    """
    with looking(settings) as ledger:
        found = statements.account(ledger, member_id, as_of=as_of, known_at=known_at)
        return account_body(ledger.program, found)


def history_of(settings: ServerSettings, member_id: str, limit: int) -> TransactionPageBody:
    """Read a member's newest transactions.

    Raises:
        LedgerNotFound: when there is no ledger.
        MemberNotFound: when the ledger has no entry of the member.
    """
    with looking(settings) as ledger:
        page = queries.history(ledger, member_id, before=None, limit=limit)
        return transaction_page_body(page)


def open_holds_of(settings: ServerSettings, member_id: str) -> HoldListBody:
    """List the open holds of a member.

    Raises:
        LedgerNotFound: when there is no ledger.
        MemberNotFound: when the ledger has no entry of the member.
    """
    with looking(settings) as ledger:
        found = holds.open_holds(ledger, member_id)
        return HoldListBody(items=[hold_body(ledger.program, member_id, each) for each in found])


def hold_of(settings: ServerSettings, member_id: str, hold_id: str) -> HoldBody:
    """Read a hold of a member.

    Raises:
        LedgerNotFound: when there is no ledger.
        HoldNotFound: when the member never had it.
    """
    with looking(settings) as ledger:
        found = holds.find_hold(ledger, member_id, hold_id)
        return hold_body(ledger.program, member_id, found)


def waiting_approvals(settings: ServerSettings) -> ApprovalPageBody:
    """List all adjustments that wait for a second person.

    Raises:
        LedgerNotFound: when there is no ledger.
    """
    with looking(settings) as ledger:
        page = adjustments.waiting_approvals(ledger, after=None, limit=_ALL)
        return approval_page_body(page)


def approval_of(settings: ServerSettings, approval_id: str) -> ApprovalBody:
    """Read an adjustment that waits, or waited.

    Raises:
        LedgerNotFound: when there is no ledger.
        ApprovalNotFound: when there never was one of that id.
    """
    with looking(settings) as ledger:
        return approval_body(adjustments.find_approval(ledger, approval_id))


def quote_for(settings: ServerSettings, member_id: str, amount: str, points: int) -> QuoteBody:
    """Say what a purchase of an amount would earn a member, with points to pay a part of it.

    Raises:
        InvalidInput: when the amount or the points are not valid.
        LedgerNotFound: when there is no ledger.
        Rejected: as redeeming the points would be.
    """
    if not _AMOUNT.fullmatch(amount):
        raise InvalidInput("AMOUNT must be a number such as 12.50", code="invalid_amount")
    with looking(settings) as ledger:
        # As JSON, which says a number to the last digit: no float ever holds an amount.
        body = (
            f'{{"memberId": {json.dumps(member_id)}, "totalAmount": {amount}, "points": {points}}}'
        )
        try:
            asked = read_quote(body.encode(), ledger.program.currency, ledger.clock())
        except InvalidInput as error:
            first = error.faults[0]
            name = _NAMES.get(first.location, first.location)
            raise InvalidInput(f"{name}: {first.reason}", code=error.code) from error
        found = quotes.quote_purchase(ledger, asked.purchase, asked.points)
        return QuoteBody.of(member_id, found)
