from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from loyalty_event_processor.outcomes import Message, Outcome
from loyalty_event_processor.processor import EventProcessor
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.storage.memory import MemoryLedgerStore

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)

MakeMessage = Callable[..., Message]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(MemoryLedgerStore(), default_program(), lambda: NOW, lambda _seconds: None)


@pytest.fixture
def observed() -> list[tuple[Message, Outcome]]:
    return []


@pytest.fixture
def processor(ledger: Ledger, observed: list[tuple[Message, Outcome]]) -> EventProcessor:
    return EventProcessor(ledger, lambda *each: observed.append(each), workers=1)


@pytest.fixture
def message() -> MakeMessage:
    def make(id_: str = "m-1", **changes: object) -> Message:
        detail = {"userId": "ann", "orderId": "o-1", "transactionId": "t-1", "totalAmount": 125}
        return Message(id_, json.dumps(detail | changes), NOW)

    return make
