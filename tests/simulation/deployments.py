"""The service as it is deployed, by the real code: on AWS, or on one machine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from datetime import datetime
from typing import ClassVar, Protocol

from tests.simulation.crew import Process, Turn, Worker
from tests.simulation.front import NetworkFront
from tests.simulation.sqs import Letter
from tests.simulation.till import Till
from tests.simulation.weather import HOUR
from tests.simulation.world import SimulationFailed, World

from loyalty_event_processor.outcomes import Message, Outcome
from loyalty_event_processor.reasons import UNEXPECTED, code_of
from loyalty_shared.domain.errors import LedgerDamaged, TryAgain
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.queries import balance
from loyalty_shared.service.settling import Watch, settle_due

SETTLE_EVERY = 6 * HOUR
_WORST_CLOCK = 2_000  # milliseconds that a clock is wrong by, but for one that jumps back an hour
_JUMPS_BACK = 2 * _WORST_CLOCK + 1


class Queue(Protocol):
    """What the simulation has to know of a queue."""

    letters: list[Letter]

    def send(self, name: str, body: str) -> None:
        """Take a message in."""

    def next_at(self) -> int | None:
        """Say when there will be a message, None where there is none."""

    def has_messages(self) -> bool:
        """Say whether there is one now."""

    def retry_unexplained(self) -> None:
        """Send dead letters again of which nobody said why."""


class Host(ABC):
    """What a process runs on: it is started again when it has crashed, with no memory."""

    front_class: ClassVar[type[NetworkFront]]

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self._skew = 0
        self._start()

    def up(self) -> None:
        """Begin a turn: start again if need be; the clock may be another than it was."""
        if self.process.is_down:
            self._start()
        self.front.calls = 0
        world = self.world
        set_ = world.chance.at_times(f"clock of {self.name}", world.weather.clock_set, _JUMPS_BACK)
        if set_:
            world.tally["clocks set"] += 1
            self._skew = -HOUR if set_ == _JUMPS_BACK else set_ - _WORST_CLOCK

    def _start(self) -> None:
        self.stop()
        self.process = Process()
        self.front = self.front_class(self.world, self.process, self.name)
        self.ledger = Ledger(self.front, self.world.terms.file(), self._clock, lambda _: None)
        self.open()

    @abstractmethod
    def open(self) -> None:
        """Make what works with the ledger."""

    @abstractmethod
    def stop(self) -> None:
        """End what is left of it."""

    def settle(self) -> None:
        """Write what time has done, as far as the store answers."""
        with suppress(TryAgain):
            settle_due(
                self.ledger, Watch(lambda _: None, _settling_failed, lambda: True), workers=1
            )

    def look_up(self, member: str) -> None:
        """Ask for a balance, which may be a moment old, and never below zero."""
        with suppress(TryAgain):
            points = balance(self.ledger, member)
            if points < 0:
                raise SimulationFailed(f"{member} has {points} points")

    def observe(self, message: Message, outcome: Outcome) -> None:
        """See that nothing went wrong in a way that nobody thought of."""
        world = self.world
        world.tally[outcome.result.value] += 1
        if outcome.error is not None:
            code = code_of(outcome.error)
            if code in (UNEXPECTED, LedgerDamaged.code):
                raise SimulationFailed(f"{message.body} failed: {outcome.error!r}")

    def _clock(self) -> datetime:
        return self.world.moment(self._skew)


class Deployment(ABC):
    """Processes and their workers, with a queue."""

    queue: Queue

    def __init__(self, world: World, till: Till) -> None:
        self.world = world
        self.till = till
        self._settles_at = SETTLE_EVERY
        self.workers: list[Worker] = []

    @abstractmethod
    def turn_of(self, worker: Worker) -> Turn | None:
        """Give what a worker is to do next, None while there is nothing."""

    @abstractmethod
    def hosts(self) -> list[Host]:
        """List what there is to switch off."""

    def next_at(self) -> int | None:
        """Say when there will be something to do."""
        moments = (self.queue.next_at(), self.till.next_at())
        return min((each for each in moments if each is not None), default=None)

    def close(self) -> None:
        """Switch everything off, whatever it is in the middle of."""
        for host in self.hosts():
            host.process.is_down = True
        for worker in self.workers:
            worker.dismiss()
        for host in self.hosts():
            host.stop()

    def request_turn(self, host: Host) -> Turn | None:
        """Give the next command to a host."""
        if not self.till.has_requests():
            return None
        request = self.till.request()

        def turn() -> None:
            host.up()
            request(host.ledger)

        return turn

    def settle_turn(self, host: Host) -> Turn | None:
        """Let a host settle every few hours, and look something up."""
        if self.world.now < self._settles_at:
            return None
        self._settles_at = self.world.now + SETTLE_EVERY

        def turn() -> None:
            host.up()
            host.settle()
            host.look_up("m-0")

        return turn


def _settling_failed(member: str, error: Exception) -> None:
    if not isinstance(error, TryAgain):
        raise SimulationFailed(f"{member} was not settled: {error!r}")
