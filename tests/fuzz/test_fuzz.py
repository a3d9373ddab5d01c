"""Hostile input of every kind, the same each time; `poe fuzz` asks for more, and for other."""

from __future__ import annotations

import pytest
from tests.fuzz.running import TARGETS, check_one, fuzz

_INPUTS = 50_000


def test_hostile_input_is_refused_or_means_what_it_says() -> None:
    tally = fuzz(seed=1, inputs=_INPUTS)

    assert tally.total() >= _INPUTS
    # A fuzz in which nothing is ever right, or nothing ever wrong, would show little.
    for target in TARGETS:
        outcomes = {outcome for name, outcome in tally if name == target}
        assert len(outcomes) > 1, target


@pytest.mark.parametrize("target", [each for each in TARGETS if each != "tokens"])
def test_an_input_can_be_had_again(target: str) -> None:
    assert check_one(7, target, 3) == check_one(7, target, 3)
