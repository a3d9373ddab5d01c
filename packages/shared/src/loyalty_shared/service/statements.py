"""A member's account: as of now, as of another day, and as it was known at another time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from loyalty_shared.contracts.events import FURTHEST_AHEAD
from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Entry, EntryType
from loyalty_shared.domain.replay import Change, replayed
from loyalty_shared.service.entries import entries_of, newest_of, newest_recorded_by
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.queries import no_member
from loyalty_shared.service.transaction_ids import transaction_id


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """A member's account, to be looked at as of a moment; `seq` is the newest entry in it."""

    member_id: str
    account: Account
    seq: int
    as_of: datetime


def account(
    ledger: Ledger,
    member_id: str,
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> AccountStatement:
    """Give a member's account.

    `as_of` is a moment of business: of the past, only what had occurred by then counts; of the
    future, nothing more happens until then. `known_at` is a moment of the ledger: only what was
    recorded by then counts, and without `as_of` the account is as it was shown then.

    Raises:
        MemberNotFound: when the ledger has no entry of the member, or had none then.
    """
    now = ledger.clock()
    newest = newest_of(ledger, member_id, consistent=False)
    if newest is not None and known_at is not None:
        newest = newest_recorded_by(ledger, member_id, newest, known_at)
    if newest is None:
        raise no_member()
    moment = min(now, known_at) if known_at else now
    if as_of is None or as_of >= moment:
        return AccountStatement(member_id, newest.account, newest.seq, as_of or moment)
    return _as_of(ledger, member_id, newest, as_of)


def _as_of(ledger: Ledger, member_id: str, newest: Entry, as_of: datetime) -> AccountStatement:
    # Events come late and out of their order, but hardly ahead of their time: what was recorded a
    # day before the moment counts as a whole, and all that came later has to be looked at.
    base = newest_recorded_by(ledger, member_id, newest, as_of - FURTHEST_AHEAD)
    before, seq = (base.account, base.seq) if base else (Account(), 0)
    counted, later = [Change(Account(), before)], _Later()
    for entry in entries_of(ledger, member_id, after=seq):
        if entry.seq > newest.seq:
            break
        id_ = transaction_id(ledger.member_key(member_id), entry.seq, entry.recorded_at)
        if entry.occurred_at <= as_of and not later.holds_back(entry):
            counted.append(Change(before, entry.account))
            seq = entry.seq
        else:
            later.add(id_, entry)
        before = entry.account
    return AccountStatement(member_id, replayed(counted), seq, as_of)


class _Later:
    """What had not happened yet, and so what could not have followed from it either."""

    def __init__(self) -> None:
        self._transactions: set[str] = set()
        self._orders: set[str | None] = set()

    def add(self, id_: str, entry: Entry) -> None:
        """Take in what is not counted."""
        self._transactions.add(id_)
        if entry.type is EntryType.EARN:
            self._orders.add(entry.order_id)

    def holds_back(self, entry: Entry) -> bool:
        """Say whether an entry follows from something that is not counted."""
        if entry.follows in self._transactions:
            return True
        # A refund that the shop dates before its order waits for it, as one that comes before it.
        of_order = entry.type in (EntryType.REVERSE, EntryType.CORRECT, EntryType.RESTORE)
        return of_order and not entry.claims and entry.order_id in self._orders
