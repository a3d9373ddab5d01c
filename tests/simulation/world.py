"""What everything in a run shares: the time, the store, chance, and who is working."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.simulation.chance import Chance
from tests.simulation.crew import Worker
from tests.simulation.terms import Terms
from tests.simulation.weather import Weather

from loyalty_shared.service.ports import Append, AppendConflict
from loyalty_shared.storage.memory import MemoryLedgerStore

BEGINNING = datetime(2027, 3, 1, tzinfo=UTC)


class SimulationFailed(Exception):
    """The service broke a promise."""


@dataclass
class Travelling:
    """An append that its sender has given up, and that will arrive."""

    append: Append
    arrives_at: int


@dataclass
class World:
    """One run's world. `now` is the true time, in milliseconds since its beginning.

    `tally` counts what happened, for people to read.
    """

    chance: Chance
    weather: Weather
    terms: Terms
    store: MemoryLedgerStore = field(default_factory=MemoryLedgerStore)
    now: int = 0
    working: Worker | None = None
    tally: Counter[str] = field(default_factory=Counter)
    travelling: list[Travelling] = field(default_factory=list)

    def moment(self, skew: int = 0) -> datetime:
        """Give the time as a clock shows it that is wrong by `skew`."""
        return BEGINNING + timedelta(milliseconds=self.now + skew)

    def pause(self, until: int = 0) -> None:
        """Let others work, until a moment at the least."""
        worker = self.working
        assert worker is not None
        worker.wakes_at = until
        worker.pause()

    def send_late(self, append: Append, delay: int) -> None:
        """Let an append arrive after a while."""
        self.travelling.append(Travelling(append, self.now + delay))

    def arrive(self) -> None:
        """Let what is due arrive; nobody is told what came of it."""
        for each in [each for each in self.travelling if each.arrives_at <= self.now]:
            self.travelling.remove(each)
            with suppress(AppendConflict):
                self.store.append(each.append)
                self.tally["landed late"] += 1

    def is_travelling(self, key: str) -> bool:
        """Say whether an append of a command may still arrive."""
        names = {each.key.id for sent in self.travelling for each in sent.append.references}
        return key in names


@dataclass(order=True)
class _Due:
    at: int
    number: int
    what: Callable[[], None] = field(compare=False)


class Agenda:
    """What is to happen at which moment; of what is due at the same one, the first that was put."""

    def __init__(self) -> None:
        self._due: list[_Due] = []
        self._number = 0

    def put(self, at: int, what: Callable[[], None]) -> None:
        """Let something happen at a moment."""
        self._number += 1
        heapq.heappush(self._due, _Due(at, self._number, what))

    def next_at(self) -> int | None:
        """Say when the next thing is to happen, None where there is none."""
        return self._due[0].at if self._due else None

    def run(self, now: int) -> None:
        """Let what is due happen."""
        while self._due and self._due[0].at <= now:
            heapq.heappop(self._due).what()
