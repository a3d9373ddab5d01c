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

# Times are seconds since 1970: a queue compares them, and nobody reads them.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    body TEXT NOT NULL,
    received_at REAL NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS dead_letter (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    received_at REAL NOT NULL,
    dead_at REAL NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the queue, and how often it was tried."""

    message: Message
    attempts: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that can never succeed, and why."""

    waiting: Waiting
    code: str
    reason: str


class DurableQueue:
    """A queue in the file `queue.db` of a folder; what is in it outlives the process."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._database = Database(folder / FILE_NAME, _SCHEMA)
        self._clock = clock
        self.arrived = threading.Event()

    def put(self, bodies: Sequence[str]) -> None:
        """Queue all of the bodies, durably, or raise `StoreUnavailable` and queue none."""
        now = self._clock().timestamp()
        rows = [(body, now, now) for body in bodies]
        statement = "INSERT INTO message (body, received_at, due_at) VALUES (?, ?, ?)"
        self._database.write(lambda connection: connection.executemany(statement, rows))
        self.arrived.set()

    def due(self, limit: int) -> list[Waiting]:
        """Read up to `limit` messages that can be tried now, oldest first."""
        rows = self._database.read(
            "SELECT id, body, received_at, attempts FROM message WHERE due_at <= ?"
            " ORDER BY id LIMIT ?",
            (self._clock().timestamp(), limit),
        )
        return [
            Waiting(
                Message(str(id_), str(body), _moment(received_at)),
                int(str(attempts)),
            )
            for id_, body, received_at, attempts in rows
        ]

    def settle(
        self,
        done: Sequence[Waiting],
        dead: Sequence[DeadLetter],
        later: Sequence[tuple[Waiting, float]],
    ) -> None:
        """Take out what is done, move what is dead, and put off the rest by so many seconds."""
        now = self._clock().timestamp()
        gone = [(int(each.message.id),) for each in [*done, *(letter.waiting for letter in dead)]]
        letters = [
            (
                each.waiting.message.body,
                each.waiting.message.received_at.timestamp(),
                now,
                each.code,
                each.reason,
            )
            for each in dead
        ]
        delays = [(now + seconds, int(waiting.message.id)) for waiting, seconds in later]

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM message WHERE id = ?", gone)
            connection.executemany(
                "INSERT INTO dead_letter (body, received_at, dead_at, code, reason)"
                " VALUES (?, ?, ?, ?, ?)",
                letters,
            )
            connection.executemany(
                "UPDATE message SET due_at = ?, attempts = attempts + 1 WHERE id = ?", delays
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
        now = self._clock().timestamp()
        back = (
            "INSERT INTO message (body, received_at, due_at)"
            " SELECT body, received_at, ? FROM dead_letter WHERE id = ?"
        )
        self._take_out(ids, lambda connection, id_: connection.execute(back, (now, id_)))
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


def _moment(seconds: object) -> datetime:
    return datetime.fromtimestamp(float(str(seconds)), UTC)
