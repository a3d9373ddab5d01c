from __future__ import annotations

from collections.abc import Callable

from fastapi.testclient import TestClient

Buy = Callable[..., None]
Give = Callable[..., None]


def test_a_refund_shows_what_is_kept_and_what_is_taken_back(
    client: TestClient, buy: Buy, give_back: Give
) -> None:
    buy("ann", "o-1", "5000")
    buy("ann", "o-2", "120")
    give_back("ann", "o-2", "r-1", "20.01", occurredAt="2026-05-03T08:00:00Z")

    newest = client.get("/loyalty/members/ann/transactions").json()["items"][0]

    assert newest.pop("transactionId")
    assert newest["breakdown"].pop("programVersion")
    assert newest == {
        "seq": 3,
        "type": "REVERSE",
        "points": -31,
        "orderId": "o-2",
        "occurredAt": "2026-05-03T08:00:00Z",
        "recordedAt": "2026-05-04T10:00:00Z",
        "available": 5149,
        "breakdown": {
            "rule": (
                "An order keeps what its kept part would have earned by itself, under the version"
                " of the program and the tier that it was earned under."
            ),
            "amount": {"amount": "99.99", "currency": "EUR"},
            "pointsPerUnit": "1",
            "tier": "Gold",
            "multiplier": "1.5",
            "rounding": "floor",
            "arithmetic": "kept 99.99 × 1 × Gold 1.5 = 149; 180 − 149 = 31 taken back",  # noqa: RUF001 - the signs people read
            "refund": {
                "refundIds": ["r-1"],
                "refunded": {"amount": "20.01", "currency": "EUR"},
                "pointsBefore": 180,
                "pointsKept": 149,
                "alreadyExpired": 0,
                "forgiven": 0,
            },
            "lots": [{"points": -31, "activatesOn": None, "expiresOn": None}],
            "held": 0,
            "debt": 0,
            "value": None,
        },
        "follows": None,
        "otherMemberId": None,
        "actor": None,
        "description": "Refund r-1 of order o-2",
    }


def test_a_refund_that_waits_says_so(client: TestClient, buy: Buy, give_back: Give) -> None:
    give_back("ann", "o-1", "r-1", "20")

    [waiting] = client.get("/loyalty/members/ann/transactions").json()["items"]
    order = client.get("/loyalty/orders/o-1").json()

    assert (waiting["points"], waiting["description"]) == (
        0,
        "Refund r-1 of order o-1, which has not arrived yet",
    )
    assert waiting["breakdown"]["refund"]["pointsKept"] is None
    assert (order["memberId"], order["points"], order["total"]) == ("ann", 0, None)
    assert order["transactionId"] is None

    buy("ann", "o-1", "50")

    [earned, _] = client.get("/loyalty/members/ann/transactions").json()["items"]
    assert earned["points"] == 30
    assert earned["breakdown"]["arithmetic"] == (
        "50.00 × 1 × Basic 1 = 50; kept 30.00 × 1 × Basic 1 = 30; 50 − 30 = 20 taken back"  # noqa: RUF001 - the signs people read
    )
    assert client.get("/loyalty/points/ann").json()["points"] == 30


def test_an_order_lists_its_refunds(client: TestClient, buy: Buy, give_back: Give) -> None:
    give_back("ann", "o-1", "r-0", "100")
    buy("ann", "o-1", "50")
    give_back("ann", "o-1", "r-1", "20.50")

    order = client.get("/loyalty/orders/o-1").json()

    assert (order["points"], order["kept"]["amount"], order["total"]["amount"]) == (
        29,
        "29.50",
        "50.00",
    )
    assert order["refunds"] == [
        {
            "refundId": "r-1",
            "amount": {"amount": "20.50", "currency": "EUR"},
            "accepted": True,
        },
        {
            "refundId": "r-0",
            "amount": {"amount": "100.00", "currency": "EUR"},
            "accepted": False,
        },
    ]


def test_the_points_of_a_history_add_up_to_the_balance(
    client: TestClient, buy: Buy, give_back: Give
) -> None:
    give_back("ann", "o-2", "r-1", "1.99")
    for number in range(1, 5):
        buy("ann", f"o-{number}", "333.33")
    give_back("ann", "o-1", "r-1", "333.33")
    give_back("ann", "o-3", "r-1", "0.34")

    items = client.get("/loyalty/members/ann/transactions").json()["items"]
    points = client.get("/loyalty/members/ann").json()["points"]

    assert len(items) == 7
    assert sum(item["points"] for item in items) == points["available"] > 0
