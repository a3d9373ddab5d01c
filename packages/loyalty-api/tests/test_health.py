from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.ledger import Ledger


def test_a_process_that_answers_is_live(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}


def test_a_ledger_that_can_be_read_is_ready(client: TestClient) -> None:
    assert client.get("/health/ready").json() == {"status": "ok"}


def test_a_ledger_that_cannot_be_read_is_not_ready(
    client: TestClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise StoreUnavailable("no answer")

    monkeypatch.setattr(ledger.store, "check", away)

    answer = client.get("/health/ready")

    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert client.get("/health/live").status_code == 200


def test_docs_can_be_read_in_a_browser(client: TestClient) -> None:
    answer = client.get("/docs")

    assert answer.status_code == 200
    assert "/openapi.json" in answer.text
