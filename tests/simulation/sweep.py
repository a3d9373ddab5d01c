"""Many runs, one for each seed, on every processor of the machine."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from itertools import count
from multiprocessing import get_context

from tests.simulation.simulation import Outcome, simulate


def run_seed(seed: int) -> Outcome:
    """Run a seed; its script is left out where nothing is wrong."""
    outcome = simulate(seed)
    return outcome if outcome.failure else replace(outcome, script={})


def sweep(first_seed: int, deliveries: int) -> Iterator[Outcome]:
    """Run one seed after the other until there were so many deliveries: always the same seeds."""
    seeds = count(first_seed)
    most_pending = 4 * (os.cpu_count() or 1)
    # Other processes, and not forks of this one: it may have threads.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        pending: deque[Future[Outcome]] = deque()
        while deliveries > 0:
            while len(pending) < most_pending:
                pending.append(pool.submit(run_seed, next(seeds)))
            outcome = pending.popleft().result()
            deliveries -= outcome.tally["deliveries"]
            yield outcome
        for each in pending:
            each.cancel()
