"""How two things are measured beside each other, and what is made of the figures."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeVar

Result = TypeVar("Result")


def interleaved(
    rounds: int, runs: Mapping[str, Callable[[], Result]], tell: Callable[[str], None]
) -> dict[str, list[Result]]:
    """Run each of `runs` once a round, in every other round backwards; give what each came to.

    So what a machine does besides, and what wears off, meets all of them alike.
    """
    found: dict[str, list[Result]] = {name: [] for name in runs}
    for number in range(rounds):
        names = list(runs)[:: -1 if number % 2 else 1]
        tell(f"round {number + 1} of {rounds}")
        for name in names:
            found[name].append(runs[name]())
    return found


def median(figures: Sequence[float]) -> float:
    """Give the middle one of figures."""
    return statistics.median(figures)


def median_ratio(ours: Sequence[float], bound: Sequence[float]) -> float:
    """Give the median of the ratios of each round: what met both in a round cancels out."""
    return median(_ratios(ours, bound))


def spread(ours: Sequence[float], bound: Sequence[float]) -> tuple[float, float]:
    """Give the least and the most of the ratios of each round."""
    ratios = _ratios(ours, bound)
    return min(ratios), max(ratios)


def percentile(figures: Sequence[float], part: float) -> float:
    """Give the figure that a part of them is not above: 0.99 for the hundredth from the top."""
    return sorted(figures)[max(0, -int(-part * len(figures) // 1) - 1)]


def holds(value: float, sign: Literal["≥", "≤"], limit: float) -> bool:
    """Say whether a value is where it is to be."""
    return value >= limit if sign == "≥" else value <= limit


def _ratios(ours: Sequence[float], bound: Sequence[float]) -> list[float]:
    return [each / other for each, other in zip(ours, bound, strict=True)]
