"""What a dead letter is, wherever it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from loyalty_shared.domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter: `code` and `reason` say why, `received_at` when it first came in."""

    id: str
    code: str
    reason: str
    received_at: datetime
    body: str


class LetterNotFound(NotFound):
    """There is no dead letter of that id."""

    code = "dead_letter_not_found"


class DeadLetters(Protocol):
    """Where dead letters are kept."""

    def letters(self) -> Sequence[Letter]:
        """List them, oldest first, as many as can be looked at at once."""

    def retry(self, ids: Sequence[str]) -> None:
        """Put them back into the queue, durably, and then take them out here.

        Raises:
            LetterNotFound: when one is not there; the others are put back.
        """

    def drop(self, ids: Sequence[str]) -> None:
        """Take them out for good.

        Raises:
            LetterNotFound: when one is not there; the others are dropped.
        """


def missing(ids: Sequence[str]) -> LetterNotFound:
    """Say which dead letters are not there."""
    return LetterNotFound(f"no dead letter {', '.join(ids)}")
