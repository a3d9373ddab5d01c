"""`LedgerStore` on SQLite: the rows of docs/Database.md in five tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import ClassVar

from loyalty_shared.service.archive import Row
from loyalty_shared.service.ports import (
    Append,
    AppendConflict,
    MemberKey,
    MemberRecord,
    ReferenceKey,
    StoredEntry,
    StoredReference,
    TierMember,
)
from loyalty_shared.storage.sqlite import archive, member_lists
from loyalty_shared.storage.sqlite.database import Database
from loyalty_shared.storage.sqlite.database import Row as DatabaseRow
from loyalty_shared.storage.sqlite.keys import text_key
from loyalty_shared.storage.sqlite.schema import SCHEMA

FILE_NAME = "ledger.db"

_MEMBER_ID = "(SELECT id FROM member WHERE program = ? AND member = ?)"
_NEWEST = f"SELECT seq, body FROM entry WHERE member = {_MEMBER_ID} ORDER BY seq DESC LIMIT 1"  # noqa: S608 - constants only
_ENTRY = f"SELECT seq, body FROM entry WHERE member = {_MEMBER_ID} AND seq = ?"  # noqa: S608 - constants only
_BEFORE = (
    f"SELECT seq, body FROM entry WHERE member = {_MEMBER_ID} AND seq < ? ORDER BY seq DESC LIMIT ?"  # noqa: S608 - constants only
)
_AFTER = f"SELECT seq, body FROM entry WHERE member = {_MEMBER_ID} AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 - constants only


class SqliteLedgerStore:
    """`LedgerStore` in the file `ledger.db` of a folder; safe for many threads and processes."""

    waits_for_network: ClassVar[bool] = False

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / FILE_NAME, SCHEMA)

    def append(self, append: Append) -> None:
        """Write all of it or raise `AppendConflict`."""
        conflict = self._database.write(lambda connection: _append(connection, append))
        if conflict is not None:
            raise conflict

    def newest_entry(self, member: MemberKey, *, consistent: bool = True) -> StoredEntry | None:
        """Read a member's last entry."""
        del consistent  # it always is
        return _one(self._entries(_NEWEST, member))

    def entry(self, member: MemberKey, seq: int) -> StoredEntry | None:
        """Read one entry."""
        return _one(self._entries(_ENTRY, member, seq))

    def entries_before(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered below `seq`, newest first."""
        return self._entries(_BEFORE, member, seq, limit)

    def entries_after(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered above `seq`, oldest first."""
        return self._entries(_AFTER, member, seq, limit)

    def reference(self, key: ReferenceKey) -> StoredReference | None:
        """Read a reference."""
        rows = self._database.read(_REFERENCE, (text_key(key),))
        return _reference(key, rows[0]) if rows else None

    def member_record(self, member: MemberKey) -> MemberRecord | None:
        """Read what the index of members by tier shows of one member."""
        rows = self._database.read(
            "SELECT tier, tier_since FROM member WHERE program = ? AND member = ? AND tier NOTNULL",
            (member.program_id, member.member_id),
        )
        return next(
            (MemberRecord(str(tier), date.fromisoformat(str(since))) for tier, since in rows), None
        )

    def members_in_tier(
        self, program_id: str, tier: str, after: str | None, limit: int
    ) -> Sequence[TierMember]:
        """List up to `limit` members whose record shows a tier, ascending by id."""
        return member_lists.members_in_tier(self._database, program_id, tier, after, limit)

    def due_days(self, program_id: str, through: date) -> Sequence[date]:
        """List the days up to and including `through` that a member is due on, ascending."""
        return member_lists.due_days(self._database, program_id, through)

    def due_members(self, program_id: str, day: date) -> Iterator[str]:
        """Go through the ids of the members whom time alone changes on a day."""
        return member_lists.due_members(self._database, program_id, day)

    def mark_due(self, member: MemberKey, day: date) -> None:
        """Put a member on the list of a day."""
        member_lists.mark_due(self._database, member, day)

    def forget_due(self, member: MemberKey, day: date) -> None:
        """Take a member off the list of a day."""
        member_lists.forget_due(self._database, member, day)

    def keep_program(self, program_id: str, version: str, body: str) -> None:
        """Keep a version of a program."""
        row = (program_id, version, body)
        self._database.write(
            lambda connection: connection.execute(
                "INSERT OR IGNORE INTO program VALUES (?, ?, ?)", row
            )
        )

    def program(self, program_id: str, version: str) -> str | None:
        """Read a version of a program."""
        rows = self._database.read(
            "SELECT body FROM program WHERE program = ? AND version = ?", (program_id, version)
        )
        return str(rows[0][0]) if rows else None

    def rows(self) -> Iterator[Row]:
        """Read every row as it was when the first was read, whatever is written meanwhile."""
        with self._database.snapshot() as connection:
            yield from archive.read_rows(connection)

    def put_rows(self, rows: Sequence[Row]) -> None:
        """Write rows as they are, all or none, or raise `RowDiffers`."""
        with self._database.batch():  # a row that differs must undo nobody else's write
            self._database.write(lambda connection: archive.put_rows(connection, rows))

    def batch(self) -> AbstractContextManager[None]:
        """Commit this thread's writes together when the block ends; others wait meanwhile."""
        return self._database.batch()

    def check(self) -> None:
        """Return if the file can be read."""
        self._database.read("SELECT 1 FROM program LIMIT 1")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _entries(self, statement: str, member: MemberKey, *parameters: int) -> list[StoredEntry]:
        rows = self._database.read(statement, (member.program_id, member.member_id, *parameters))
        return [StoredEntry(int(str(seq)), str(body)) for seq, body in rows]


_REFERENCE = "SELECT version, body FROM reference WHERE key = ?"
_WRITE_REFERENCE = """
INSERT INTO reference (key, version, body) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET version = excluded.version, body = excluded.body
"""
_WRITE_MEMBER = """
INSERT INTO member (program, member, tier, tier_since) VALUES (?, ?, ?, ?)
ON CONFLICT (program, member) DO UPDATE SET tier = excluded.tier, tier_since = excluded.tier_since
"""
_WRITE_ENTRY = f"INSERT INTO entry (member, seq, body) VALUES ({_MEMBER_ID}, ?, ?)"  # noqa: S608 - constants only


def _append(connection: sqlite3.Connection, append: Append) -> AppendConflict | None:
    # The transaction has the write lock, so what is checked here is still true when it is written.
    member = (append.member.program_id, append.member.member_id)
    seq_taken = connection.execute(_ENTRY, (*member, append.entry.seq)).fetchone() is not None
    references = [(wanted, text_key(wanted.key)) for wanted in append.references]
    found, changed = [], False
    for wanted, key in references:
        row = connection.execute(_REFERENCE, (key,)).fetchone()
        if (row[0] if row else 0) != wanted.version - 1:
            changed = True
            found += [_reference(wanted.key, row)] if row else []
    if seq_taken or changed:
        return AppendConflict(seq_taken=seq_taken, references=tuple(found))
    if append.member_record:
        record = append.member_record
        connection.execute(_WRITE_MEMBER, (*member, record.tier, str(record.tier_since)))
    connection.execute(_WRITE_ENTRY, (*member, append.entry.seq, append.entry.body))
    for wanted, key in references:
        connection.execute(_WRITE_REFERENCE, (key, wanted.version, wanted.body))
    for day in append.due_on:
        due = (append.member.program_id, str(day), append.member.member_id)
        connection.execute("INSERT OR IGNORE INTO due VALUES (?, ?, ?)", due)
    return None


def _reference(key: ReferenceKey, row: DatabaseRow) -> StoredReference:
    version, body = row
    return StoredReference(key, int(str(version)), str(body))


def _one(entries: list[StoredEntry]) -> StoredEntry | None:
    return entries[0] if entries else None
