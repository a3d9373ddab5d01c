"""Read a member's entries: all in their order, or the newest that was recorded by a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.errors import LedgerDamaged
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.ledger import Ledger

_ENTRIES_A_READ = 200


def entries_of(ledger: Ledger, member_id: str, after: int = 0) -> Iterator[Entry]:
    """Go through a member's entries numbered above `after`, oldest first."""
    key = ledger.member_key(member_id)
    while stored := ledger.store.entries_after(key, after, _ENTRIES_A_READ):
        yield from (decode_entry(each.body) for each in stored)
        after = stored[-1].seq


def newest_recorded_by(ledger: Ledger, member_id: str, newest: Entry, by: datetime) -> Entry | None:
    """Find the newest entry, up to a given one, that was recorded by a moment; None for none.

    Entries are recorded in their order, so it is found by halving.
    """
    if newest.recorded_at <= by:
        return newest
    known, unknown, found = 0, newest.seq, None
    while unknown - known > 1:
        middle = (known + unknown) // 2
        entry = _entry(ledger, member_id, middle)
        if entry.recorded_at <= by:
            known, found = middle, entry
        else:
            unknown = middle
    return found


def _entry(ledger: Ledger, member_id: str, seq: int) -> Entry:
    stored = ledger.store.entry(ledger.member_key(member_id), seq)
    if stored is None:
        raise LedgerDamaged(f"entry {seq} of {member_id} is not there")
    return decode_entry(stored.body)
