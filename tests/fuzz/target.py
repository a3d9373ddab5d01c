"""What is fuzzed: something that makes inputs, and says whether what came of one is right."""

from __future__ import annotations

from abc import ABC, abstractmethod
from random import Random
from typing import Generic, TypeVar

Input = TypeVar("Input")

REFUSED = "refused"
ACCEPTED = "accepted"


class Wrong(Exception):
    """What came of an input is not right."""


class Target(ABC, Generic[Input]):
    """Something that hostile input reaches; an input is all that its outcome depends on."""

    @abstractmethod
    def make(self, random: Random) -> Input:
        """Make an input."""

    @abstractmethod
    def check(self, given: Input) -> str:
        """Hand the input over; say in a word what became of it, or raise `Wrong` or anything."""

    def close(self) -> None:
        """Let go of what it holds."""


def require(holds: bool, what: str) -> None:  # noqa: FBT001 - it reads as a sentence
    """Complain where something does not hold."""
    if not holds:
        raise Wrong(what)
