"""Forget a member: entries, references and marks go, and a record stays that names nobody.

First a last entry empties the account, and takes the key with the record in the same write; nobody
writes to the member from then on. Then the rows go, the newest entry last. So whoever is cut off
runs the same command again, and it goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, Entry, EntryType
from loyalty_shared.domain.erasing import Forgotten, decide_erasure
from loyalty_shared.domain.errors import (
    BeingErased,
    IdempotencyKeyReused,
    MemberNotFound,
    MergedIntoAnother,
)
from loyalty_shared.domain.settling import due_days
from loyalty_shared.service import queries
from loyalty_shared.service.account_encoding import lifetime_in, lifetime_out
from loyalty_shared.service.canonical import decode, decode_moment, encode, encode_moment
from loyalty_shared.service.commands import Asking
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.entries import entries_of, newest_of, own_order
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import UNDECIDED, ReferenceKey, Removal, StoredReference
from loyalty_shared.service.standing import AlreadyClaimed, Claims, Standing, claimed_by

_ROWS_A_REMOVAL = 100

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is left of a member who was forgotten, and when that was; it names nobody."""

    forgotten: Forgotten
    erased_at: datetime
    is_replayed: bool


def erase(ledger: Ledger, asking: Asking) -> Erasure:
    """Forget a member, and those who were merged into it.

    Raises:
        MemberNotFound: when the ledger has no entry of the member.
        MergedIntoAnother: when another member has all of it.
        IdempotencyKeyReused: when the key was used for another request.
        TryAgain: when the ledger could not be written for now; run it again to go on.
    """
    key = ledger.command_key(asking.key)
    before = _recorded(ledger, asking, key)
    if before is None:
        try:
            key = _end(ledger, asking, key)
        except (AlreadyClaimed, BeingErased, MemberNotFound):
            # A twin that was sent at the same time may have got in first.
            before = _recorded(ledger, asking, key)
            if before is None:
                raise
    forgotten = list(_to_forget(ledger, asking.member_id))
    for member_id in forgotten:
        _remove(ledger, member_id, forgotten)
    if before is not None:
        return before
    stored = ledger.store.reference(key)
    assert stored is not None  # noqa: S101 - for the types: it was just written
    return _erasure(decode(stored.body), is_replayed=False)


def _end(ledger: Ledger, asking: Asking, key: ReferenceKey) -> ReferenceKey:
    """Write the last entry, if nobody did; give the key that has the record.

    Raises:
        AlreadyClaimed: when that is this key, by somebody else.
    """
    newest = newest_of(ledger, asking.member_id)
    if newest is None:
        raise queries.no_member()
    if newest.type is EntryType.ERASE:
        # Begun under another key, and cut off: it is finished for whoever asks.
        [begun_under] = claimed_by(ledger.program.id, newest)
        if begun_under == key:
            raise AlreadyClaimed
        return begun_under
    ended: list[Account] = []

    def decide(standing: Standing) -> Draft:
        if standing.member.member_id != asking.member_id:
            raise MergedIntoAnother("the member is merged into another one, who can be forgotten")
        if standing.before is None:  # somebody else has just forgotten it
            raise queries.no_member()
        ended.append(standing.account)
        return decide_erasure(ledger.program, standing.account, standing.occasion())

    def record(_member_id: str, entry: Entry) -> str:
        others = (newest_of(ledger, merged) for merged in ended[-1].merged)
        count = entry.seq + sum(other.seq for other in others if other)
        forgotten = Forgotten.of(ended[-1], count)
        return encode(
            {
                "wish": _wish(asking),
                "erased": lifetime_out(forgotten.lifetime),
                "points": forgotten.points,
                "entries": forgotten.entries,
                "at": encode_moment(entry.recorded_at),
            }
        )

    ledger.record(asking.member_id, decide, Claims({key: record}, asking.actor))
    return key


def _recorded(ledger: Ledger, asking: Asking, key: ReferenceKey) -> Erasure | None:
    stored = ledger.store.reference(key)
    if stored is None:
        return None
    kept = decode(stored.body)
    if kept["wish"] != _wish(asking):
        raise IdempotencyKeyReused("the key was used for another request")
    return _erasure(kept, is_replayed=True)


def _erasure(kept: dict[str, Any], *, is_replayed: bool) -> Erasure:
    return Erasure(_forgotten(kept), decode_moment(kept["at"]), is_replayed)


def forgotten_in(stored: StoredReference) -> Forgotten | None:
    """Read what a key's reference tells of a member who was forgotten, None if nothing."""
    if stored.key.kind != "key" or '"erased":' not in stored.body:
        return None
    try:
        return _forgotten(decode(stored.body))
    except (ValueError, KeyError, TypeError):
        return None


def _forgotten(kept: dict[str, Any]) -> Forgotten:
    return Forgotten(lifetime_in(kept["erased"]), kept["points"], kept["entries"])


def _wish(asking: Asking) -> str:
    # With the key in it, so that nobody finds whom it names by trying out ids.
    wish = encode({"erase": asking.member_id, "key": asking.key})
    return hashlib.sha256(wish.encode()).hexdigest()


def _to_forget(ledger: Ledger, member_id: str) -> Iterator[str]:
    newest = newest_of(ledger, member_id)
    if newest is None or newest.type is not EntryType.ERASE:
        return  # it is gone, or has begun anew
    before = ledger.store.entry(ledger.member_key(member_id), newest.seq - 1)
    for merged in decode_entry(before.body).account.merged if before else ():
        last = newest_of(ledger, merged)
        if last and last.account.merged_into:  # else that one has begun anew
            yield merged
    yield member_id


def _remove(ledger: Ledger, member_id: str, forgotten: Sequence[str]) -> None:
    member = ledger.member_key(member_id)
    days: set[date] = {UNDECIDED}
    references: set[ReferenceKey] = set()
    seqs: list[int] = []
    parted_from: set[str] = set()
    for entry in entries_of(ledger, member_id):
        seqs.append(entry.seq)
        for program in {ledger.program.version, entry.program_version}:
            days |= due_days(ledger.program_of(program), entry.account)
        days |= {ledger.program.date_of(entry.recorded_at)}
        references |= set(_references(ledger, forgotten, entry))
        parted_from |= {entry.other} if entry.type is EntryType.UNMERGE and entry.other else set()
    for other in parted_from - {*forgotten}:
        for entry in entries_of(ledger, other):  # where its orders came while it was merged
            if entry.came_as == member_id:
                references |= set(_references(ledger, forgotten, replace(entry, claims=())))
    for some in _batched(sorted(references, key=str)):
        ledger.store.remove(Removal(member, references=some))
    ledger.store.remove(Removal(member, due_on=tuple(days)))
    # The newest goes last, by itself: as long as it is there, this can be gone on with.
    for some_seqs in _batched(seqs[:-1]):
        ledger.store.remove(Removal(member, seqs=some_seqs))
    ledger.store.remove(Removal(member, seqs=tuple(seqs[-1:]), record=True))


def _batched(rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
    for first in range(0, len(rows), _ROWS_A_REMOVAL):
        yield tuple(rows[first : first + _ROWS_A_REMOVAL])


def _references(ledger: Ledger, forgotten: Sequence[str], entry: Entry) -> Iterator[ReferenceKey]:
    if entry.type is EntryType.ERASE:
        return  # the record stays
    yield from claimed_by(ledger.program.id, entry)
    order = own_order(ledger, entry, forgotten)
    if order is not None:
        yield order.key
