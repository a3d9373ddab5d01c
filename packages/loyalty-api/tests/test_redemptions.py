from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

Buy = Callable[..., None]
Give = Callable[..., None]
Redeem = Callable[..., httpx2.Response]


@pytest.fixture
def redeem(client: TestClient) -> Redeem:
    """Spend points of Ann: `redeem(100, key="k-1", orderId="o-9")`."""

    def post(points: object, key: str = "k-1", **more: object) -> httpx2.Response:
        return client.post(
            "/loyalty/members/ann/redemptions",
            json={"points": points, **more},
            headers={"Idempotency-Key": key},
        )

    return post


def _points(client: TestClient) -> int:
    points: int = client.get("/loyalty/points/ann").json()["points"]
    return points


def _give_back(client: TestClient, spent: dict[str, Any], key: str) -> httpx2.Response:
    path = f"/loyalty/members/ann/transactions/{spent['transactionId']}/reversal"
    return client.post(path, headers={"Idempotency-Key": key})


def test_spending_takes_points_and_says_what_they_pay(
    client: TestClient, buy: Buy, redeem: Redeem
) -> None:
    buy("ann", "o-1", "1234")

    answer = redeem(250, orderId="o-2", description="At the counter")

    body = answer.json()
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers
    assert (body["type"], body["points"], body["available"]) == ("REDEEM", -250, 984)
    assert (body["orderId"], body["description"]) == ("o-2", "At the counter")
    assert body["breakdown"]["value"] == {"amount": "2.50", "currency": "EUR"}
    assert body["breakdown"]["arithmetic"] == "250 points pay 2.50 EUR"
    assert body["breakdown"]["lots"] == [{"points": -250, "activatesOn": None, "expiresOn": None}]
    assert _points(client) == 984
    account = client.get("/loyalty/members/ann").json()
    assert account["lifetime"]["redeemed"] == 250
    assert account["tier"]["name"] == "Bronze"  # spending never demotes
    assert client.get("/loyalty/members/ann/transactions").json()["items"][0] == body


def test_the_same_key_and_body_get_the_same_answer_for_good(
    client: TestClient, buy: Buy, redeem: Redeem
) -> None:
    buy("ann", "o-1", "100")
    first = redeem(100)
    buy("ann", "o-2", "50")

    for _ in range(3):
        again = redeem(100)
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["Idempotency-Replayed"] == "true"
    assert _points(client) == 50


@pytest.mark.parametrize(
    "other", [{"points": 11}, {"points": 10, "orderId": "o-9"}, {"points": 10, "description": "x"}]
)
def test_a_key_that_was_used_for_another_request_is_refused(
    client: TestClient, buy: Buy, redeem: Redeem, other: dict[str, Any]
) -> None:
    buy("ann", "o-1", "100")
    redeem(10)

    answer = redeem(**other)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert _points(client) == 90


def test_a_key_belongs_to_one_member(client: TestClient, buy: Buy, redeem: Redeem) -> None:
    buy("ann", "o-1", "100")
    buy("bob", "o-2", "100")
    redeem(10)

    answer = client.post(
        "/loyalty/members/bob/redemptions",
        json={"points": 10},
        headers={"Idempotency-Key": "k-1"},
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_more_than_is_available_cannot_be_spent(
    client: TestClient, buy: Buy, redeem: Redeem
) -> None:
    buy("ann", "o-1", "100")

    answer = redeem(101)

    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_points")
    assert _points(client) == 100
    # Nothing was written, so the same request is answered anew once there is enough.
    buy("ann", "o-2", "1")
    assert redeem(101).status_code == 201


def test_a_stranger_has_nothing_to_spend(redeem: Redeem) -> None:
    assert redeem(1).json()["code"] == "insufficient_points"


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({}, "body/points"),
        ({"points": 0}, "body/points"),
        ({"points": -5}, "body/points"),
        ({"points": "5"}, "body/points"),
        ({"points": 1.5}, "body/points"),
        ({"points": True}, "body/points"),
        ({"points": 10**16}, "body/points"),
        ({"points": 1, "orderID": "o-1"}, "body/orderID"),
        ({"points": 1, "orderId": ""}, "body/orderId"),
        ([], "body"),
    ],
)
def test_a_wish_that_is_not_valid_is_refused(
    client: TestClient, buy: Buy, body: object, location: str
) -> None:
    buy("ann", "o-1", "100")

    answer = client.post(
        "/loyalty/members/ann/redemptions", json=body, headers={"Idempotency-Key": "k"}
    )

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_request")
    assert problem["errors"][0]["location"] == location
    assert _points(client) == 100


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": " "}, {"Idempotency-Key": "k" * 256}])
def test_a_command_needs_a_key(client: TestClient, buy: Buy, headers: dict[str, str]) -> None:
    buy("ann", "o-1", "100")

    answer = client.post("/loyalty/members/ann/redemptions", json={"points": 1}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


def test_of_two_keys_nobody_knows_which_is_meant(client: TestClient, buy: Buy) -> None:
    buy("ann", "o-1", "100")
    headers = [("Idempotency-Key", "one"), ("Idempotency-Key", "two")]

    answer = client.post("/loyalty/members/ann/redemptions", json={"points": 1}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    assert _points(client) == 100


# ------------------------------------------------------------------ giving back


def test_spent_points_are_given_back_once(client: TestClient, buy: Buy, redeem: Redeem) -> None:
    buy("ann", "o-1", "100")
    spent = redeem(60).json()

    given = _give_back(client, spent, "k-2")

    assert given.status_code == 201
    body = given.json()
    assert (body["type"], body["points"], body["available"]) == ("RESTORE", 60, 100)
    assert client.get("/loyalty/members/ann").json()["lifetime"]["redeemed"] == 0
    again = _give_back(client, spent, "k-2")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (body, "true")
    other_key = _give_back(client, spent, "k-3")
    assert (other_key.status_code, other_key.json()["code"]) == (409, "already_restored")
    assert _points(client) == 100


def test_what_spent_no_points_has_none_to_give_back(client: TestClient, buy: Buy) -> None:
    buy("ann", "o-1", "100")
    [earned] = client.get("/loyalty/members/ann/transactions").json()["items"]

    answer = _give_back(client, earned, "k-1")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_restorable")
    unknown = _give_back(client, {"transactionId": "0" * 32}, "k-1")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "transaction_not_found")


def test_refund_after_spending_is_owed_and_the_next_points_pay_it_first(
    client: TestClient, buy: Buy, redeem: Redeem, give_back: Give
) -> None:
    buy("ann", "o-1", "100")
    redeem(100)

    give_back("ann", "o-1", "r-1", "100")

    points = client.get("/loyalty/members/ann").json()["points"]
    assert (points["available"], points["debt"]) == (0, 100)
    buy("ann", "o-2", "130")
    points = client.get("/loyalty/members/ann").json()["points"]
    assert (points["available"], points["debt"]) == (30, 0)


# ------------------------------------------------------------------ many at once


def test_concurrent_twins_have_one_effect_and_one_answer(
    client: TestClient, buy: Buy, redeem: Redeem
) -> None:
    buy("ann", "o-1", "100")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: redeem(100), range(8)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert _points(client) == 0


def test_never_more_is_spent_than_was_there(client: TestClient, buy: Buy, redeem: Redeem) -> None:
    buy("ann", "o-1", "100")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: redeem(30, key=f"k-{number}"), range(16)))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] * 3 + [409] * 13
    assert _points(client) == 10
