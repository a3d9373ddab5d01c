"""What a queue hands over: any text in, an outcome out, and nothing that would come for ever."""

from __future__ import annotations

import json
from datetime import timedelta
from random import Random

from tests.fuzz import documents, nasty
from tests.fuzz.damage import maybe_damaged
from tests.fuzz.reading import NOW
from tests.fuzz.target import Target, require

from loyalty_event_processor.outcomes import Message, Outcome, Result
from loyalty_event_processor.processor import EventProcessor
from loyalty_event_processor.reasons import code_of, log_fields, reason_of
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.storage.memory import MemoryLedgerStore


class Processing(Target[list[str]]):
    """Batches of messages, each on a ledger of its own."""

    def __init__(self) -> None:
        self._rules = default_program()

    def make(self, random: Random) -> list[str]:
        return [_body(random) for _ in range(random.choice((1, 2, 5)))]

    def check(self, given: list[str]) -> str:
        ledger = Ledger(MemoryLedgerStore(), self._rules, lambda: NOW, lambda _seconds: None)
        observed: list[Outcome] = []
        processor = EventProcessor(ledger, lambda _, outcome: observed.append(outcome), workers=1)
        messages = [
            Message(str(number), body, NOW - timedelta(seconds=1))
            for number, body in enumerate(given)
        ]
        outcomes = processor.process(messages)
        require(len(outcomes) == len(given) and outcomes == observed, "an outcome is missing")
        for message, outcome in zip(messages, outcomes, strict=True):
            # Nothing here may succeed later: it would come again until the queue gives up.
            require(outcome.result is not Result.RETRY, f"a retry: {outcome.error!r}")
            json.dumps(log_fields(message, outcome)).encode()
            if outcome.error is not None:
                reason_of(outcome.error)
                require(code_of(outcome.error) != "unexpected_error", repr(outcome.error))
        return " ".join(sorted({each.result.value for each in outcomes}))


def _body(random: Random) -> str:
    if random.random() < 0.1:
        return nasty.text(random)
    # As SQS hands it over it is text already, and may be any.
    return maybe_damaged(documents.event(random), random).decode("utf-8", "surrogateescape")
