"""Chance: every decision of a run, drawn from one seed, or read from a script.

A decision is a number, and 0 is what happens on a quiet day. Those that were not 0 are written
down. They are all that makes one run differ from a quiet one, so they are its script: it replays
the run, and a part of it replays a part of the trouble.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from random import Random

Point = tuple[str, int]
"""What is decided, and for the how manieth time."""

Script = Mapping[Point, int]


class Chance:
    """Decides; `decided` are the decisions so far that a quiet day would not have brought."""

    def __init__(self, seed: int, script: Script | None = None) -> None:
        self.decided: dict[Point, int] = {}
        self.is_calm = False  # from then on nothing unusual happens
        self._random = Random(f"chance {seed}")  # noqa: S311 - it shall be foreseen
        self._script = script
        self._counts: dict[str, int] = {}

    def one_of(self, what: str, odds: Odds) -> int:
        """Decide which of some unusual things happens, counted from 1, or none of them."""
        return self._draw(what, lambda random: odds.pick(random.random()))

    def up_to(self, what: str, most: int) -> int:
        """Decide on a number from 0 to `most`, each as likely."""
        # A script may be that of a run in which there was more to choose from.
        return min(self._draw(what, lambda random: int(random.random() * (most + 1))), most)

    def at_times(self, what: str, probability: float, most: int) -> int:
        """Decide on 0, but at times on a number from 1 to `most`."""

        def pick(random: Random) -> int:
            return 1 + int(random.random() * most) if random.random() < probability else 0

        return self._draw(what, pick)

    def _draw(self, what: str, pick: Callable[[Random], int]) -> int:
        if self.is_calm:
            return 0
        number = self._counts.get(what, 0)
        self._counts[what] = number + 1
        script = self._script
        value = pick(self._random) if script is None else script.get((what, number), 0)
        if value:
            self.decided[what, number] = value
        return value


class Odds:
    """How likely each of some unusual things is; what is left of 1 is that none happens."""

    def __init__(self, probabilities: Sequence[float]) -> None:
        self._ends = list(accumulate(probabilities))

    def pick(self, number: float) -> int:
        """Choose by a number from 0 to 1."""
        place = bisect_right(self._ends, number)
        return place + 1 if place < len(self._ends) else 0
