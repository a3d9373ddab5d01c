"""Points set aside at the checkout: captured, released, or lapsed by themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

Buy = Callable[..., None]
Give = Callable[..., None]


class Shop:
    """A till with a clock; each command has a key of its own unless told."""

    def __init__(self, client: TestClient, clock: list[datetime]) -> None:
        self.client = client
        self._clock = clock
        self._asked = 0

    def wait(self, seconds: float) -> None:
        self._clock[0] += timedelta(seconds=seconds)

    def ask(self, path: str, key: str | None = None, **body: Any) -> httpx2.Response:  # noqa: ANN401 - what a body has
        self._asked += 1
        headers = {"Idempotency-Key": key or f"k-{self._asked}"}
        return self.client.post(f"/loyalty/members/ann/{path}", json=body, headers=headers)

    def hold(self, points: int, seconds: int = 60, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        answer = self.ask("holds", points=points, expiresInSeconds=seconds, **more)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def get(self, path: str = "") -> dict[str, Any]:
        body: dict[str, Any] = self.client.get(f"/loyalty/members/ann{path}").json()
        return body

    @property
    def points(self) -> tuple[int, int]:
        """Available and held."""
        points = self.get()["points"]
        balance = self.client.get("/loyalty/points/ann").json()["points"]
        assert balance == points["available"]
        return points["available"], points["held"]

    @property
    def types(self) -> list[str]:
        return [each["type"] for each in self.get("/transactions")["items"]]


@pytest.fixture
def shop(client: TestClient, clock: list[datetime], buy: Buy) -> Shop:
    """Let Ann have 100 points at a till."""
    buy("ann", "o-1", "100")
    return Shop(client, clock)


def test_points_that_are_held_are_nobody_elses_to_spend(shop: Shop) -> None:
    hold = shop.hold(70, orderId="o-2", description="At the checkout")

    assert (hold["status"], hold["points"], hold["value"]["amount"]) == ("open", 70, "0.70")
    assert (hold["orderId"], hold["description"]) == ("o-2", "At the checkout")
    assert hold["expiresAt"] == "2026-05-04T10:01:00Z"
    assert shop.points == (30, 70)
    refused = shop.ask("redemptions", points=31)
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_points")
    assert shop.ask("holds", points=31).json()["code"] == "insufficient_points"
    assert shop.get("/holds")["items"] == [hold]
    assert shop.get(f"/holds/{hold['holdId']}") == hold
    made = shop.get(f"/transactions/{hold['holdId']}")
    assert (made["type"], made["points"], made["breakdown"]["held"]) == ("HOLD", 0, 70)


@pytest.mark.parametrize(
    ("captured", "left"), [({}, (30, 0)), ({"points": 70}, (30, 0)), ({"points": 25}, (75, 0))]
)
def test_all_or_a_part_is_captured_and_the_rest_can_be_used(
    shop: Shop, captured: dict[str, Any], left: tuple[int, int]
) -> None:
    hold = shop.hold(70)

    spent = shop.ask(f"holds/{hold['holdId']}/capture", **captured)

    body, points = spent.json(), captured.get("points", 70)
    assert (spent.status_code, body["type"], body["points"]) == (201, "REDEEM", -points)
    assert body["follows"] == hold["holdId"]
    assert body["breakdown"]["held"] == -70
    assert shop.points == left
    found = shop.get(f"/holds/{hold['holdId']}")
    assert (found["status"], found["capturedPoints"]) == ("captured", points)
    assert shop.get("/holds")["items"] == []


@pytest.mark.parametrize("then", ["capture", "release"])
@pytest.mark.parametrize("first", ["capture", "release", "lapse"])
def test_a_hold_ends_once(shop: Shop, first: str, then: str) -> None:
    hold = shop.hold(70)["holdId"]
    if first == "lapse":
        shop.wait(60)
    else:
        assert shop.ask(f"holds/{hold}/{first}").status_code == 201
    before = shop.points

    again = shop.ask(f"holds/{hold}/{then}")

    assert (again.status_code, again.json()["code"]) == (409, "hold_not_open")
    assert shop.points == before == ((30, 0) if first == "capture" else (100, 0))


def test_a_hold_lapses_by_itself_at_its_moment_whether_or_not_it_is_written(shop: Shop) -> None:
    # The public complaint: a checkout timed out, and the points were gone.
    hold = shop.hold(70)
    shop.wait(59.999)
    assert shop.points == (30, 70)

    shop.wait(0.001)

    assert shop.points == (100, 0)
    assert shop.types == ["HOLD", "EARN"]
    found = shop.get(f"/holds/{hold['holdId']}")
    assert (found["status"], found["endedAt"]) == ("lapsed", hold["expiresAt"])
    assert shop.get("/holds")["items"] == []


def test_what_is_written_next_writes_first_that_a_hold_has_lapsed(shop: Shop) -> None:
    hold = shop.hold(70)
    shop.wait(3600)

    spent = shop.ask("redemptions", points=100).json()

    assert (spent["type"], spent["available"]) == ("REDEEM", 0)
    assert shop.types == ["REDEEM", "LAPSE", "HOLD", "EARN"]
    lapse = shop.get("/transactions")["items"][1]
    assert (lapse["points"], lapse["follows"]) == (0, hold["holdId"])
    assert (lapse["occurredAt"], lapse["actor"]) == (hold["expiresAt"], None)
    assert shop.get(f"/holds/{hold['holdId']}")["status"] == "lapsed"


def test_the_same_key_answers_the_same_whatever_became_of_the_hold(shop: Shop) -> None:
    first = shop.ask("holds", key="mine", points=70, expiresInSeconds=60)
    captured = shop.ask(f"holds/{first.json()['holdId']}/capture", key="that", points=20)

    again = shop.ask("holds", key="mine", points=70, expiresInSeconds=60)
    captured_again = shop.ask(f"holds/{first.json()['holdId']}/capture", key="that", points=20)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert captured_again.json() == captured.json()
    assert captured_again.headers["Idempotency-Replayed"] == "true"
    assert shop.points == (80, 0)
    other = shop.ask("holds", key="mine", points=71, expiresInSeconds=60)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_capture_takes_no_more_than_the_hold_has(shop: Shop) -> None:
    hold = shop.hold(70)["holdId"]

    refused = shop.ask(f"holds/{hold}/capture", points=71)

    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_points")
    assert shop.points == (30, 70)


def test_a_capture_pays_for_the_order_of_its_hold(shop: Shop, buy: Buy) -> None:
    hold = shop.hold(70, orderId="o-2")["holdId"]
    buy("ann", "o-2", "10.00")

    other = shop.ask(f"holds/{hold}/capture", orderId="o-3")
    shop.ask(f"holds/{hold}/capture")

    assert (other.status_code, other.json()["code"]) == (409, "hold_of_another_order")
    assert shop.client.get("/loyalty/orders/o-2").json()["points"] == 9
    assert shop.points == (30 + 9, 0)
    assert shop.types[:2] == ["CORRECT", "REDEEM"]


def test_what_was_captured_can_be_given_back_as_what_was_spent(shop: Shop) -> None:
    hold = shop.hold(70)["holdId"]
    spent = shop.ask(f"holds/{hold}/capture", points=25).json()

    back = shop.ask(f"transactions/{spent['transactionId']}/reversal").json()

    assert (back["points"], back["follows"]) == (25, spent["transactionId"])
    assert shop.points == (100, 0)


def test_a_member_has_ten_open_holds_at_the_most(shop: Shop) -> None:
    holds = [shop.hold(1, seconds=60 + number) for number in range(10)]

    refused = shop.ask("holds", points=1)

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_holds")
    assert [each["holdId"] for each in shop.get("/holds")["items"]] == [
        each["holdId"] for each in holds
    ]
    shop.wait(61)  # two have lapsed
    shop.hold(92)
    assert shop.points == (0, 100)
    assert shop.types[:3] == ["HOLD", "LAPSE", "LAPSE"]


@pytest.mark.parametrize("hold_id", ["none", "00000000-0000-8000-8000-000000000001"])
def test_a_hold_that_never_was_is_not_found(shop: Shop, hold_id: str) -> None:
    for answer in (
        shop.ask(f"holds/{hold_id}/capture"),
        shop.ask(f"holds/{hold_id}/release"),
        shop.client.get(f"/loyalty/members/ann/holds/{hold_id}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "hold_not_found")


def test_that_a_key_was_used_is_said_before_that_there_is_no_such_hold(shop: Shop) -> None:
    assert shop.ask("holds", key="used", points=10).status_code == 201

    for verb in ("capture", "release"):
        answer = shop.ask(f"holds/{'0' * 32}/{verb}", key="used")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_another_transaction_is_no_hold(shop: Shop) -> None:
    bought = shop.get("/transactions")["items"][0]["transactionId"]

    assert shop.ask(f"holds/{bought}/capture").json()["code"] == "hold_not_found"


@pytest.mark.parametrize(
    "body",
    [
        {"points": 0},
        {"points": 10, "expiresInSeconds": 0},
        {"points": 10, "expiresInSeconds": 604_801},
        {"points": 10, "expiresInSeconds": 1.5},
        {"points": "10"},
        {"points": 10, "until": "tomorrow"},
        {},
    ],
)
def test_a_hold_that_makes_no_sense_is_refused(shop: Shop, body: dict[str, Any]) -> None:
    answer = shop.ask("holds", **body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert shop.types == ["EARN"]


def test_an_account_of_the_future_shows_that_a_hold_lapses(shop: Shop) -> None:
    shop.hold(70, seconds=600)
    later = {"asOf": "2026-05-04T10:10:00Z"}

    points = shop.client.get("/loyalty/members/ann", params=later).json()["points"]

    assert (points["available"], points["held"]) == (100, 0)


def test_an_account_of_the_past_shows_what_was_held_then(shop: Shop) -> None:
    hold = shop.hold(70, seconds=600)["holdId"]
    shop.wait(60)
    shop.ask(f"holds/{hold}/release")
    shop.wait(60)
    between = {"asOf": "2026-05-04T10:00:30Z"}

    points = shop.client.get("/loyalty/members/ann", params=between).json()["points"]

    assert (points["available"], points["held"]) == (30, 70)
    assert shop.points == (100, 0)


class TestWherePointsExpire:
    """With points that can be used for a day more."""

    @pytest.fixture
    def rules(self) -> dict[str, Any]:
        return {"expiry": {"after_days": 1}}

    def test_points_that_expired_while_held_last_some_days_more(self, shop: Shop) -> None:
        hold = shop.hold(70, seconds=3 * 24 * 3600)["holdId"]
        shop.wait(2 * 24 * 3600)
        assert shop.points == (0, 70)  # the 30 are over

        shop.ask(f"holds/{hold}/capture", points=20)

        assert shop.points == (50, 0)
        # The day on which it would have lapsed, and the program's 30.
        assert shop.get()["nextExpiry"] == {"date": "2026-06-06", "points": 50}

    def test_a_refund_while_points_are_held_is_owed_and_the_hold_pays(
        self, shop: Shop, give_back: Give
    ) -> None:
        hold = shop.hold(70)["holdId"]
        give_back("ann", "o-1", "r-1", "100")
        assert shop.get()["points"] == {"available": 0, "pending": 0, "held": 70, "debt": 70}

        shop.ask(f"holds/{hold}/release")

        assert shop.get()["points"] == {"available": 0, "pending": 0, "held": 0, "debt": 0}


@pytest.mark.parametrize(
    "other", [{"expiresInSeconds": 61}, {"orderId": "o-3"}, {"description": "another"}]
)
def test_a_key_that_was_used_for_another_hold_is_refused(shop: Shop, other: dict[str, Any]) -> None:
    first = {"points": 70, "expiresInSeconds": 60, "orderId": "o-2", "description": "one"}
    assert shop.ask("holds", key="mine", **first).status_code == 201

    again = shop.ask("holds", key="mine", **(first | other))

    assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("other", [{"points": 21}, {"orderId": "o-2"}, {"description": "another"}])
def test_a_key_that_was_used_for_another_capture_is_refused(
    shop: Shop, other: dict[str, Any]
) -> None:
    first = {"points": 20, "description": "one"}
    hold = shop.hold(70)["holdId"]
    assert shop.ask(f"holds/{hold}/capture", key="mine", **first).status_code == 201

    again = shop.ask(f"holds/{hold}/capture", key="mine", **(first | other))

    assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")
