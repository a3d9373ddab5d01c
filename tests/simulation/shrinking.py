"""From a run that fails to the shortest one that still does: fewer events, less trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.simulation.chance import Point
from tests.simulation.commands import Command
from tests.simulation.simulation import Outcome, items_of, simulate
from tests.simulation.weather import Trouble
from tests.simulation.workload import Item

Part = TypeVar("Part")
Decision = tuple[Point, int]

_MOST_RUNS = 2_000
_LUCKS = 6
_TROUBLES = (
    "append of",
    "read",
    "commit",
    "write",
    "send",
    "moment",
    "due",
    "mark",
    "forget",
    "keep",
)


@dataclass(frozen=True)
class Trace:
    """A short run that fails: what happens in it, what goes wrong, and what comes of it."""

    seed: int
    items: tuple[Item, ...]
    decisions: tuple[Decision, ...]
    failure: str

    def lines(self) -> Iterator[str]:
        """Tell it to people."""
        yield f"seed {self.seed}: {self.failure}"
        yield f"what happens ({len(self.items)}):"
        for item in self.items:
            as_what = (
                "" if isinstance(item.what, Command) else f" as publication {item.publication}"
            )
            yield f"  at {item.at:>9} ms  {item.what}{as_what}"
        yield f"what goes wrong, or otherwise than on a quiet day ({len(self.decisions)}):"
        for (what, number), value in self.decisions:
            yield f"  {what}, for the {number + 1}. time: {_named(what, value)}"


def shrink(outcome: Outcome) -> Trace:
    """Leave out of a failed run what the failure does not need."""
    return _Shrinking(outcome).run()


class _Shrinking:
    def __init__(self, outcome: Outcome) -> None:
        self._seed = outcome.seed
        self._failed = outcome
        self._runs = 0

    def run(self) -> Trace:
        items: Sequence[Item] = items_of(self._seed)
        if self._fails(items, ()):  # then none of the trouble matters
            items = _fewer(items, lambda some: self._fails(some, ()), self._may_go_on)
        else:
            items = _fewer(items, self._fails_somehow, self._may_go_on)
        decisions: Sequence[Decision] = tuple(self._failed.script.items())
        decisions = _fewer(decisions, lambda some: self._fails(items, some), self._may_go_on)
        items = _fewer(items, lambda some: self._fails(some, decisions), self._may_go_on)
        failure = simulate(self._seed, items, dict(decisions)).failure
        return Trace(self._seed, tuple(items), tuple(decisions), failure or "")

    def _fails_somehow(self, items: Sequence[Item]) -> bool:
        """Try it with the trouble that there was, and with some other.

        With less to do, the same decisions meet other steps; so trouble may have to be made anew.
        """
        if self._fails(items, tuple(self._failed.script.items())):
            return True
        return any(self._takes(simulate(self._seed, items, luck=luck)) for luck in range(_LUCKS))

    def _fails(self, items: Sequence[Item], decisions: Sequence[Decision]) -> bool:
        return self._takes(simulate(self._seed, items, dict(decisions)))

    def _takes(self, outcome: Outcome) -> bool:
        self._runs += 1
        if outcome.failure is not None:
            self._failed = outcome
        return outcome.failure is not None

    def _may_go_on(self) -> bool:
        return self._runs < _MOST_RUNS


def _fewer(
    parts: Sequence[Part], fails: Callable[[Sequence[Part]], bool], may_go_on: Callable[[], bool]
) -> Sequence[Part]:
    """Take chunks away, the largest first, as long as it still fails (delta debugging)."""
    chunk = max(len(parts) // 2, 1)
    while parts and may_go_on():
        count, start = len(parts), 0
        while start < len(parts) and may_go_on():
            rest = (*parts[:start], *parts[start + chunk :])
            if fails(rest):
                parts = rest
            else:
                start += chunk
        if chunk == 1 and len(parts) == count:
            break
        chunk = max(chunk // 2, 1)
    return parts


def _named(what: str, value: int) -> str:
    return (
        Trouble(value).name.lower().replace("_", " ") if what.startswith(_TROUBLES) else str(value)
    )
