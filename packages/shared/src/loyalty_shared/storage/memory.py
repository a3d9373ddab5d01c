"""A ledger store in memory: for trying things out, and gone with the process."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from operator import attrgetter
from threading import Lock
from typing import ClassVar

from loyalty_shared.service.archive import (
    DueMark,
    EntryRow,
    MemberRow,
    Row,
    RowDiffers,
    StoredProgram,
)
from loyalty_shared.service.ports import (
    Append,
    AppendConflict,
    MemberKey,
    MemberRecord,
    ReferenceKey,
    Removal,
    StoredEntry,
    StoredReference,
    TierMember,
)

_seq = attrgetter("seq")


class MemoryLedgerStore:
    """`LedgerStore` in dictionaries; safe to use from many threads."""

    waits_for_network: ClassVar[bool] = False

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: dict[MemberKey, list[StoredEntry]] = defaultdict(list)
        self._references: dict[ReferenceKey, StoredReference] = {}
        self._member_records: dict[MemberKey, MemberRecord] = {}
        self._due: dict[tuple[str, date], set[str]] = defaultdict(set)
        self._programs: dict[tuple[str, str], str] = {}

    def append(self, append: Append) -> None:
        """Write all of it or raise `AppendConflict`."""
        with self._lock:
            # What is not the next of its member was decided on something else: on an entry that a
            # rival followed up, or that is gone with who was forgotten.
            seq_taken = any(
                each.entries[0].seq != self._newest_seq(each.member) + 1 for each in append.members
            )
            changed = [
                wanted.key
                for wanted in append.references
                if self._version(wanted.key) != wanted.version - 1
            ]
            if seq_taken or changed:
                found = tuple(self._references[key] for key in changed if key in self._references)
                raise AppendConflict(seq_taken=seq_taken, references=found)
            for each in append.members:
                for entry in each.entries:
                    insort(self._entries[each.member], entry, key=_seq)
                if each.record:
                    self._member_records[each.member] = each.record
                for day in each.due_on:
                    self._due[each.member.program_id, day].add(each.member.member_id)
            self._references |= {each.key: each for each in append.references}

    def _newest_seq(self, member: MemberKey) -> int:
        entries = self._entries.get(member)
        return entries[-1].seq if entries else 0

    def _version(self, key: ReferenceKey) -> int:
        stored = self._references.get(key)
        return stored.version if stored else 0

    def newest_entry(self, member: MemberKey, *, consistent: bool = True) -> StoredEntry | None:
        """Read a member's last entry."""
        del consistent  # it always is
        entries = self._entries.get(member)
        return entries[-1] if entries else None

    def entry(self, member: MemberKey, seq: int) -> StoredEntry | None:
        """Read one entry."""
        return self._entry(member, seq)

    def _entry(self, member: MemberKey, seq: int) -> StoredEntry | None:
        entries = self._entries.get(member, [])
        place = bisect_left(entries, seq, key=_seq)
        found = entries[place : place + 1]
        return found[0] if found and found[0].seq == seq else None

    def entries_before(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered below `seq`, newest first."""
        entries = self._entries.get(member, [])
        end = bisect_left(entries, seq, key=_seq)
        return entries[max(end - limit, 0) : end][::-1]

    def entries_after(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered above `seq`, oldest first."""
        entries = self._entries.get(member, [])
        start = bisect_right(entries, seq, key=_seq)
        return entries[start : start + limit]

    def reference(self, key: ReferenceKey) -> StoredReference | None:
        """Read a reference."""
        return self._references.get(key)

    def member_record(self, member: MemberKey) -> MemberRecord | None:
        """Read what the index of members by tier shows of one member."""
        return self._member_records.get(member)

    def members_in_tier(
        self, program_id: str, tier: str, after: str | None, limit: int
    ) -> Sequence[TierMember]:
        """List up to `limit` members whose record shows a tier, ascending by id."""
        with self._lock:
            found = [
                TierMember(member.member_id, record)
                for member, record in self._member_records.items()
                if member.program_id == program_id
                and record.tier == tier
                and (after is None or member.member_id > after)
            ]
        return heapq.nsmallest(limit, found, key=lambda each: each.member_id)

    def due_days(self, program_id: str, through: date) -> Sequence[date]:
        """List the days up to and including `through` that a member is due on, ascending."""
        with self._lock:
            return sorted(
                day for program, day in self._due if program == program_id and day <= through
            )

    def due_members(self, program_id: str, day: date) -> Iterator[str]:
        """Go through the ids of the members whom time alone changes on a day."""
        with self._lock:
            return iter(list(self._due.get((program_id, day), ())))

    def mark_due(self, member: MemberKey, day: date) -> None:
        """Put a member on the list of a day."""
        with self._lock:
            self._due[member.program_id, day].add(member.member_id)

    def forget_due(self, member: MemberKey, day: date) -> None:
        """Take a member off the list of a day."""
        with self._lock:
            self._forget_due(member, day)

    def _forget_due(self, member: MemberKey, day: date) -> None:
        due = self._due.get((member.program_id, day), set())
        due.discard(member.member_id)
        if not due:
            self._due.pop((member.program_id, day), None)

    def remove(self, removal: Removal) -> None:
        """Remove rows, all of them at once."""
        member, seqs = removal.member, frozenset(removal.seqs)
        with self._lock:
            # A new list, since somebody may be reading the old one.
            left = [each for each in self._entries.get(member, []) if each.seq not in seqs]
            if left:
                self._entries[member] = left
            else:
                self._entries.pop(member, None)
            for key in removal.references:
                self._references.pop(key, None)
            for day in removal.due_on:
                self._forget_due(member, day)
            if removal.record:
                self._member_records.pop(member, None)

    def keep_program(self, program_id: str, version: str, body: str) -> None:
        """Keep a version of a program."""
        self._programs.setdefault((program_id, version), body)

    def program(self, program_id: str, version: str) -> str | None:
        """Read a version of a program."""
        return self._programs.get((program_id, version))

    def rows(self) -> Iterator[Row]:
        """Read every row as it was when the first was read."""
        with self._lock:
            rows: list[Row] = [StoredProgram(*key, body) for key, body in self._programs.items()]
            for member, record in self._member_records.items():
                rows.append(MemberRow(member, record))
                rows += [EntryRow(member, entry) for entry in self._entries[member]]
            rows += self._references.values()
            for (program_id, day), member_ids in self._due.items():
                rows += [DueMark(MemberKey(program_id, each), day) for each in member_ids]
        yield from rows

    def put_rows(self, rows: Sequence[Row]) -> None:
        """Write rows as they are or raise `RowDiffers`."""
        with self._lock:
            for row in rows:
                self._put_row(row)

    def _put_row(self, row: Row) -> None:
        if isinstance(row, DueMark):
            self._due[row.member.program_id, row.day].add(row.member.member_id)
            return
        if isinstance(row, EntryRow):
            if self._entry(row.member, row.entry.seq) is None:
                insort(self._entries[row.member], row.entry, key=_seq)
            kept: object = self._entry(row.member, row.entry.seq)
            given: object = row.entry
        elif isinstance(row, MemberRow):
            kept, given = self._member_records.setdefault(row.member, row.record), row.record
        elif isinstance(row, StoredProgram):
            key = (row.program_id, row.version)
            kept, given = self._programs.setdefault(key, row.body), row.body
        else:
            kept, given = self._references.setdefault(row.key, row), row
        if kept != given:
            raise RowDiffers(f"{row} is there already, and is not the same")

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Do nothing: an append costs no more alone."""
        yield

    def check(self) -> None:
        """Return: memory can always serve."""

    def close(self) -> None:
        """Do nothing: memory is let go of with the store."""
