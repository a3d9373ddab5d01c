"""What callers are told of what went wrong inside, and what the log has of it."""

from __future__ import annotations

import logging
from typing import Protocol

import pytest
from fastapi.testclient import TestClient

from loyalty_shared.domain.errors import LedgerDamaged, StoreUnavailable, TooMuchContention

EVENT = {"userId": "ann", "orderId": "o-1", "transactionId": "t-1", "totalAmount": 125}


class ListInbox(Protocol):
    error: Exception | None


@pytest.mark.parametrize(
    ("error", "status", "code", "level"),
    [
        (StoreUnavailable("/var/secret.db: locked"), 503, "store_unavailable", logging.WARNING),
        (TooMuchContention("secret"), 503, "too_much_contention", logging.WARNING),
        (LedgerDamaged("/var/secret.db: malformed"), 500, "ledger_damaged", logging.ERROR),
        (ZeroDivisionError("secret"), 500, "unexpected_error", logging.ERROR),
    ],
)
def test_what_went_wrong_inside_is_in_the_log_and_not_in_the_answer(  # noqa: PLR0913, PLR0917 - a row
    client: TestClient,
    inbox: ListInbox,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
    code: str,
    level: int,
) -> None:
    inbox.error = error

    answer = client.post("/loyalty/events", json=EVENT)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"]
    assert "secret" not in answer.text
    [record] = [each for each in caplog.records if each.name == "loyalty_api.problems"]
    assert record.levelno == level
    assert record.exc_info is not None
    assert record.exc_info[1] is error
    assert (vars(record)["code"], vars(record)["path"]) == (code, "/loyalty/events")


def test_a_mistake_of_the_caller_is_told_and_not_logged(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.post("/loyalty/events", json=EVENT | {"totalAmount": -1})

    assert answer.json()["errors"][0]["reason"] == "an amount must not be negative"
    assert [each for each in caplog.records if each.name.startswith("loyalty")] == []


@pytest.mark.parametrize(
    ("content", "status", "title"),
    [
        ("{}", 422, "Unprocessable Content"),
        ('"' + "x" * 1_000_000 + '"', 413, "Content Too Large"),
        ("", 400, "Bad Request"),
    ],
)
def test_a_title_is_the_same_on_every_version_of_python(
    client: TestClient, content: str, status: int, title: str
) -> None:
    answer = client.post("/loyalty/events", content=content)

    assert (answer.status_code, answer.json()["title"]) == (status, title)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/loyalty/points/ann", "GET"),
        ("/loyalty/events", "POST"),
        ("/loyalty/members/ann/holds", "GET, POST"),
        ("/loyalty/members/a%2Fb/holds", "GET, POST"),
    ],
)
def test_another_method_is_told_all_those_that_there_are(
    client: TestClient, path: str, allowed: str
) -> None:
    answer = client.delete(path)

    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
