"""A failure comes with a trace that people can read: hardly more than what it takes."""

from __future__ import annotations

import pytest
from tests.simulation.mutations import skip_the_reference_check, swallow_a_conflict
from tests.simulation.shrinking import shrink
from tests.simulation.simulation import simulate


def test_a_failure_that_needs_no_trouble_is_a_trace_without_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    skip_the_reference_check(monkeypatch)
    failed = next(each for each in map(simulate, range(5)) if each.failure)
    trace = shrink(failed)
    assert trace.decisions == ()
    assert len(trace.items) <= 3
    assert f"seed {failed.seed}" in "\n".join(trace.lines())


def test_a_failure_that_needs_trouble_is_a_trace_with_hardly_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swallow_a_conflict(monkeypatch)
    failed = next(each for each in map(simulate, range(5)) if each.failure)
    trace = shrink(failed)
    again = simulate(trace.seed, trace.items, dict(trace.decisions))
    assert again.failure == trace.failure
    assert len(trace.items) <= 6
    assert 1 <= len(trace.decisions) <= 10
