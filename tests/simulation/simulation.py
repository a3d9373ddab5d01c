"""One run: a workload, trouble, then quiet, and in the end everything has to be right."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from tests.simulation.chance import Chance, Script
from tests.simulation.checks import check_everything
from tests.simulation.commands import Command
from tests.simulation.crew import Worker
from tests.simulation.deployments import Deployment
from tests.simulation.on_aws import OnAws
from tests.simulation.one_machine import OneMachine
from tests.simulation.terms import ALL_TERMS
from tests.simulation.till import Till
from tests.simulation.weather import DAY, Weather
from tests.simulation.workload import Item, Workload
from tests.simulation.world import SimulationFailed, World

from loyalty_shared.service.archive import encode_row

ITEMS = 600  # of a run, which makes some 1,500 deliveries
_STEP = 20  # milliseconds
_MOST_STEPS = 400  # for each item, which no run needs that gets anywhere
_AFTERWARDS = 60 * DAY  # when all has expired that can


@dataclass(frozen=True)
class Outcome:
    """What came of a run: `script` replays it on the items, `digest` is the same for the same run.

    `failure` is what was wrong, None where nothing was.
    """

    seed: int
    tally: Counter[str]
    script: Script
    digest: str
    failure: str | None


def items_of(seed: int, size: int = ITEMS) -> list[Item]:
    """Give what happens in the run of a seed."""
    return Workload(seed, size).items


def simulate(
    seed: int,
    items: Sequence[Item] | None = None,
    script: Script | None = None,
    luck: int | None = None,
) -> Outcome:
    """Run a seed; or a part of what happens in it, with a part of the trouble, or other trouble."""
    shape = Random(f"shape {seed}")  # noqa: S311 - it shall be foreseen
    terms = shape.choice(ALL_TERMS)
    deployment_class: Callable[[World, Till], Deployment] = shape.choice((OnAws, OneMachine))
    chance = Chance(seed if luck is None else luck, script)
    world = World(chance, Weather.of(seed), terms)
    till = Till(world)
    deployment = deployment_class(world, till)
    run = _Run(world, till, deployment, items_of(seed) if items is None else items)
    failure = None
    try:
        run.run()
        check_everything(world, till, run.items, deployment.queue.letters, seed)
    except SimulationFailed as error:
        failure = str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, it should not have happened
        failure = f"{type(error).__name__}: {error}"
    finally:
        deployment.close()
    return Outcome(seed, world.tally, chance.decided, _digest(world), failure)


class _Run:
    def __init__(
        self, world: World, till: Till, deployment: Deployment, items: Sequence[Item]
    ) -> None:
        self.items = items
        self._world = world
        self._till = till
        self._deployment = deployment
        self._to_come = sorted(items, key=lambda each: each.at, reverse=True)

    def run(self) -> None:
        """Let it all happen, and then let it come to rest."""
        self._go_on(_MOST_STEPS * len(self.items) + 10_000)
        self._world.chance.is_calm = True
        self._deployment.queue.retry_unexplained()
        self._come_to_rest()
        # Holds lapse and points expire; what time did is written by the next who settles.
        self._world.now += _AFTERWARDS
        self._come_to_rest()

    def _come_to_rest(self) -> None:
        if not self._go_on(_MOST_STEPS * len(self.items) + 10_000):
            raise SimulationFailed("it does not come to rest, though nothing goes wrong any more")

    def _go_on(self, most_steps: int) -> bool:
        """Go on until nothing is left to do, or for so many steps; say which it was."""
        world, chance = self._world, self._world.chance
        for _ in range(most_steps):
            self._publish()
            world.arrive()
            ready = self._ready()
            if not ready:
                if not self._wait():
                    return True
                continue
            worker = ready[chance.up_to("who works", len(ready) - 1) if len(ready) > 1 else 0]
            world.working = worker
            worker.go_on()
            world.now += _STEP
        return False

    def _ready(self) -> list[Worker]:
        ready = []
        for worker in self._deployment.workers:
            if not worker.is_busy:
                turn = self._deployment.turn_of(worker)
                if turn is None:
                    continue
                worker.wakes_at = 0
                worker.begin(turn)
            if worker.wakes_at <= self._world.now:
                ready.append(worker)
        return ready

    def _publish(self) -> None:
        while self._to_come and self._to_come[-1].at <= self._world.now:
            item = self._to_come.pop()
            if isinstance(item.what, Command):
                self._till.take(item.what)
            else:
                self._world.tally["events"] += 1
                self._deployment.queue.send(item.name, item.what.body(item.publication))

    def _wait(self) -> bool:
        moments = [each.wakes_at for each in self._deployment.workers if each.is_busy]
        moments += [each.arrives_at for each in self._world.travelling]
        if self._to_come:
            moments.append(self._to_come[-1].at)
        next_at = self._deployment.next_at()
        if next_at is not None:
            moments.append(next_at)
        # What is due already waits for a worker, and so for the moment at which that one wakes.
        later = [each for each in moments if each > self._world.now]
        if later:
            self._world.now = min(later)
        return bool(later)


def _digest(world: World) -> str:
    lines = sorted(encode_row(row) for row in world.store.rows())
    lines += [f"{point} {value}" for point, value in world.chance.decided.items()]
    lines += [f"{name} {count}" for name, count in sorted(world.tally.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
