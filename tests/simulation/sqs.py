"""SQS as it promises to be, and no better: at least once, in any order, and sometimes late."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulation.chance import Odds
from tests.simulation.weather import HOUR, SECOND
from tests.simulation.world import Agenda, World

VISIBILITY = 200 * SECOND  # as in infra/template.yaml, as is the next
MOST_RECEIVES = 20
MOST_A_BATCH = 10


@dataclass(frozen=True)
class Letter:
    """A dead letter; `code` is None where SQS moved it by itself, and nobody said why."""

    body: str
    code: str | None


@dataclass(eq=False)
class Queued:
    """A message that is in the queue until it is deleted."""

    id: str
    body: str
    sent_at: int
    receives: int = 0
    is_deleted: bool = False


class SimulatedSqs:
    """The queue and its dead letters."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._visible: list[Queued] = []
        self._hidden = Agenda()
        self.letters: list[Letter] = []

    def send(self, name: str, body: str) -> None:
        """Take a message in, which is seen at once or after a while."""
        world, weather = self._world, self._world.weather
        message = Queued(name, body, world.now)
        self._show(message, world.chance.at_times(f"delay of {name}", weather.delayed, 5 * HOUR))
        if world.chance.at_times(f"duplicate of {name}", weather.duplicated, 1):
            world.tally["duplicates"] += 1
            self._show(message, world.chance.up_to(f"delay of duplicate of {name}", HOUR))

    def next_at(self) -> int | None:
        """Say when a message will be seen, None where there is none."""
        return self._world.now if self._visible else self._hidden.next_at()

    def has_messages(self) -> bool:
        """Say whether a message can be received now."""
        self._hidden.run(self._world.now)
        return bool(self._visible)

    def receive(self) -> list[Queued]:
        """Hand messages over, in whatever order, and hide them for a while."""
        world = self._world
        self._hidden.run(world.now)
        count = MOST_A_BATCH - world.chance.up_to("batch is short by", MOST_A_BATCH - 1)
        batch: list[Queued] = []
        while self._visible and len(batch) < count:
            place = world.chance.up_to("out of order", min(len(self._visible), 20) - 1)
            message = self._visible.pop(place)
            if message.is_deleted or message in batch:
                continue
            message.receives += 1
            if message.receives > MOST_RECEIVES:
                message.is_deleted = True
                world.tally["redriven"] += 1
                self.letters.append(Letter(message.body, None))
                continue
            self._show(message, VISIBILITY)
            batch.append(message)
        world.tally["deliveries"] += len(batch)
        world.tally["redeliveries"] += sum(each.receives > 1 for each in batch)
        return batch

    def delete(self, message: Queued) -> None:
        """Forget a message; if that is not lost, and if it does not turn up once more."""
        world, weather = self._world, self._world.weather
        odds = Odds((weather.acknowledgement_lost, weather.redelivered))
        trouble = world.chance.one_of(f"acknowledgement of {message.id}", odds)
        if trouble == 1:
            world.tally["acknowledgements lost"] += 1
            return
        message.is_deleted = True
        if trouble == _TURNS_UP:
            world.tally["redelivered hours later"] += 1
            again = Queued(message.id, message.body, message.sent_at, message.receives)
            self._show(again, world.chance.up_to(f"return of {message.id}", 12 * HOUR))

    def bury(self, body: str, code: str | None) -> None:
        """Take a dead letter in."""
        self.letters.append(Letter(body, code))

    def retry_unexplained(self) -> None:
        """Do what an operator does with letters of which nobody said why: send them again."""
        unexplained = [each for each in self.letters if each.code is None]
        self.letters = [each for each in self.letters if each.code is not None]
        for number, each in enumerate(unexplained):
            self.send(f"letter {number}", each.body)

    def _show(self, message: Queued, delay: int) -> None:
        self._hidden.put(self._world.now + delay, lambda: self._visible.append(message))


_TURNS_UP = 2
