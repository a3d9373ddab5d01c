from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

Buy = Callable[..., None]


def test_the_balance_has_exactly_two_fields(client: TestClient, buy: Buy) -> None:
    buy("ann", "o-1", "100.99")

    answer = client.get("/loyalty/points/ann")

    assert answer.status_code == 200
    assert answer.text == '{"userId":"ann","points":100}'


def test_a_user_that_is_not_known_has_no_points(client: TestClient) -> None:
    assert client.get("/loyalty/points/nobody").json() == {"userId": "nobody", "points": 0}


@pytest.mark.parametrize("user", ["x" * 129, "a%00b", "%0A", "%20"])
def test_an_id_that_cannot_be_is_refused(client: TestClient, user: str) -> None:
    answer = client.get(f"/loyalty/points/{user}")

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_id"
    assert answer.json()["errors"][0]["location"] == "path/userId"


@pytest.mark.parametrize("user", ["x" * 128, "Zoë", "a b", "ENTRY#000000000001", "#", "名前"])
def test_any_printable_id_is_a_user(client: TestClient, buy: Buy, user: str) -> None:
    buy(user, "o-1", "7")

    answer = client.get("/loyalty/points/" + user.replace("#", "%23"))

    assert answer.json() == {"userId": user, "points": 7}


def test_an_id_may_hold_a_slash(client: TestClient, buy: Buy) -> None:
    buy("shop/7", "o/1", "7")

    assert client.get("/loyalty/points/shop%2F7").json() == {"userId": "shop/7", "points": 7}
    assert client.get("/loyalty/members/shop%2F7").json()["memberId"] == "shop/7"
    assert client.get("/loyalty/members/shop%2F7/transactions").json()["items"][0]["points"] == 7
    assert client.get("/loyalty/orders/o%2F1").json()["orderId"] == "o/1"
    assert client.get("/loyalty/points/shop/7").status_code == 404
