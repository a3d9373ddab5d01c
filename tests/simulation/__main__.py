"""`poe simulate --seed N --events M`: many runs, and what came of them."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from tests.simulation.shrinking import shrink
from tests.simulation.simulation import Outcome, simulate
from tests.simulation.sweep import sweep

_SHOWN = (
    "events",
    "deliveries",
    "redeliveries",
    "duplicates",
    "redelivered hours later",
    "acknowledgements lost",
    "processed",
    "duplicate",
    "rejected",
    "retry",
    "dead letters",
    "requests",
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
    "entries",
)


def main() -> None:
    """Simulate, and end with status 1 where something went wrong."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--events", type=int, help="deliveries, in as many runs as that takes")
    asked = parser.parse_args()
    failed = _one(asked.seed) if asked.events is None else _many(asked.seed, asked.events)
    if failed is None:
        _say("Nothing is wrong.")
        return
    _say(f"seed {failed.seed} fails: {failed.failure}\nlooking for the shortest trace ...")
    _say("\n".join(shrink(failed).lines()))
    _say(f"replay it with: uv run poe simulate --seed {failed.seed}")
    sys.exit(1)


def _one(seed: int) -> Outcome | None:
    started = time.monotonic()
    outcome = simulate(seed)
    _show(outcome.tally, 1, time.monotonic() - started)
    _say(f"{'digest':<24} {outcome.digest}")
    return outcome if outcome.failure else None


def _many(first_seed: int, deliveries: int) -> Outcome | None:
    started = time.monotonic()
    tally: Counter[str] = Counter()
    runs = 0
    failed: list[Outcome] = []
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        bar = progress.add_task("deliveries", total=deliveries)
        for outcome in sweep(first_seed, deliveries):
            runs += 1
            tally += outcome.tally
            progress.update(bar, completed=min(tally["deliveries"], deliveries))
            if outcome.failure:
                failed.append(outcome)
                progress.console.print(f"seed {outcome.seed}: {outcome.failure}")
    _show(tally, runs, time.monotonic() - started)
    return min(failed, key=lambda each: each.seed, default=None)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _show(tally: Counter[str], runs: int, seconds: float) -> None:
    _say(f"{'runs':<24} {runs:>12,}")
    for name in _SHOWN:
        _say(f"{name:<24} {tally[name]:>12,}")
    _say(f"{'seconds':<24} {seconds:>12,.1f}")
    _say(f"{'deliveries/s':<24} {tally['deliveries'] / seconds:>12,.0f}")


if __name__ == "__main__":
    main()
