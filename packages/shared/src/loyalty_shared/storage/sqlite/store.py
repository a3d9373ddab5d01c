"""`LedgerStore` on SQLite: the rows of docs/Database.md in five tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import ClassVar

from loyalty_shared.service.archive import Row
from loyalty_shared.service.ports import (
    Append,
    MemberKey,
    MemberRecord,
    ReferenceKey,
    Removal,
    StoredEntry,
    StoredReference,
    TierMember,
)
from loyalty_shared.storage.sqlite import archive, member_lists, writing
from loyalty_shared.storage.sqlite.database import Database
from loyalty_shared.storage.sqlite.keys import text_key
from loyalty_shared.storage.sqlite.schema import SCHEMA
from loyalty_shared.storage.sqlite.writing import ENTRY, MEMBER_ID, REFERENCE, reference_in

FILE_NAME = "ledger.db"

_NEWEST = f"SELECT seq, body FROM entry WHERE member = {MEMBER_ID} ORDER BY seq DESC LIMIT 1"  # noqa: S608 - constants only
_BEFORE = (
    f"SELECT seq, body FROM entry WHERE member = {MEMBER_ID} AND seq < ? ORDER BY seq DESC LIMIT ?"  # noqa: S608 - constants only
)
_AFTER = f"SELECT seq, body FROM entry WHERE member = {MEMBER_ID} AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 - constants only


class SqliteLedgerStore:
    """`LedgerStore` in the file `ledger.db` of a folder; safe for many threads and processes."""

    waits_for_network: ClassVar[bool] = False

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / FILE_NAME, SCHEMA)

    def append(self, append: Append) -> None:
        """Write all of it or raise `AppendConflict`."""
        conflict = self._database.write(lambda connection: writing.append(connection, append))
        if conflict is not None:
            raise conflict

    def newest_entry(self, member: MemberKey, *, consistent: bool = True) -> StoredEntry | None:
        """Read a member's last entry."""
        del consistent  # it always is
        return _one(self._entries(_NEWEST, member))

    def entry(self, member: MemberKey, seq: int) -> StoredEntry | None:
        """Read one entry."""
        return _one(self._entries(ENTRY, member, seq))

    def entries_before(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered below `seq`, newest first."""
        return self._entries(_BEFORE, member, seq, limit)

    def entries_after(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered above `seq`, oldest first."""
        return self._entries(_AFTER, member, seq, limit)

    def reference(self, key: ReferenceKey) -> StoredReference | None:
        """Read a reference."""
        rows = self._database.read(REFERENCE, (text_key(key),))
        return reference_in(key, rows[0]) if rows else None

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

    def remove(self, removal: Removal) -> None:
        """Remove rows, all of them or none."""
        self._database.write(lambda connection: writing.remove(connection, removal))

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


def _one(entries: list[StoredEntry]) -> StoredEntry | None:
    return entries[0] if entries else None
