"""The durable queue of one machine: what SQS and its dead-letter queue are on AWS."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from loyalty_event_processor.outcomes import Message
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
                Message(str(id_), str(body), datetime.fromtimestamp(float(str(received_at)), UTC)),
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

    def depth(self) -> int:
        """Count the messages that wait."""
        return self._count("SELECT count(*) FROM message")

    def dead_letters(self) -> int:
        """Count the dead letters."""
        return self._count("SELECT count(*) FROM dead_letter")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _count(self, statement: str) -> int:
        return int(str(self._database.read(statement)[0][0]))
