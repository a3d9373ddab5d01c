"""A member's account: as of now, as of another day, and as it was known at another time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.errors import LedgerDamaged
from loyalty_shared.domain.replay import Change, replayed
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.queries import no_member

_ENTRIES_A_READ = 200


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
    recorded by then counts. Without `as_of` it is that moment, and without both it is now.

    Raises:
        MemberNotFound: when the ledger has no entry of the member, or had none then.
    """
    now = ledger.clock()
    if as_of is None:
        as_of = min(now, known_at) if known_at else now
    newest = _newest(ledger, member_id, known_at if known_at and known_at < now else None)
    if newest is None:
        raise no_member()
    if as_of >= now:
        return AccountStatement(member_id, newest.account, newest.seq, as_of)
    return _as_of(ledger, member_id, newest, as_of)


def _as_of(ledger: Ledger, member_id: str, newest: Entry, as_of: datetime) -> AccountStatement:
    # Events come late and out of their order, so all of them have to be looked at.
    counted: list[Change] = []
    seq, before = 0, Account()
    for entry in _entries(ledger, member_id, newest.seq):
        if entry.occurred_at <= as_of:
            counted.append(Change(before, entry.account))
            seq = entry.seq
        before = entry.account
    if len(counted) == newest.seq:
        return AccountStatement(member_id, newest.account, newest.seq, as_of)
    return AccountStatement(member_id, replayed(counted), seq, as_of)


def _newest(ledger: Ledger, member_id: str, known_at: datetime | None) -> Entry | None:
    key = ledger.member_key(member_id)
    stored = ledger.store.newest_entry(key, consistent=False)
    newest = decode_entry(stored.body) if stored else None
    if newest is None or known_at is None or newest.recorded_at <= known_at:
        return newest
    # Entries are recorded in their order, so the newest one by then is found by halving.
    known, unknown, found = 0, newest.seq, None
    while unknown - known > 1:
        middle = (known + unknown) // 2
        entry = _entry(ledger, member_id, middle)
        if entry.recorded_at <= known_at:
            known, found = middle, entry
        else:
            unknown = middle
    return found


def _entry(ledger: Ledger, member_id: str, seq: int) -> Entry:
    stored = ledger.store.entry(ledger.member_key(member_id), seq)
    if stored is None:
        raise LedgerDamaged(f"entry {seq} of {member_id} is not there")
    return decode_entry(stored.body)


def _entries(ledger: Ledger, member_id: str, last: int) -> Iterator[Entry]:
    seq = 0
    while seq < last:
        limit = min(_ENTRIES_A_READ, last - seq)
        stored = ledger.store.entries_after(ledger.member_key(member_id), seq, limit)
        if not stored:
            raise LedgerDamaged(f"entry {seq + 1} of {member_id} is not there")
        yield from (decode_entry(each.body) for each in stored)
        seq = stored[-1].seq
