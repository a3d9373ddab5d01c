"""Fuzz all targets, each with its share of the inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from random import Random
from typing import Any

from tests.fuzz.api import Api
from tests.fuzz.commands import Commands, Fields
from tests.fuzz.cursors import Cursors
from tests.fuzz.events import Events
from tests.fuzz.keys import Keys
from tests.fuzz.processing import Processing
from tests.fuzz.programs import Programs
from tests.fuzz.stores import Stores
from tests.fuzz.target import Target
from tests.fuzz.tokens import Tokens

# How to open a target, and how many of a thousand inputs it gets.
TARGETS: dict[str, tuple[Callable[[], Target[Any]], int]] = {
    "events": (Events, 330),
    "processing": (Processing, 60),
    "commands": (Commands, 120),
    "fields": (Fields, 100),
    "cursors": (Cursors, 120),
    "keys": (Keys, 120),
    "stores": (Stores, 5),
    "programs": (Programs, 5),
    "tokens": (Tokens, 50),
    "api": (Api, 90),
}

_LONGEST_SHOWN = 4_000


class Failed(Exception):
    """An input with which something is wrong, and the `options` that hand it over again."""

    def __init__(self, seed: int, target: str, number: int, given: object, why: Exception) -> None:
        shown = repr(given)[:_LONGEST_SHOWN]
        super().__init__(f"{target}: {type(why).__name__}: {why}\nwith {shown}")
        self.options = f"--seed {seed} --target {target} --number {number}"


def fuzz(seed: int, inputs: int, names: Sequence[str] | None = None) -> Counter[tuple[str, str]]:
    """Check so many inputs; count what became of them, by target.

    Raises:
        Failed: at the first with which something is wrong.
    """
    tally: Counter[tuple[str, str]] = Counter()
    chosen = names or list(TARGETS)
    shares = sum(TARGETS[name][1] for name in chosen)
    for name in chosen:
        make, share = TARGETS[name]
        with closing(make()) as target:
            for number in range(-(-inputs * share // shares)):
                tally[name, _check(target, seed, name, number)] += 1
    return tally


def check_one(seed: int, name: str, number: int) -> str:
    """Check one input again.

    Raises:
        Failed: where something is wrong with it.
    """
    make, _ = TARGETS[name]
    with closing(make()) as target:
        return _check(target, seed, name, number)


def _check(target: Target[Any], seed: int, name: str, number: int) -> str:
    # Of its own each: so an input can be had again without those before it.
    given = target.make(Random(f"{seed} {name} {number}"))  # noqa: S311 - no secret
    try:
        return target.check(given)
    except Exception as error:
        raise Failed(seed, name, number, given, error) from error
