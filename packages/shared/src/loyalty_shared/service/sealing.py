"""Drafts become entries: they get their places in the chain, and what goes with them is listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, Entry
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.settling import due_days
from loyalty_shared.service.encoding import encode_entry, first_hash, hash_of
from loyalty_shared.service.ports import UNDECIDED, MemberAppend, MemberRecord, StoredEntry
from loyalty_shared.service.standing import Claims, Standing

MOST_DAYS_MARKED = 40
"""How many days a member is marked on, the first of them: DynamoDB takes 100 rows in one write.

Who has more is marked on the next one by the entry that settles the first.
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry that was written, and whose it is."""

    member_id: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Sealed:
    """The next entries of a member: those of lapsed holds, and those that were decided."""

    standing: Standing
    lapses: tuple[Entry, ...]
    decided: tuple[Entry, ...]
    bodies: tuple[str, ...]

    @property
    def member_id(self) -> str:
        """Whose they are."""
        return self.standing.member.member_id

    @property
    def recorded(self) -> Recorded:
        """The first of those that were decided."""
        return Recorded(self.member_id, self.decided[0])

    @property
    def newest(self) -> Entry:
        """The last of them."""
        return (*self.lapses, *self.decided)[-1]

    def append(self, program: Program) -> MemberAppend:
        """Give what is to be written of the member."""
        before, account = self.standing.before, self.newest.account
        record = None
        if before is None or account.tier != before.account.tier:
            record = MemberRecord(account.tier, account.tier_since)
        first = self.newest.seq - len(self.bodies) + 1
        return MemberAppend(
            self.standing.member,
            tuple(StoredEntry(seq, body) for seq, body in enumerate(self.bodies, first)),
            record,
            _newly_due(program, self),
        )


def seal(standing: Standing, drafts: Sequence[Draft], claims: Claims | None) -> Sealed:
    """Put drafts in their places, after what has lapsed; the first of them has the claims."""
    newest = standing.newest
    previous = hash_of(newest.body) if newest else first_hash(standing.member)
    seq = standing.before.seq if standing.before else 0
    entries, bodies = [], []
    for place, draft in enumerate((*standing.lapses, *drafts), -len(standing.lapses)):
        seq += 1
        entry = _entry(draft, seq, standing, previous)
        if claims and place >= 0:
            entry = replace(entry, actor=claims.actor, claims=claims.names() if place == 0 else ())
        body = encode_entry(entry)
        previous = hash_of(body)
        entries.append(entry)
        bodies.append(body)
    count = len(standing.lapses)
    return Sealed(standing, tuple(entries[:count]), tuple(entries[count:]), tuple(bodies))


def _entry(draft: Draft, seq: int, standing: Standing, previous_hash: str) -> Entry:
    came_as = draft.came_as or standing.came_as
    return Entry(
        seq=seq,
        type=draft.type,
        points=draft.points,
        occurred_at=draft.occurred_at,
        recorded_at=standing.recorded_at,
        program_version=draft.program_version,
        account=draft.account,
        previous_hash=previous_hash,
        order_id=draft.order_id,
        earning=draft.earning,
        reversal=draft.reversal,
        value=draft.value,
        taken=draft.taken,
        requested=draft.requested,
        note=draft.note,
        follows=draft.follows,
        other=draft.other,
        came_as=came_as if came_as != standing.member.member_id else None,
    )


def days_to_mark(program: Program, account: Account) -> list[date]:
    """List the days that a member has to be marked on, ascending."""
    return sorted(due_days(program, account))[:MOST_DAYS_MARKED]


def _newly_due(program: Program, sealed: Sealed) -> tuple[date, ...]:
    before = sealed.standing.before
    due = set(days_to_mark(program, sealed.newest.account))
    # What the rules before said of the tier may have been marked for another day, or for none.
    if due and before and before.program_version == program.version:
        due.difference_update(days_to_mark(program, before.account))
    # By the clock as it is, and not as it may have been once: nobody looks ahead. A day that is
    # over would never be looked at: what came late is due at once.
    today = program.date_of(sealed.standing.now)
    days = sorted({max(day, today) for day in due})
    # With every entry while one waits: nothing is lost where a mark was.
    return (*days, UNDECIDED) if sealed.newest.account.requests else tuple(days)
