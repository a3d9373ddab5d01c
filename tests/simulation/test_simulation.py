"""Whatever goes wrong, events and commands take effect once, and every point is somewhere."""

from __future__ import annotations

from collections import Counter

from tests.simulation.shrinking import shrink
from tests.simulation.sweep import sweep

_DELIVERIES = 200_000
_FIRST_SEED = 1


def test_whatever_goes_wrong_everything_takes_effect_exactly_once() -> None:
    tally: Counter[str] = Counter()
    for outcome in sweep(_FIRST_SEED, _DELIVERIES):
        tally += outcome.tally
        assert outcome.failure is None, "\n".join(shrink(outcome).lines())
    assert tally["deliveries"] >= _DELIVERIES
    # A simulator in which nothing goes wrong would show nothing.
    for trouble in (
        "redeliveries",
        "duplicates",
        "redelivered hours later",
        "acknowledgements lost",
        "dead letters",
        "conflicts",
        "throttles",
        "unknown outcomes",
        "landed late",
        "stale reads",
        "stalls",
        "crashes",
        "batches undone",
        "clocks set",
        "timeouts",
    ):
        assert tally[trouble] > 100, trouble
