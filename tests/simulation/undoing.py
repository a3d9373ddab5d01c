"""A batch that is undone: the store's rows as they were before it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from loyalty_shared.service.archive import MemberRow, Row
from loyalty_shared.service.ports import Append, MemberKey, Removal
from loyalty_shared.storage.memory import MemoryLedgerStore


class Undoing:
    """Remembers what is written over, and puts it back."""

    def __init__(self, store: MemoryLedgerStore) -> None:
        self._store = store
        self._steps: list[Callable[[], None]] = []

    def note_append(self, append: Append) -> None:
        """Remember what is there before an append; one that is turned away does no harm here."""
        store, references = self._store, append.references
        was: list[Row] = [row for each in references if (row := store.reference(each.key))]
        removals = []
        for each in append.members:
            newest, record = store.newest_entry(each.member), store.member_record(each.member)
            if newest is not None and newest.seq >= each.entries[0].seq:
                return
            if record is not None:
                was.append(MemberRow(each.member, record))
            days = tuple(day for day in each.due_on if not self._is_due(each.member, day))
            seqs = tuple(entry.seq for entry in each.entries)
            keys = tuple(reference.key for reference in references)
            removals.append(Removal(each.member, seqs, keys, days, record=True))

        def step() -> None:
            for removal in removals:
                store.remove(removal)
            store.put_rows(was)

        self._steps.append(step)

    def note_mark(self, member: MemberKey, day: date) -> None:
        """Remember whether a member is on the list of a day."""
        was_due = self._is_due(member, day)
        change = self._store.mark_due if was_due else self._store.forget_due
        self._steps.append(lambda: change(member, day))

    def undo(self) -> None:
        """Put back what was there, the newest first."""
        for step in reversed(self._steps):
            step()

    def _is_due(self, member: MemberKey, day: date) -> bool:
        return member.member_id in self._store.due_members(member.program_id, day)
