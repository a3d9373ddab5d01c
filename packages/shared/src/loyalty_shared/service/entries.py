"""Read a member's entries: all in their order, one by its number, the newest; and their orders."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.errors import LedgerDamaged
from loyalty_shared.service.encoding import decode_account, decode_entry
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.order_encoding import decode_order
from loyalty_shared.service.ports import StoredReference

_ENTRIES_A_READ = 200


def entries_of(ledger: Ledger, member_id: str, after: int = 0) -> Iterator[Entry]:
    """Go through a member's entries numbered above `after`, oldest first."""
    key = ledger.member_key(member_id)
    while stored := ledger.store.entries_after(key, after, _ENTRIES_A_READ):
        yield from (decode_entry(each.body) for each in stored)
        after = stored[-1].seq


def newest_of(ledger: Ledger, member_id: str, *, consistent: bool = True) -> Entry | None:
    """Read the newest entry of a member, None where the ledger has none."""
    stored = ledger.store.newest_entry(ledger.member_key(member_id), consistent=consistent)
    return decode_entry(stored.body) if stored else None


def newest_account(ledger: Ledger, member_id: str, *, consistent: bool) -> Account | None:
    """Read the account after the newest entry of a member, None where the ledger has none."""
    stored = ledger.store.newest_entry(ledger.member_key(member_id), consistent=consistent)
    return decode_account(stored.body) if stored else None


def entry_at(ledger: Ledger, member_id: str, seq: int) -> Entry:
    """Read an entry of a member that has to be there.

    Raises:
        LedgerDamaged: when it is not.
    """
    stored = ledger.store.entry(ledger.member_key(member_id), seq)
    if stored is None:
        raise LedgerDamaged(f"entry {seq} of {member_id} is not there")
    return decode_entry(stored.body)


def newest_recorded_by(ledger: Ledger, member_id: str, newest: Entry, by: datetime) -> Entry | None:
    """Find the newest entry, up to a given one, that was recorded by a moment; None for none.

    Entries are recorded in their order, so it is found by halving.
    """
    if newest.recorded_at <= by:
        return newest
    known, unknown, found = 0, newest.seq, None
    while unknown - known > 1:
        middle = (known + unknown) // 2
        entry = entry_at(ledger, member_id, middle)
        if entry.recorded_at <= by:
            known, found = middle, entry
        else:
            unknown = middle
    return found


def own_order(ledger: Ledger, entry: Entry, ids: Collection[str | None]) -> StoredReference | None:
    """Read the reference of an entry's order, None where it has none that is of one of these ids.

    It may be somebody else's: of a member who was merged into this one, and is no longer, or where
    a refund was sent for a member who never bought it.
    """
    if entry.order_id is None:
        return None
    stored = ledger.store.reference(ledger.order_key(entry.order_id))
    is_own = stored and decode_order(entry.order_id, stored.body).member_id in ids
    return stored if is_own else None
