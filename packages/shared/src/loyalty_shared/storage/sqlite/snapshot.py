"""A SQLite ledger as it is at one moment, to be verified while others go on writing.

The moment lasts until it is closed, and as long the log cannot be folded into the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from loyalty_shared.service.archive import EntryRow, MemberRow, Row, StoredProgram
from loyalty_shared.service.ports import (
    MemberKey,
    MemberRecord,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)
from loyalty_shared.storage.sqlite.connections import as_store_errors, connect_to_read
from loyalty_shared.storage.sqlite.keys import key_in, text_key

_PROGRAMS = "SELECT program, version, body FROM program"
# In the order of the index on (member, seq). An entry may have lost its member.
_ENTRIES = """
SELECT entry.member, program, member.member, tier, tier_since, seq, body
FROM entry LEFT JOIN member ON member.id = entry.member ORDER BY entry.member, seq
"""
_WITHOUT_ENTRIES = """
SELECT program, member, tier, tier_since FROM member
WHERE tier NOTNULL AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.member = member.id)
"""
_REFERENCES = "SELECT key, version, body FROM reference ORDER BY id"

_MEMBER_ID = "(SELECT id FROM member WHERE program = ? AND member = ?)"
_ENTRY = f"SELECT seq, body FROM entry WHERE member = {_MEMBER_ID} AND seq = ?"  # noqa: S608 - constants only
_AFTER = f"SELECT seq, body FROM entry WHERE member = {_MEMBER_ID} AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 - constants only
_REFERENCE = "SELECT version, body FROM reference WHERE key = ?"
_RECORD = "SELECT tier, tier_since FROM member WHERE program = ? AND member = ? AND tier NOTNULL"
_IS_DUE = "SELECT 1 FROM due WHERE program = ? AND day = ? AND member = ?"
_PROGRAM = "SELECT body FROM program WHERE program = ? AND version = ?"


class SqliteSnapshot:
    """What is in the file at `path` now; for one thread.

    Raises:
        StoreUnavailable: when the file cannot be read.
        CommitsLost: when all that was in it is gone.
        LedgerDamaged: when it is no database.
    """

    is_snapshot: ClassVar[bool] = True
    waits_for_network: ClassVar[bool] = False

    def __init__(self, path: Path) -> None:
        self._path = path
        with as_store_errors(path):
            self._connection = connect_to_read(path)
            # What is no text any more is still to be looked at. It cannot be encoded again, so
            # nobody takes it for a text.
            self._connection.text_factory = lambda text: text.decode(errors="surrogateescape")
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT 1 FROM program LIMIT 1")

    def rows(self) -> Iterator[Row]:
        """Read every row but the due marks."""
        with as_store_errors(self._path):
            for program in self._connection.execute(_PROGRAMS):
                yield StoredProgram(*program)
            last = member = None
            for rowid, *of_member, seq, body in self._connection.execute(_ENTRIES):
                if member is None or rowid != last:
                    last, member = rowid, _member_key(rowid, of_member)
                    if of_member[2] is not None:
                        yield MemberRow(member, _record(*of_member[2:]))
                yield EntryRow(member, StoredEntry(seq, body))
            for program_id, member_id, *record in self._connection.execute(_WITHOUT_ENTRIES):
                yield MemberRow(MemberKey(program_id, member_id), _record(*record))
            for key, version, body in self._connection.execute(_REFERENCES):
                yield StoredReference(key_in(key), version, body)

    def entry(self, member: MemberKey, seq: int) -> StoredEntry | None:
        """Read one entry."""
        row = self._one(_ENTRY, member.program_id, member.member_id, seq)
        return StoredEntry(*row) if row else None

    def entries_after(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered above `seq`, oldest first."""
        with as_store_errors(self._path):
            values = (member.program_id, member.member_id, seq, limit)
            return [StoredEntry(*row) for row in self._connection.execute(_AFTER, values)]

    def reference(self, key: ReferenceKey) -> StoredReference | None:
        """Read a reference."""
        row = self._one(_REFERENCE, text_key(key))
        return StoredReference(key, *row) if row else None

    def member_record(self, member: MemberKey) -> MemberRecord | None:
        """Read what the index of members by tier shows of one member."""
        row = self._one(_RECORD, member.program_id, member.member_id)
        return _record(*row) if row else None

    def is_due(self, member: MemberKey, day: date) -> bool:
        """Say whether a member is on the list of a day."""
        return self._one(_IS_DUE, member.program_id, str(day), member.member_id) is not None

    def program(self, program_id: str, version: str) -> str | None:
        """Read a version of a program."""
        row = self._one(_PROGRAM, program_id, version)
        return str(row[0]) if row else None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _one(self, statement: str, *values: object) -> Any:  # noqa: ANN401 - a row, as it is kept
        with as_store_errors(self._path):
            try:
                return self._connection.execute(statement, values).fetchone()
            except UnicodeEncodeError:
                return None  # nothing is kept under what is no text


def _member_key(rowid: object, of_member: Sequence[object]) -> MemberKey:
    program_id, member_id = of_member[:2]
    if program_id is None:
        return MemberKey("", f"(row {rowid}, which is no member)")
    return MemberKey(str(program_id), str(member_id))


def _record(tier: object, since: object) -> MemberRecord:
    try:
        return MemberRecord(str(tier), date.fromisoformat(str(since)))
    except ValueError:
        return MemberRecord(str(tier), date.min)  # since when nobody is a member
