from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.token_issuer import TokenIssuer, running_issuer

from loyalty_api.application import create_app
from loyalty_api.services import Services, run_inline
from loyalty_shared.contracts import strict_json
from loyalty_shared.contracts.events import decode_event
from loyalty_shared.contracts.program_file import ProgramFile, default_program
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.order_events import record_happening
from loyalty_shared.storage.memory import MemoryLedgerStore

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)

Buy = Callable[..., None]
Give = Callable[..., None]


class ListInbox:
    """An inbox that can be looked into, or be out of order."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.error: Exception | None = None

    def put(self, bodies: Sequence[str]) -> None:
        if self.error is not None:
            raise self.error
        self.bodies += bodies


@pytest.fixture
def clock() -> list[datetime]:
    """Give the time that it is, for a test to change."""
    return [NOW]


@pytest.fixture
def rules() -> dict[str, Any]:
    """Give what the program says otherwise than the default one: nothing, unless overridden."""
    return {}


@pytest.fixture
def ledger(clock: list[datetime], rules: dict[str, Any]) -> Ledger:
    file = ProgramFile.model_validate(default_program().model_dump() | rules)
    return Ledger(MemoryLedgerStore(), file, lambda: clock[0], lambda _seconds: None)


@pytest.fixture
def inbox() -> ListInbox:
    return ListInbox()


@pytest.fixture
def client(ledger: Ledger, inbox: ListInbox) -> Iterator[TestClient]:
    app = create_app(Services(ledger, inbox, run_inline, run_inline))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def issuer() -> Iterator[TokenIssuer]:
    """Run an issuer of tokens, with its documents on a real server."""
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def buy(ledger: Ledger) -> Buy:
    def record(user: str, order: str, amount: str, **more: object) -> None:
        document = {"userId": user, "orderId": order, "transactionId": f"pay-{order}", **more}
        document["totalAmount"] = strict_json.decode(amount)
        happening = decode_event(document).happening("EUR", NOW)
        record_happening(ledger, happening)

    return record


@pytest.fixture
def give_back(ledger: Ledger) -> Give:
    """Record refunds: `give_back("ann", "o-1", "r-1", "12.50", lines=[…])`."""

    def record(user: str, order: str, refund: str, amount: str, **more: object) -> None:
        detail = {"userId": user, "orderId": order, "refundId": refund, **more}
        detail["amount"] = strict_json.decode(amount)
        event = decode_event({"detail-type": "OrderRefunded", "detail": detail})
        record_happening(ledger, event.happening("EUR", NOW))

    return record
