"""The queue of one machine, in memory: what `loyalty_server.queue.DurableQueue` does in a file."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tests.simulation.file_front import FileFront
from tests.simulation.sqs import Letter
from tests.simulation.weather import HOUR
from tests.simulation.world import BEGINNING, World

from loyalty_event_processor.outcomes import Message
from loyalty_server.queue import Burial, Delay, Waiting


@dataclass
class _Row:
    body: str
    received: int
    due: int
    attempts: int = 0
    failures: int = 0


class QueueFile:
    """What is in the file, whoever has it open."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.rows: dict[int, _Row] = {}
        self._sent = 0
        self.letters: list[Letter] = []

    def send(self, name: str, body: str) -> None:
        """Take a message in; a producer may be late, and may post it twice."""
        world, weather = self._world, self._world.weather
        self._put(body, world.chance.at_times(f"delay of {name}", weather.delayed, 5 * HOUR))
        if world.chance.at_times(f"duplicate of {name}", weather.duplicated, 1):
            world.tally["duplicates"] += 1
            self._put(body, world.chance.up_to(f"delay of duplicate of {name}", 12 * HOUR))

    def next_at(self) -> int | None:
        """Say when a message can be tried, None where there is none."""
        return min((row.due for row in self.rows.values()), default=None)

    def has_messages(self) -> bool:
        """Say whether a message can be tried now."""
        next_at = self.next_at()
        return next_at is not None and next_at <= self._world.now

    def retry_unexplained(self) -> None:
        """Do nothing: every letter here has its reason."""

    def _put(self, body: str, delay: int) -> None:
        self._sent += 1
        at = self._world.now + delay
        self.rows[self._sent] = _Row(body, at, at)


class OpenQueue:
    """The file as a process has it open; each of its writes happens whole, or not."""

    def __init__(self, world: World, file: QueueFile, front: FileFront) -> None:
        self._world = world
        self._file = file
        self._front = front
        self.arrived = threading.Event()

    def ready(self, limit: int) -> list[Waiting]:
        """Read up to `limit` messages that can be tried now, oldest first."""
        world = self._world
        self._front.between("read of the queue")
        limit = min(limit, 40 - world.chance.up_to("batch is short by", 39))
        due = [(id_, row) for id_, row in self._file.rows.items() if row.due <= world.now][:limit]
        world.tally["deliveries"] += len(due)
        world.tally["redeliveries"] += sum(row.attempts > 0 for _, row in due)
        return [
            Waiting(
                Message(str(id_), row.body, BEGINNING + timedelta(milliseconds=row.received)),
                row.attempts,
                row.failures,
            )
            for id_, row in due
        ]

    def conclude(
        self, done: Sequence[Waiting], dead: Sequence[Burial], later: Sequence[Delay]
    ) -> None:
        """Take out what is done, move what is dead, and put off the rest."""
        self._front.write("write to the queue", lambda: self._conclude(done, dead, later))

    def _conclude(
        self, done: Sequence[Waiting], dead: Sequence[Burial], later: Sequence[Delay]
    ) -> None:
        rows = self._file.rows
        for burial in dead:
            row = rows.pop(int(burial.waiting.message.id))
            self._file.letters.append(Letter(row.body, burial.code))
        for each in done:
            del rows[int(each.message.id)]
        for delay in later:
            row = rows[int(delay.waiting.message.id)]
            row.due = self._world.now + int(delay.seconds * 1_000)
            row.attempts += 1
            row.failures += delay.is_failure
