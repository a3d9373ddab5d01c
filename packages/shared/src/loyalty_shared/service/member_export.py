"""All that is held of one member, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.settling import due_days
from loyalty_shared.service import queries
from loyalty_shared.service.archive import DueMark, EntryRow, MemberRow, Row
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.entries import own_order
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import UNDECIDED, StoredEntry, StoredReference
from loyalty_shared.service.standing import claimed_by


@dataclass(frozen=True, slots=True)
class MemberRows:
    """A page of a member's rows; `next_after` asks for the page after it."""

    rows: tuple[Row, ...]
    next_after: int | None


def rows_of_member(ledger: Ledger, member_id: str, *, after: int, limit: int) -> MemberRows:
    """Give the rows that belong to the entries numbered above `after`, `limit` entries at a time.

    Each entry is followed by the references that name it or its order. On the last page are the
    member record and the days on which time alone will change the member. A member who was merged
    into it has rows of its own.

    Raises:
        MemberNotFound: when the ledger has no entry of the member.
    """
    member = ledger.member_key(member_id)
    stored = ledger.store.entries_after(member, after, limit + 1)
    if not stored and not after:
        raise queries.no_member()
    page: list[Row] = []
    for each in stored[:limit]:
        page.append(EntryRow(member, each))
        page += _references(ledger, member_id, decode_entry(each.body))
    if len(stored) > limit:
        return MemberRows(tuple(page), stored[limit - 1].seq)
    return MemberRows((*page, *_last(ledger, member_id, stored[-1:])), None)


def _last(ledger: Ledger, member_id: str, newest: Sequence[StoredEntry]) -> list[Row]:
    member = ledger.member_key(member_id)
    record = ledger.store.member_record(member)
    rows: list[Row] = [MemberRow(member, record)] if record else []
    for each in newest:
        account = decode_entry(each.body).account
        rows += [DueMark(member, day) for day in sorted(due_days(ledger.program, account))]
        rows += [DueMark(member, UNDECIDED)] if account.requests else []
    return rows


def _references(ledger: Ledger, member_id: str, entry: Entry) -> list[StoredReference]:
    claimed = map(ledger.store.reference, claimed_by(ledger.program.id, entry))
    order = own_order(ledger, entry, {member_id, entry.came_as, *entry.account.merged})
    return [each for each in (*claimed, order) if each]
