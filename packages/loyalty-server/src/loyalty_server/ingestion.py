"""Ingest lines of order events: each exactly once, however often it is run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loyalty_event_processor.outcomes import Message, Outcome, Result
from loyalty_event_processor.processor import EventProcessor
from loyalty_event_processor.reasons import UNEXPECTED, code_of, reason_of
from loyalty_server.lines import Line, batches_of
from loyalty_shared.domain.errors import StoreUnavailable

_MOST_ATTEMPTS = 5
_PAUSE_SECONDS = 1.0


@dataclass(slots=True)
class Tally:
    """What became of lines.

    `rejected` has a JSON line for each that can't succeed: its number, the reason and the event.
    """

    results: Counter[Result] = field(default_factory=Counter)
    points_issued: int = 0
    points_reversed: int = 0
    rejected: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count what became of others too; of what was rejected there is no list for all."""
        self.results += other.results
        self.points_issued += other.points_issued
        self.points_reversed += other.points_reversed


class Ingestion:
    """Takes batches of lines, received at a moment, to a processor."""

    def __init__(
        self, processor: EventProcessor, pause: Callable[[float], None], received_at: datetime
    ) -> None:
        self._processor = processor
        self._pause = pause
        self._received_at = received_at

    def take(self, lines: Sequence[Line]) -> Tally:
        """Ingest a batch, durably.

        Raises:
            StoreUnavailable: when the store stayed away. What was done stays done; running the
                same lines again finishes them, since those are then duplicates.
        """
        tally = Tally()
        messages = []
        for line in lines:
            if line.error is None:
                messages.append(Message(str(line.number), line.text, self._received_at))
            else:
                _reject(tally, line, line.error)
        reasons: list[str] = []
        for _ in range(_MOST_ATTEMPTS):
            outcomes = self._processor.process(messages)
            left = [
                (message, outcome.error)
                for message, outcome in zip(messages, outcomes, strict=True)
                if not _is_final(tally, message, outcome)
            ]
            if not left:
                return tally
            messages = [message for message, _ in left]
            reasons = [reason_of(error) for _, error in left if error is not None]
            self._pause(_PAUSE_SECONDS)
        raise StoreUnavailable(
            f"{reasons[0]}; stopped at line {messages[0].id}, run it again to go on"
        )


def ingest_alone(
    lines: Iterable[tuple[int, Line | None]], ingestion: Ingestion
) -> Generator[tuple[int, Tally]]:
    """Ingest sized lines batch by batch; give how many bytes each was, and what became of it.

    Raises: as `Ingestion.take` does.
    """
    for batch in batches_of(lines):
        yield batch.size_bytes, ingestion.take(batch.lines)


def _is_final(tally: Tally, message: Message, outcome: Outcome) -> bool:
    if outcome.error is None:
        tally.results[outcome.result] += 1
        tally.points_issued += outcome.points_issued
        tally.points_reversed += outcome.points_reversed
        return True
    # Trying again does not help against a mistake of ours, and need not stop the rest.
    if outcome.result is Result.RETRY and code_of(outcome.error) != UNEXPECTED:
        return False
    _reject(tally, Line(int(message.id), message.body), outcome.error)
    return True


def _reject(tally: Tally, line: Line, error: Exception) -> None:
    tally.results[Result.REJECTED] += 1
    rejected = {
        "line": line.number,
        "code": code_of(error),
        "reason": reason_of(error),
        "event": line.text,
    }
    tally.rejected.append(json.dumps(rejected, ensure_ascii=False) + "\n")
