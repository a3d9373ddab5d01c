from __future__ import annotations

import json
from typing import Any, Protocol

import pytest
from fastapi.testclient import TestClient

from loyalty_shared.contracts import strict_json
from loyalty_shared.contracts.events import decode_event
from loyalty_shared.contracts.order_details import OrderCompleted
from loyalty_shared.domain.errors import StoreUnavailable

EVENT = {"userId": "ann", "orderId": "o-1", "transactionId": "t-1", "totalAmount": 125}


class ListInbox(Protocol):
    bodies: list[str]
    error: Exception | None


def _with(**changes: object) -> str:
    return json.dumps(EVENT | changes)


def _without(name: str) -> str:
    return json.dumps({key: value for key, value in EVENT.items() if key != name})


def test_an_event_is_accepted_once_it_is_queued(client: TestClient, inbox: ListInbox) -> None:
    answer = client.post("/loyalty/events", json=EVENT)

    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    assert json.loads(inbox.bodies[0]) == EVENT


def test_an_envelope_is_accepted_as_it_came(client: TestClient, inbox: ListInbox) -> None:
    envelope = {"detail-type": "OrderCompleted", "detail": EVENT}

    assert client.post("/loyalty/events", json=envelope).status_code == 202
    assert json.loads(inbox.bodies[0]) == envelope


def test_an_array_is_queued_event_by_event(client: TestClient, inbox: ListInbox) -> None:
    events = [EVENT | {"orderId": f"o-{number}"} for number in range(1000)]

    answer = client.post("/loyalty/events", json=events)

    assert (answer.status_code, answer.json()) == (202, {"accepted": 1000})
    assert [json.loads(body) for body in inbox.bodies] == events


def test_an_empty_array_is_accepted_and_queues_nothing(
    client: TestClient, inbox: ListInbox
) -> None:
    assert client.post("/loyalty/events", content="[ ]").json() == {"accepted": 0}
    assert inbox.bodies == []


def test_an_amount_is_queued_with_every_digit(client: TestClient, inbox: ListInbox) -> None:
    client.post("/loyalty/events", content="[" + _with().replace("125", "99999999999.99") + "]")

    detail = decode_event(strict_json.decode(inbox.bodies[0])).detail
    assert isinstance(detail, OrderCompleted)
    assert str(detail.total_amount) == "99999999999.99"


def test_the_content_type_does_not_matter(client: TestClient) -> None:
    for kind in ("application/x-www-form-urlencoded", "text/plain", "application/json"):
        answer = client.post("/loyalty/events", content=_with(), headers={"content-type": kind})
        assert answer.status_code == 202


BAD_BODIES: list[tuple[str, str, int, str, str | None]] = [
    ("nothing at all", "", 400, "malformed_json", None),
    ("not JSON", "nonsense", 400, "malformed_json", None),
    ("half an array", "[" + _with(), 400, "malformed_json", None),
    ("text after it", _with() + "x", 400, "malformed_json", None),
    ("a name twice", '{"userId": "a", "userId": "b"}', 400, "malformed_json", None),
    ("nested too deeply", "[" * 100_000, 400, "malformed_json", None),
    ("not a number", _with().replace("125", "NaN"), 400, "malformed_json", None),
    ("infinite", _with().replace("125", "-Infinity"), 400, "malformed_json", None),
    ("a string", '"event"', 422, "invalid_event", "body"),
    ("null", "null", 422, "invalid_event", "body"),
    ("no user", _without("userId"), 422, "invalid_event", "body/userId"),
    ("no order", _without("orderId"), 422, "invalid_event", "body/orderId"),
    ("no transaction", _without("transactionId"), 422, "invalid_event", "body/transactionId"),
    ("no amount", _without("totalAmount"), 422, "invalid_event", "body/totalAmount"),
    ("an empty user", _with(userId=""), 422, "invalid_event", "body/userId"),
    ("a blank order", _with(orderId=" "), 422, "invalid_event", "body/orderId"),
    ("a long user", _with(userId="x" * 129), 422, "invalid_event", "body/userId"),
    ("a control character", _with(orderId="a\u0007b"), 422, "invalid_event", "body/orderId"),
    ("a lone surrogate", _with(userId="\ud800"), 422, "invalid_event", "body/userId"),
    ("a boolean user", _with(userId=True), 422, "invalid_event", "body/userId"),
    ("an amount in words", _with(totalAmount="many"), 422, "invalid_event", "body/totalAmount"),
    ("a boolean amount", _with(totalAmount=True), 422, "invalid_event", "body/totalAmount"),
    ("a negative amount", _with(totalAmount=-1), 422, "invalid_amount", "body/totalAmount"),
    ("an absurd amount", _with(totalAmount=10**12 + 1), 422, "invalid_amount", "body/totalAmount"),
    ("an endless amount", _with().replace("125", "1e999999"), 422, "invalid_amount", None),
    ("a third decimal", _with(totalAmount=1.001), 422, "invalid_amount", "body/totalAmount"),
    ("no such currency", _with(currency="ABC"), 422, "unknown_currency", "body/currency"),
    ("no currency at all", _with(currency="euro"), 422, "invalid_event", "body/currency"),
    ("another currency", _with(currency="USD"), 422, "currency_mismatch", "body/currency"),
    ("a time without a zone", _with(occurredAt="2026-05-04T10:00:00"), 422, "invalid_event", None),
    ("a time ahead", _with(occurredAt="2026-05-06T10:00:00Z"), 422, "occurred_in_the_future", None),
    ("a bad line", _with(lines=[{"amount": 1}, {}]), 422, "invalid_event", "body/lines/1/amount"),
    (
        "another type",
        '{"detail-type": "OrderShipped", "detail": {}}',
        422,
        "unknown_event_type",
        "body/detail-type",
    ),
    (
        "a bad detail",
        '{"detail-type": "OrderCompleted", "detail": 5}',
        422,
        "invalid_event",
        "body/detail",
    ),
    (
        "one bad among good",
        f"[{_with()}, {_with(totalAmount=-1)}]",
        422,
        "invalid_amount",
        "body/1/totalAmount",
    ),
]


@pytest.mark.parametrize(
    ("body", "status", "code", "location"),
    [row[1:] for row in BAD_BODIES],
    ids=[row[0] for row in BAD_BODIES],
)
def test_bad_input_gets_a_clear_answer_and_queues_nothing(  # noqa: PLR0913, PLR0917 - a row of the table
    client: TestClient, inbox: ListInbox, body: str, status: int, code: str, location: str | None
) -> None:
    answer = client.post("/loyalty/events", content=body)

    problem: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["detail"]
    if location is not None:
        assert [each["location"] for each in problem["errors"]] == [location]
    assert inbox.bodies == []


def test_what_is_not_utf_8_is_refused(client: TestClient, inbox: ListInbox) -> None:
    answer = client.post("/loyalty/events", content=b'{"userId": "\xff"}')

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
    assert inbox.bodies == []


def test_a_body_over_one_megabyte_is_refused(client: TestClient, inbox: ListInbox) -> None:
    answer = client.post("/loyalty/events", content=_with(note="x" * 1_000_000))

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert inbox.bodies == []


def test_an_array_over_a_thousand_is_refused(client: TestClient, inbox: ListInbox) -> None:
    answer = client.post("/loyalty/events", json=[EVENT] * 1001)

    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_events")
    assert inbox.bodies == []


def test_a_hostile_array_gets_a_short_answer(client: TestClient) -> None:
    answer = client.post("/loyalty/events", content="[" + ",".join(["{}"] * 1000) + "]")

    assert len(answer.json()["errors"]) == 20


def test_a_queue_that_is_away_means_try_again(client: TestClient, inbox: ListInbox) -> None:
    inbox.error = StoreUnavailable("no answer")

    answer = client.post("/loyalty/events", json=EVENT)

    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert answer.headers["retry-after"] == "1"


def test_a_mistake_of_ours_is_a_problem_without_details(
    client: TestClient, inbox: ListInbox
) -> None:
    inbox.error = ZeroDivisionError("secret")

    answer = client.post("/loyalty/events", json=EVENT)

    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected_error")
    assert "secret" not in answer.text


def test_a_method_that_is_not_there_is_a_problem_too(client: TestClient) -> None:
    answer = client.get("/loyalty/events")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"
