"""Carry a ledger from one store to another: write it as lines, read them, prove that they arrived.

Import while nothing else writes to the target. It may be stopped at any moment and run again: what
is there already, and the same, is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.errors import InvalidInput, LedgerDamaged, LoyaltyError
from loyalty_shared.service.archive import (
    EntryRow,
    LedgerArchive,
    MemberRow,
    Row,
    StoredProgram,
    decode_row,
    encode_row,
)
from loyalty_shared.service.encoding import decode_entry, first_hash, hash_of
from loyalty_shared.service.ports import MemberKey, StoredReference

_ROWS_A_WRITE = 500


@dataclass(slots=True)
class Counts:
    """How many rows of each kind went by."""

    rows: int = 0
    programs: int = 0
    members: int = 0
    entries: int = 0
    references: int = 0

    def add(self, row: Row) -> None:
        """Count a row."""
        self.rows += 1
        self.programs += isinstance(row, StoredProgram)
        self.members += isinstance(row, MemberRow)
        self.entries += isinstance(row, EntryRow)
        self.references += isinstance(row, StoredReference)


def export_lines(store: LedgerArchive, counts: Counts) -> Iterator[str]:
    """Write every row of a store as a line, counting them, and last a line with their number."""
    for row in store.rows():
        counts.add(row)
        yield encode_row(row)
    yield json.dumps({"kind": "end", "rows": counts.rows})


class Import:
    """Puts the lines of an export into a store; `programs` are those that it came across.

    Raises (from `run`):
        InvalidInput: with code `invalid_archive`, when a line is not one of an export, or the file
            was cut off.
        LedgerDamaged: when a member's entries are not the chain that they should be.
        RowDiffers: when the store has something else in a row's place.
        StoreUnavailable: when the store does not answer; run it again to go on.
    """

    def __init__(self, store: LedgerArchive) -> None:
        self._store = store
        self._waiting: list[Row] = []
        self._newest: dict[MemberKey, EntryRow] = {}
        self._last: EntryRow | None = None
        self.counts = Counts()
        self.programs: list[StoredProgram] = []

    def run(self, lines: Iterable[str]) -> Counts:
        """Import every line, and check for each member that the newest entry arrived."""
        is_whole = False
        for number, line in enumerate(lines, 1):
            if is_whole:
                raise _invalid(number, "something follows the end")
            is_whole = self._is_end(number, line)
            if not is_whole:
                self._take(number, line)
        if not is_whole:
            raise _invalid(self.counts.rows + 1, "the file is cut off")
        self._put()
        return self.counts

    def _is_end(self, number: int, line: str) -> bool:
        if not line.startswith('{"kind": "end"'):
            return False
        if json.loads(line)["rows"] != self.counts.rows:
            raise _invalid(number, "lines are missing")
        return True

    def _take(self, number: int, line: str) -> None:
        try:
            row = decode_row(line)
            if isinstance(row, EntryRow):
                self._check(row)
        except LoyaltyError as error:
            error.detail = f"line {number}: {error.detail}"
            raise
        self.counts.add(row)
        if isinstance(row, StoredProgram):
            self.programs.append(row)
        self._waiting.append(row)
        if len(self._waiting) == _ROWS_A_WRITE:
            self._put()

    def _check(self, row: EntryRow) -> None:
        before = self._last if self._last and self._last.member == row.member else None
        entry = _decoded(row)
        is_next = row.entry.seq == entry.seq == (before.entry.seq + 1 if before else 1)
        if not is_next:
            raise LedgerDamaged(f"entry {row.entry.seq} of {row.member.member_id} is out of place")
        if entry.previous_hash != (
            hash_of(before.entry.body) if before else first_hash(row.member)
        ):
            raise LedgerDamaged(f"entry {entry.seq} of {row.member.member_id} breaks the chain")
        if not entry.account.is_conserved():
            raise LedgerDamaged(f"entry {entry.seq} of {row.member.member_id} does not add up")
        self._last = self._newest[row.member] = row

    def _put(self) -> None:
        self._store.put_rows(self._waiting)
        self._waiting.clear()
        # The newest entry holds the account, and by its chain stands for all before it.
        for member, row in self._newest.items():
            if self._store.entry(member, row.entry.seq) != row.entry:
                raise LedgerDamaged(f"entry {row.entry.seq} of {member.member_id} did not arrive")
        self._newest.clear()


def _decoded(row: EntryRow) -> Entry:
    try:
        return decode_entry(row.entry.body)
    except LedgerDamaged as error:
        raise LedgerDamaged(
            f"entry {row.entry.seq} of {row.member.member_id} cannot be read"
        ) from error


def _invalid(number: int, reason: str) -> InvalidInput:
    return InvalidInput(f"line {number}: {reason}", code="invalid_archive")
