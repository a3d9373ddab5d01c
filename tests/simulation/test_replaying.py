"""A seed is a run: the same one again, however Python hashes; and its script replays it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.simulation.simulation import items_of, simulate

_ROOT = Path(__file__).parents[2]
_PRINT_DIGEST = "from tests.simulation.simulation import simulate; print(simulate({}).digest)"


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_seed_gives_the_same_run_again(seed: int) -> None:
    first, again = simulate(seed), simulate(seed)
    assert (first.digest, first.tally) == (again.digest, again.tally)


@pytest.mark.parametrize("seed", [2, 5])
def test_a_seed_gives_the_same_run_in_another_process(seed: int) -> None:
    digests = {simulate(seed).digest}
    for hashing in ("1", "2"):
        command = [sys.executable, "-c", _PRINT_DIGEST.format(seed)]
        environment = {**os.environ, "PYTHONHASHSEED": hashing}
        done = subprocess.run(  # noqa: S603 - ours
            command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=True
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1


@pytest.mark.parametrize("seed", [0, 1])
def test_what_was_decided_replays_the_run(seed: int) -> None:
    run = simulate(seed)
    assert simulate(seed, items_of(seed), run.script).digest == run.digest


def test_other_seeds_are_other_runs() -> None:
    assert len({simulate(seed).digest for seed in range(4)}) == 4


def test_a_quiet_run_has_no_trouble_at_all() -> None:
    quiet = simulate(0, items_of(0), {})
    assert quiet.failure is None
    for trouble in ("crashes", "throttles", "unknown outcomes", "redeliveries", "stalls", "retry"):
        assert quiet.tally[trouble] == 0
    assert quiet.tally["deliveries"] == quiet.tally["events"]
