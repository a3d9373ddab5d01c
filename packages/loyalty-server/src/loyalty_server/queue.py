"""The durable queue of one machine: what SQS and its dead-letter queue are on AWS."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from loyalty_event_processor.outcomes import Message
from loyalty_server.letters import Letter, missing
from loyalty_shared.service.ports import Clock
from loyalty_shared.storage.sqlite.database import Database

FILE_NAME = "queue.db"
LONGEST_DELAY_SECONDS = 300.0

_AT_ONCE = 0.0  # and not "now", which is not over yet for a clock that was set back since

# Times are seconds since 1970: a queue compares them, and nobody reads them. AUTOINCREMENT gives no
# id out twice: who concludes a message once more, or drops a letter that is gone already, must not
# take out a later one.
_MESSAGES = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    body TEXT NOT NULL,
    received_at REAL NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0
);
"""
_LETTERS = """
CREATE TABLE IF NOT EXISTS dead_letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    body TEXT NOT NULL,
    received_at REAL NOT NULL,
    dead_at REAL NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the queue, how often it was tried, and how often a mistake stopped that."""

    message: Message
    attempts: int
    failures: int


@dataclass(frozen=True, slots=True)
class Delay:
    """A message to be tried again in so many seconds; `is_failure` where a mistake stopped it.

    They are at most `LONGEST_DELAY_SECONDS`.
    """

    waiting: Waiting
    seconds: float
    is_failure: bool


@dataclass(frozen=True, slots=True)
class Burial:
    """A message that can never succeed and becomes a dead letter, and why."""

    waiting: Waiting
    code: str
    reason: str


class DurableQueue:
    """A queue in the file `queue.db` of a folder; what is in it outlives the process."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._database = Database(folder / FILE_NAME, _MESSAGES + _LETTERS)
        self._database.write(_bring_up_to_date)
        self._clock = clock
        self.arrived = threading.Event()

    def put(self, bodies: Sequence[str]) -> None:
        """Queue all of the bodies, durably, or raise `StoreUnavailable` and queue none."""
        now = self._clock().timestamp()
        rows = [(body, now, _AT_ONCE) for body in bodies]
        statement = "INSERT INTO message (body, received_at, due_at) VALUES (?, ?, ?)"
        self._database.write(lambda connection: connection.executemany(statement, rows))
        self.arrived.set()

    def ready(self, limit: int) -> list[Waiting]:
        """Read up to `limit` messages that can be tried now, oldest first."""
        now = self._clock().timestamp()
        # Nothing is put off for longer than the longest delay. What seems to be was put off by a
        # clock that has been set back since, and would wait until that time comes again.
        rows = self._database.read(
            "SELECT id, body, received_at, attempts, failures FROM message"
            " WHERE due_at <= ? OR due_at > ? ORDER BY id LIMIT ?",
            (now, now + LONGEST_DELAY_SECONDS, limit),
        )
        return [
            Waiting(
                Message(str(id_), str(body), _moment(received_at)),
                int(str(attempts)),
                int(str(failures)),
            )
            for id_, body, received_at, attempts, failures in rows
        ]

    def conclude(
        self, done: Sequence[Waiting], dead: Sequence[Burial], later: Sequence[Delay]
    ) -> None:
        """Take out what is done, move what is dead, and put off the rest: all of it or nothing."""
        now = self._clock().timestamp()
        gone = [(int(each.message.id),) for each in [*done, *(burial.waiting for burial in dead)]]
        burials = [(now, each.code, each.reason, int(each.waiting.message.id)) for each in dead]
        delays = [
            (now + each.seconds, int(each.is_failure), int(each.waiting.message.id))
            for each in later
        ]

        def work(connection: sqlite3.Connection) -> None:
            # From the message's own row: where another process buried it, there is none left.
            connection.executemany(
                "INSERT INTO dead_letter (body, received_at, dead_at, code, reason)"
                " SELECT body, received_at, ?, ?, ? FROM message WHERE id = ?",
                burials,
            )
            connection.executemany("DELETE FROM message WHERE id = ?", gone)
            connection.executemany(
                "UPDATE message SET due_at = ?, attempts = attempts + 1, failures = failures + ?"
                " WHERE id = ?",
                delays,
            )

        self._database.write(work)

    def letters(self) -> Sequence[Letter]:
        """List the dead letters, oldest first."""
        rows = self._database.read(
            "SELECT id, code, reason, received_at, body FROM dead_letter ORDER BY id"
        )
        return [
            Letter(str(id_), str(code), str(reason), _moment(received_at), str(body))
            for id_, code, reason, received_at, body in rows
        ]

    def retry(self, ids: Sequence[str]) -> None:
        """Put dead letters back into the queue, as they came, or raise `LetterNotFound`."""
        back = (
            "INSERT INTO message (body, received_at, due_at, attempts)"
            " SELECT body, received_at, ?, 1 FROM dead_letter WHERE id = ?"
        )
        self._take_out(ids, lambda connection, id_: connection.execute(back, (_AT_ONCE, id_)))
        self.arrived.set()

    def drop(self, ids: Sequence[str]) -> None:
        """Take dead letters out for good, or raise `LetterNotFound`."""
        self._take_out(ids, lambda _connection, _id: None)

    def _take_out(
        self, ids: Sequence[str], first: Callable[[sqlite3.Connection, str], object]
    ) -> None:
        def work(connection: sqlite3.Connection) -> list[str]:
            absent = []
            for id_ in ids:
                first(connection, id_)
                gone = connection.execute("DELETE FROM dead_letter WHERE id = ?", (id_,))
                absent += [] if gone.rowcount else [id_]
            return absent

        if absent := self._database.write(work):
            raise missing(absent)

    def depth(self) -> int:
        """Count the messages that wait."""
        return self._count("SELECT count(*) FROM message")

    def dead_letter_count(self) -> int:
        """Count the dead letters."""
        return self._count("SELECT count(*) FROM dead_letter")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _count(self, statement: str) -> int:
        return int(str(self._database.read(statement)[0][0]))


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    # A file of before has messages and letters that may still be waiting.
    columns = {name for _, name, *_ in connection.execute("PRAGMA table_info(message)")}
    if "failures" not in columns:
        connection.execute("ALTER TABLE message ADD COLUMN failures INTEGER NOT NULL DEFAULT 0")
    [(made_by,)] = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'dead_letter'")
    if "AUTOINCREMENT" not in made_by:
        connection.execute("ALTER TABLE dead_letter RENAME TO dead_letter_before")
        connection.execute(_LETTERS)
        connection.execute("INSERT INTO dead_letter SELECT * FROM dead_letter_before")
        connection.execute("DROP TABLE dead_letter_before")


def _moment(seconds: object) -> datetime:
    return datetime.fromtimestamp(float(str(seconds)), UTC)
