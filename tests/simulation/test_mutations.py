"""The simulator is worth something if it notices: each way to break the ledger is caught."""

from __future__ import annotations

import re

import pytest
from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.simulation import simulate

_SEEDS = range(30)  # so many may be needed to notice


def test_the_ledger_is_whole_where_nobody_broke_it() -> None:
    assert [simulate(seed).failure for seed in range(4)] == [None] * 4


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.__name__)
def test_a_broken_ledger_is_caught(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation(monkeypatch)
    failures = filter(None, (simulate(seed).failure for seed in _SEEDS))
    failure = next(failures, None)
    assert failure is not None
    # It shall be the ledger that is wrong, and not a mutation that no longer fits the code.
    assert not re.search("TypeError|AttributeError|NameError", failure)
