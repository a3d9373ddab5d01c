from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

Buy = Callable[..., None]


def test_an_account_says_what_a_member_has_and_where_they_stand(
    client: TestClient, buy: Buy
) -> None:
    buy("ann", "o-1", "600", occurredAt="2026-04-30T10:00:00Z")
    buy("ann", "o-2", "100.90", occurredAt="2026-05-02T10:00:00Z")

    assert client.get("/loyalty/members/ann").json() == {
        "memberId": "ann",
        "points": {"available": 710, "pending": 0, "held": 0, "debt": 0},
        "lifetime": {"earned": 710, "redeemed": 0, "expired": 0, "reversed": 0, "adjusted": 0},
        "tier": {
            "name": "Bronze",
            "multiplier": 1.1,
            "since": "2026-04-30",
            "pointsInWindow": 710,
            "next": "Silver",
            "pointsToNext": 790,
            "keptUntil": "2027-03-31",
            "pointsToStay": 390,
        },
        "nextExpiry": None,
        "mergedInto": None,
        "merged": [],
        "seq": 2,
        "asOf": "2026-05-04T10:00:00Z",
    }


def test_a_member_at_the_top_has_no_next_tier(client: TestClient, buy: Buy) -> None:
    buy("ann", "o-1", "5000")

    tier = client.get("/loyalty/members/ann").json()["tier"]

    assert (tier["name"], tier["next"], tier["pointsToNext"]) == ("Gold", None, None)


def test_a_transaction_shows_how_it_came_about(client: TestClient, buy: Buy) -> None:
    buy("ann", "o-1", "5000")
    buy("ann", "o-2", "120", occurredAt="2026-05-02T10:00:00+02:00")

    newest = client.get("/loyalty/members/ann/transactions").json()["items"][0]

    assert newest.pop("transactionId")
    assert newest["breakdown"].pop("programVersion")
    assert newest == {
        "seq": 2,
        "type": "EARN",
        "points": 180,
        "orderId": "o-2",
        "occurredAt": "2026-05-02T08:00:00Z",
        "recordedAt": "2026-05-04T10:00:00Z",
        "available": 5180,
        "breakdown": {
            "amount": {"amount": "120.00", "currency": "EUR"},
            "pointsPerUnit": "1",
            "tier": "Gold",
            "multiplier": "1.5",
            "rounding": "floor",
            "arithmetic": "120.00 × 1 × Gold 1.5 = 180",  # noqa: RUF001 - the sign people read
            "rule": (
                "1 for each EUR, times the multiplier of the tier held before it (Gold);"
                " a fraction of a point is dropped."
            ),
            "refund": None,
            "lots": [{"points": 180, "activatesOn": None, "expiresOn": None}],
            "held": 0,
            "debt": 0,
            "value": None,
        },
        "follows": None,
        "otherMemberId": None,
        "actor": None,
        "description": "Points for order o-2",
    }


def test_pages_follow_each_other_and_miss_nothing(client: TestClient, buy: Buy) -> None:
    for number in range(1, 8):
        buy("ann", f"o-{number}", "1")

    seen, cursor = [], ""
    while True:
        page = client.get(f"/loyalty/members/ann/transactions?limit=3{cursor}").json()
        seen += [item["seq"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"

    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_a_page_stays_as_it_was_when_more_is_earned(client: TestClient, buy: Buy) -> None:
    for number in range(1, 5):
        buy("ann", f"o-{number}", "1")
    cursor = client.get("/loyalty/members/ann/transactions?limit=2").json()["nextCursor"]
    buy("ann", "o-5", "1")

    page = client.get(f"/loyalty/members/ann/transactions?limit=2&cursor={cursor}").json()

    assert [item["seq"] for item in page["items"]] == [2, 1]


def test_a_cursor_is_a_place_in_a_list_and_shows_nothing_of_another_member(
    client: TestClient, buy: Buy
) -> None:
    for number in range(1, 5):
        buy("ann", f"a-{number}", "1")
        buy("bob", f"b-{number}", "1")
    cursor = client.get("/loyalty/members/ann/transactions?limit=1").json()["nextCursor"]

    page = client.get(f"/loyalty/members/bob/transactions?cursor={cursor}").json()

    assert [item["orderId"] for item in page["items"]] == ["b-3", "b-2", "b-1"]
    for elsewhere in ("/members/ann/export?", "/members?tier=Basic&", "/approvals?"):
        answer = client.get(f"/loyalty{elsewhere}cursor={cursor}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def test_a_transaction_is_found_by_its_id(client: TestClient, buy: Buy) -> None:
    buy("ann", "o-1", "1")
    [listed] = client.get("/loyalty/members/ann/transactions").json()["items"]

    found = client.get(f"/loyalty/members/ann/transactions/{listed['transactionId']}")

    assert found.json() == listed


def test_a_transaction_of_another_member_is_not_found(client: TestClient, buy: Buy) -> None:
    buy("ann", "o-1", "1")
    buy("bob", "o-2", "1")
    [of_bob] = client.get("/loyalty/members/bob/transactions").json()["items"]

    answer = client.get(f"/loyalty/members/ann/transactions/{of_bob['transactionId']}")

    assert (answer.status_code, answer.json()["code"]) == (404, "transaction_not_found")


def test_an_order_names_its_member_its_points_and_its_transaction(
    client: TestClient, buy: Buy
) -> None:
    buy("ann", "o-1", "12.50")
    [earned] = client.get("/loyalty/members/ann/transactions").json()["items"]

    order = client.get("/loyalty/orders/o-1").json()

    assert order.pop("programVersion")
    assert order == {
        "orderId": "o-1",
        "memberId": "ann",
        "points": 12,
        "total": {"amount": "12.50", "currency": "EUR"},
        "kept": {"amount": "12.50", "currency": "EUR"},
        "paidWithPoints": [],
        "refunds": [],
        "tier": "Basic",
        "occurredAt": "2026-05-04T10:00:00Z",
        "transactionId": earned["transactionId"],
        "paymentTransactionId": "pay-o-1",
    }


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/loyalty/members/nobody", "member_not_found"),
        ("/loyalty/members/nobody/transactions", "member_not_found"),
        ("/loyalty/members/nobody/transactions/1", "transaction_not_found"),
        ("/loyalty/members/ann/transactions/1", "transaction_not_found"),
        (f"/loyalty/members/ann/transactions/{'0' * 32}", "transaction_not_found"),
        ("/loyalty/orders/none", "order_not_found"),
        ("/loyalty/nothing", "not_found"),
        ("/loyalty/points/", "not_found"),
        ("/loyalty/points/ann/", "not_found"),
    ],
)
def test_what_is_not_there_is_a_problem_with_a_code(
    client: TestClient, buy: Buy, path: str, code: str
) -> None:
    buy("ann", "o-1", "1")

    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code


@pytest.mark.parametrize(
    ("query", "status", "code", "location"),
    [
        ("limit=0", 422, "invalid_request", "query/limit"),
        ("limit=-1", 422, "invalid_request", "query/limit"),
        ("limit=101", 422, "invalid_request", "query/limit"),
        ("limit=many", 422, "invalid_request", "query/limit"),
        ("cursor=", 400, "invalid_cursor", "query/cursor"),
        ("cursor=%20", 400, "invalid_cursor", "query/cursor"),
        ("cursor=zzzz", 400, "invalid_cursor", "query/cursor"),
        ("cursor=YmVmb3JlOjA", 400, "invalid_cursor", "query/cursor"),  # before:0
        ("cursor=YmVmb3JlOjJ", 400, "invalid_cursor", "query/cursor"),  # before:2 written otherwise
        ("cursor=YmVmb3JlOjI%3D", 400, "invalid_cursor", "query/cursor"),  # and so
        ("cursor=%C3%A9", 400, "invalid_cursor", "query/cursor"),
    ],
)
def test_a_page_that_cannot_be_is_refused(  # noqa: PLR0913, PLR0917 - a row of the table
    client: TestClient, buy: Buy, query: str, status: int, code: str, location: str
) -> None:
    buy("ann", "o-1", "1")

    answer = client.get(f"/loyalty/members/ann/transactions?{query}")

    assert answer.status_code == status
    problem = answer.json()
    assert (problem["code"], problem["errors"][0]["location"]) == (code, location)
