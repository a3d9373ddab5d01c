"""Ingest a file of order events, one a line: each exactly once, however often it is run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import IO

from loyalty_event_processor.outcomes import Message, Outcome, Result
from loyalty_event_processor.processor import EventProcessor
from loyalty_event_processor.reasons import UNEXPECTED, code_of, reason_of
from loyalty_server.lines import Line, read_lines
from loyalty_shared.domain.errors import StoreUnavailable

_LINES_A_BATCH = 1_000
_MOST_ATTEMPTS = 5
_PAUSE_SECONDS = 1.0


@dataclass(slots=True)
class Tally:
    """What became of the lines so far."""

    results: Counter[Result] = field(default_factory=Counter)
    points_issued: int = 0
    points_reversed: int = 0


class Ingestion:
    """Takes lines to a processor in batches.

    `reject` gets a JSON line for each that can't succeed: its number, the reason and the event.
    `advance` is told how many bytes of the input each batch was.
    """

    def __init__(
        self,
        processor: EventProcessor,
        reject: Callable[[str], None],
        advance: Callable[[int], None],
        pause: Callable[[float], None],
    ) -> None:
        self._processor = processor
        self._reject_line = reject
        self._advance = advance
        self._pause = pause
        self._tally = Tally()

    def run(self, stream: IO[bytes], received_at: datetime) -> Tally:
        """Ingest every line.

        Raises:
            StoreUnavailable: when the store stayed away. What was done stays done; running the
                same file again finishes it, since those lines are then duplicates.
        """
        lines = read_lines(stream)
        while batch := list(islice(lines, _LINES_A_BATCH)):
            messages = []
            for line in (line for _, line in batch if line is not None):
                if line.error is None:
                    messages.append(Message(str(line.number), line.text, received_at))
                else:
                    self._reject(line, line.error)
            self._ingest(messages)
            self._advance(sum(size for size, _ in batch))
        return self._tally

    def _ingest(self, messages: Sequence[Message]) -> None:
        for _ in range(_MOST_ATTEMPTS):
            outcomes = self._processor.process(messages)
            messages = [
                message
                for message, outcome in zip(messages, outcomes, strict=True)
                if not self._is_final(message, outcome)
            ]
            if not messages:
                return
            self._pause(_PAUSE_SECONDS)
        raise StoreUnavailable(
            f"the store stayed away; stopped at line {messages[0].id}, run it again to go on"
        )

    def _is_final(self, message: Message, outcome: Outcome) -> bool:
        if outcome.error is None:
            self._tally.results[outcome.result] += 1
            self._tally.points_issued += outcome.points_issued
            self._tally.points_reversed += outcome.points_reversed
            return True
        # Trying again does not help against a mistake of ours, and need not stop the rest.
        if outcome.result is Result.RETRY and code_of(outcome.error) != UNEXPECTED:
            return False
        self._reject(Line(int(message.id), message.body), outcome.error)
        return True

    def _reject(self, line: Line, error: Exception) -> None:
        self._tally.results[Result.REJECTED] += 1
        rejected = {
            "line": line.number,
            "code": code_of(error),
            "reason": reason_of(error),
            "event": line.text,
        }
        self._reject_line(json.dumps(rejected, ensure_ascii=False) + "\n")
