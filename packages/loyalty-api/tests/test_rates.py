"""The measure of each caller, with a clock that is set by hand."""

from __future__ import annotations

import pytest

from loyalty_api import rates
from loyalty_api.rates import RateLimited, RequestRates


class Watch:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


def _allowed(measure: RequestRates, caller: str, most: int = 1_000) -> int:
    for number in range(most):
        try:
            measure.take(caller)
        except RateLimited:
            return number
    return most


def test_two_seconds_may_come_at_once_and_then_so_many_a_second(watch: Watch) -> None:
    measure = RequestRates(10, watch)

    assert _allowed(measure, "ann") == 20
    watch.seconds += 0.5
    assert _allowed(measure, "ann") == 5
    watch.seconds += 3600
    assert _allowed(measure, "ann") == 20


def test_who_is_refused_loses_nothing_by_asking(watch: Watch) -> None:
    measure = RequestRates(1, watch)
    _allowed(measure, "ann")
    for _ in range(10):
        watch.seconds += 0.125
        _allowed(measure, "ann", most=1)

    assert _allowed(measure, "ann") == 0
    watch.seconds += 0.75
    assert _allowed(measure, "ann") == 1


@pytest.mark.parametrize(("per_second", "wait"), [(0.1, "10"), (1, "1"), (500, "1")])
def test_the_wait_is_for_as_long_as_it_takes(watch: Watch, per_second: float, wait: str) -> None:
    measure = RequestRates(per_second, watch)
    _allowed(measure, "ann", most=2_000)

    with pytest.raises(RateLimited) as refused:
        measure.take("ann")

    assert refused.value.headers["Retry-After"] == wait
    watch.seconds += int(wait)
    measure.take("ann")


def test_however_many_there_are_only_the_latest_are_remembered(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "_MOST_CALLERS", 100)
    measure = RequestRates(1, watch)
    for number in range(1_000):
        measure.take(f"caller {number}")
        _allowed(measure, "ann", most=1)

    assert len(measure._buckets) == 100  # noqa: SLF001 - it is the memory that counts
    assert _allowed(measure, "ann") == 0
    assert _allowed(measure, "caller 1") == 2
