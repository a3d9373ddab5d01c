"""A message comes in, an outcome comes out: that is all a queue has to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a queue hands it over; `id` is the queue's own."""

    id: str
    body: str
    received_at: datetime


class Result(StrEnum):
    """What became of a message.

    PROCESSED and DUPLICATE are acknowledged. REJECTED can never succeed and goes to the dead
    letters. RETRY may succeed later and stays in the queue.
    """

    PROCESSED = "processed"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message, and why.

    `member_id` and `order_id` are there once the message could be read, `points` where it was
    processed (negative: taken back), `error` where it was rejected or has to be retried.
    """

    result: Result
    member_id: str | None = None
    order_id: str | None = None
    points: int = 0
    error: Exception | None = None
    lag_seconds: float | None = None

    @property
    def points_issued(self) -> int:
        """How many points the member got."""
        return max(self.points, 0)

    @property
    def points_reversed(self) -> int:
        """How many points were taken back."""
        return max(-self.points, 0)


class Processor(Protocol):
    """What takes messages to a ledger, such as `EventProcessor`."""

    def process(self, messages: Sequence[Message]) -> list[Outcome]:
        """Process messages and say what became of each."""

    def close(self) -> None:
        """End what it has begun."""
