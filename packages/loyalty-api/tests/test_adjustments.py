"""Points given and taken by hand; large amounts with a second person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

Buy = Callable[..., None]

REASON = "Sorry for the delay"


@pytest.fixture
def rules() -> dict[str, Any]:
    return {"adjustments": {"approval_above": 1000}}


class Desk:
    """Who adjusts points of members."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self._asked = 0

    def ask(self, path: str, key: str | None = None, **body: Any) -> httpx2.Response:  # noqa: ANN401 - what a body has
        self._asked += 1
        headers = {"Idempotency-Key": key or f"k-{self._asked}"}
        return self.client.post(f"/loyalty/{path}", json=body, headers=headers)

    def adjust(
        self, points: object, actor: str | None = None, member: str = "ann"
    ) -> httpx2.Response:
        body: dict[str, Any] = {"points": points, "reason": REASON, "actor": actor}
        return self.ask(f"members/{member}/adjustments", **body)

    def waiting(self, **query: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
        page = self.client.get("/loyalty/approvals", params=query).json()
        items: list[dict[str, Any]] = page["items"]
        return items

    def account(self, member: str = "ann") -> dict[str, Any]:
        body: dict[str, Any] = self.client.get(f"/loyalty/members/{member}").json()
        return body

    @property
    def points(self) -> int:
        points: int = self.client.get("/loyalty/points/ann").json()["points"]
        return points


@pytest.fixture
def desk(client: TestClient) -> Desk:
    return Desk(client)


def test_points_are_given_and_taken_for_a_reason_by_somebody(desk: Desk, buy: Buy) -> None:
    buy("ann", "o-1", "100")

    given, taken = desk.adjust(50, "tom"), desk.adjust(-30, "tom")

    assert (given.status_code, taken.status_code) == (201, 201)
    body = taken.json()
    assert (body["type"], body["points"], body["available"]) == ("ADJUST", -30, 120)
    assert (body["actor"], body["description"]) == ("tom", f"Points adjusted: {REASON}")
    account = desk.account()
    assert account["lifetime"]["adjusted"] == 20
    assert account["tier"]["pointsInWindow"] == 100  # they count towards no tier


def test_a_member_may_begin_with_points_by_hand(desk: Desk) -> None:
    assert desk.adjust(50).status_code == 201

    account = desk.account()
    assert (account["points"]["available"], account["tier"]["name"]) == (50, "Basic")


def test_more_cannot_be_taken_than_there_is(desk: Desk, buy: Buy) -> None:
    buy("ann", "o-1", "100")

    refused = desk.adjust(-101)

    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_points")
    assert desk.adjust(-100).json()["available"] == 0
    assert desk.adjust(-1, member="bob").json()["code"] == "insufficient_points"


class TestWhereAProgramLetsThemPassZero:
    """With what is missing owed."""

    @pytest.fixture
    def rules(self) -> dict[str, Any]:
        return {"adjustments": {"below_zero": True}}

    def test_what_is_missing_is_owed(self, desk: Desk, buy: Buy) -> None:
        buy("ann", "o-1", "100")

        assert desk.adjust(-5_000).status_code == 201

        assert desk.account()["points"] == {"available": 0, "pending": 0, "held": 0, "debt": 4900}
        buy("ann", "o-2", "5000")
        assert desk.points == 100


@pytest.mark.parametrize("points", [1001, -1001, 10**15])
def test_many_points_wait_for_a_second_person(desk: Desk, points: int, buy: Buy) -> None:
    buy("ann", "o-1", "2000")

    asked = desk.adjust(points, "tom")

    body = asked.json()
    assert (asked.status_code, body["status"]) == (202, "waiting")
    assert (body["points"], body["reason"], body["askedBy"]) == (points, REASON, "tom")
    assert desk.points == 2000
    assert desk.waiting() == [body]
    assert desk.client.get(f"/loyalty/approvals/{body['approvalId']}").json() == body
    [newest, _] = desk.client.get("/loyalty/members/ann/transactions").json()["items"]
    assert (newest["type"], newest["points"]) == ("REQUEST", 0)
    assert newest["breakdown"]["arithmetic"] == f"{points:+d} points are asked for"


@pytest.mark.parametrize("points", [1000, -1000])
def test_as_many_as_one_person_may_adjust_do_not_wait(desk: Desk, points: int, buy: Buy) -> None:
    buy("ann", "o-1", "2000")

    assert desk.adjust(points).status_code == 201


def test_a_second_person_agrees_and_it_takes_place_once(desk: Desk) -> None:
    asked = desk.adjust(5000, "tom").json()["approvalId"]

    done = desk.ask(f"approvals/{asked}/approve", key="yes", actor="eva")

    body = done.json()
    assert (done.status_code, body["type"], body["points"], body["actor"]) == (
        201,
        "ADJUST",
        5000,
        "eva",
    )
    assert desk.points == 5000
    assert desk.waiting() == []
    found = desk.client.get(f"/loyalty/approvals/{asked}").json()
    assert (found["status"], found["decidedBy"]) == ("approved", "eva")
    again = desk.ask(f"approvals/{asked}/approve", key="yes", actor="eva")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (body, "true")
    for verdict in ("approve", "decline"):
        late = desk.ask(f"approvals/{asked}/{verdict}", actor="sue")
        assert (late.status_code, late.json()["code"]) == (409, "already_decided")
    assert desk.points == 5000


def test_the_first_person_cannot_be_the_second(desk: Desk) -> None:
    asked = desk.adjust(5000, "tom").json()["approvalId"]

    refused = desk.ask(f"approvals/{asked}/approve", actor="tom")

    assert (refused.status_code, refused.json()["code"]) == (403, "second_person_needed")
    assert desk.points == 0
    assert len(desk.waiting()) == 1


def test_nobody_can_agree_who_is_not_known(desk: Desk) -> None:
    unknown = desk.adjust(5000)
    asked = desk.adjust(5000, "tom").json()["approvalId"]
    refused = desk.ask(f"approvals/{asked}/approve")

    for answer in (unknown, refused):
        assert (answer.status_code, answer.json()["code"]) == (422, "actor_required")


@pytest.mark.parametrize("actor", ["tom", "eva"])
def test_a_request_is_declined_by_a_second_person_or_taken_back(desk: Desk, actor: str) -> None:
    asked = desk.adjust(5000, "tom").json()["approvalId"]

    done = desk.ask(f"approvals/{asked}/decline", actor=actor).json()

    assert (done["type"], done["points"], done["actor"]) == ("DECLINE", 0, actor)
    assert desk.points == 0
    assert desk.client.get(f"/loyalty/approvals/{asked}").json()["status"] == "declined"
    assert desk.ask(f"approvals/{asked}/approve", actor="sue").json()["code"] == "already_decided"


def test_what_is_approved_later_takes_no_more_than_there_is_then(desk: Desk, buy: Buy) -> None:
    buy("ann", "o-1", "2000")
    asked = desk.adjust(-2000, "tom").json()["approvalId"]
    desk.adjust(-1)

    refused = desk.ask(f"approvals/{asked}/approve", actor="eva")

    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_points")
    assert len(desk.waiting()) == 1


def test_the_same_key_asks_once(desk: Desk) -> None:
    body: dict[str, Any] = {"points": 5000, "reason": REASON, "actor": "tom"}
    first = desk.ask("members/ann/adjustments", key="one", **body)
    again = desk.ask("members/ann/adjustments", key="one", **body)

    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(desk.waiting()) == 1
    other = desk.ask("members/ann/adjustments", key="one", **(body | {"points": 5001}))
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("points", [50, 5_000])
@pytest.mark.parametrize("other", [{"reason": "another"}, {"actor": "eva"}])
def test_another_reason_or_somebody_else_is_another_request(
    desk: Desk, points: int, other: dict[str, Any]
) -> None:
    body: dict[str, Any] = {"points": points, "reason": REASON, "actor": "tom"}
    assert desk.ask("members/ann/adjustments", key="mine", **body).status_code < 300

    again = desk.ask("members/ann/adjustments", key="mine", **(body | other))

    assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("verdict", ["approve", "decline"])
def test_somebody_elses_verdict_is_another_request(desk: Desk, verdict: str) -> None:
    asked = desk.adjust(5000, "tom").json()["approvalId"]
    desk.ask(f"approvals/{asked}/{verdict}", key="one", actor="eva")

    other = desk.ask(f"approvals/{asked}/{verdict}", key="one", actor="sue")

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_those_that_wait_are_listed_page_by_page_for_all_members(desk: Desk) -> None:
    for member in ("cid", "ann", "bob"):
        desk.adjust(5000, "tom", member)
    desk.adjust(6000, "tom", "ann")

    page = desk.client.get("/loyalty/approvals", params={"limit": 2}).json()
    rest = desk.client.get("/loyalty/approvals", params={"cursor": page["nextCursor"]}).json()

    listed = [(each["memberId"], each["points"]) for each in page["items"] + rest["items"]]
    assert listed == [("ann", 5000), ("ann", 6000), ("bob", 5000), ("cid", 5000)]
    assert rest["nextCursor"] is None


def test_five_wait_for_a_member_at_the_most(desk: Desk) -> None:
    asked = [desk.adjust(5000 + number, "tom").json()["approvalId"] for number in range(5)]

    refused = desk.adjust(9000, "tom")

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_requests")
    desk.ask(f"approvals/{asked[2]}/decline", actor="eva")
    assert [each["points"] for each in desk.waiting()] == [5000, 5001, 5003, 5004]
    assert desk.adjust(9000, "tom").status_code == 202


def test_an_approval_that_never_was_is_not_found(desk: Desk) -> None:
    answers = [
        desk.ask("approvals/none/approve", actor="eva"),
        desk.ask("approvals/none/decline", actor="eva"),
        desk.client.get("/loyalty/approvals/none"),
    ]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {
        (404, "approval_not_found")
    }


@pytest.mark.parametrize(
    "change",
    [
        {"points": 0},
        {"points": 1.5},
        {"points": "1"},
        {"reason": ""},
        {"reason": None},
        {"why": "x"},
    ],
)
def test_an_adjustment_that_makes_no_sense_is_refused(desk: Desk, change: dict[str, Any]) -> None:
    body: dict[str, Any] = {"points": 1, "reason": REASON} | change

    answer = desk.ask("members/ann/adjustments", **body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
