"""How many commits a file has had: counted in it, and noted in a small file beside it.

A log that was cut off, or is gone, reads as one that ended earlier. SQLite says nothing of it, and
what is left is whole in itself; only somebody who knows how far it went can tell. Nobody waits for
the disk to have the note: it outlives a process that is killed, and after a power failure it may be
an older one, which finds less and is never wrong.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from contextlib import suppress
from pathlib import Path

from loyalty_shared.storage.sqlite.damage import WHAT_NEXT, CommitsLost

SCHEMA = """
CREATE TABLE IF NOT EXISTS commits (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
);
"""
_COUNT = """
INSERT INTO commits (id, number) VALUES (1, 1)
ON CONFLICT (id) DO UPDATE SET number = number + 1
"""
_NUMBER = "SELECT number FROM commits"
_IS_THERE = "SELECT 1 FROM sqlite_master WHERE name = 'commits'"

# Always as long, so that a note is written over the one before in one go; and with a checksum, as a
# digit that a disk or somebody changed would else be believed.
_NOTE = re.compile(rb"([0-9]{20}) ([0-9a-f]{8})\n")


def count_commit(connection: sqlite3.Connection) -> int:
    """Count a commit inside its transaction, and give its number."""
    connection.execute(_COUNT)
    return _number_in(connection)


class CommitNote:
    """The note beside the file at `path`; for one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._database = path
        self._path = path.with_name(f"{path.name}-commits")

    def read(self) -> int:
        """Give the number that is noted; 0 where none is, or none that can be believed."""
        try:
            note = _NOTE.fullmatch(self._path.read_bytes())
        except OSError:
            return 0
        if note is None or int(note[2], 16) != zlib.crc32(note[1]):
            return 0
        return int(note[1])

    def is_there(self) -> bool:
        """Say whether there is one, be it to be believed or not: the file was worked with."""
        return self._path.exists()

    def write(self, number: int) -> None:
        """Note a number; where that cannot be, the one before stays, which is no mistake."""
        digits = b"%020d" % number
        with suppress(OSError):
            # Not "w": between the emptying and the writing there would be none.
            mode = "r+b" if self._path.exists() else "xb"
            with self._path.open(mode, buffering=0) as file:
                file.write(b"%s %08x\n" % (digits, zlib.crc32(digits)))

    def require_file(self) -> None:
        """See to it that a file that had commits is there, before SQLite makes an empty one.

        That would take away the log, which may still have all of them.

        Raises:
            CommitsLost: when it is not, or has nothing in it.
        """
        if not self._database.exists() or self._database.stat().st_size == 0:
            noted = self.read()
            if noted:
                raise self._lost(noted, 0)

    def require_commits(self, connection: sqlite3.Connection, noted: int) -> None:
        """See to it that the file has every commit that was noted.

        Raises:
            CommitsLost: when it does not.
        """
        is_counted = connection.execute(_IS_THERE).fetchone() is not None
        found = _number_in(connection) if is_counted else 0
        if found < noted:
            raise self._lost(noted, found)

    def _lost(self, noted: int, found: int) -> CommitsLost:
        return CommitsLost(
            f"{self._database}: of {noted:,} commits only the first {found:,} are there;"
            f" {WHAT_NEXT}, or delete {self._path} to go on with these and send the others again"
        )


def _number_in(connection: sqlite3.Connection) -> int:
    row = connection.execute(_NUMBER).fetchone()
    return int(row[0]) if row else 0
