"""Members who are merged and parted, forgotten, or want to see all that is held of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.archive import encode_row
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import Removal
from loyalty_shared.storage.memory import MemoryLedgerStore

Buy = Callable[..., None]
Give = Callable[..., None]


class Desk:
    """Who looks after members."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self._asked = 0

    def ask(self, member: str, path: str, key: str | None = None, **body: Any) -> httpx2.Response:  # noqa: ANN401 - what a body has
        self._asked += 1
        headers = {"Idempotency-Key": key or f"k-{self._asked}"}
        return self.client.post(f"/loyalty/members/{member}/{path}", json=body, headers=headers)

    def merge(self, member: str, into: str) -> httpx2.Response:
        return self.ask(member, "merge", into=into)

    def undo(self, member: str) -> httpx2.Response:
        return self.ask(member, "merge/undo")

    def account(self, member: str) -> dict[str, Any]:
        body: dict[str, Any] = self.client.get(f"/loyalty/members/{member}").json()
        return body

    def points(self, *members: str) -> list[int]:
        """Available, less what is owed."""
        accounts = [self.account(each)["points"] for each in members]
        return [each["available"] - each["debt"] for each in accounts]

    def balance(self, member: str) -> int:
        points: int = self.client.get(f"/loyalty/points/{member}").json()["points"]
        return points

    def types(self, member: str) -> list[str]:
        page = self.client.get(f"/loyalty/members/{member}/transactions").json()
        return [each["type"] for each in page["items"]]


@pytest.fixture
def desk(client: TestClient) -> Desk:
    return Desk(client)


# ------------------------------------------------------------------ merging


def test_all_that_one_member_has_becomes_the_others(desk: Desk, buy: Buy) -> None:
    buy("ann", "a-1", "400")
    buy("bob", "b-1", "300")
    desk.ask("ann", "redemptions", points=50)

    merged = desk.merge("ann", into="bob").json()

    assert (merged["type"], merged["points"], merged["otherMemberId"]) == ("MERGE", -350, "bob")
    bob = desk.account("bob")
    assert bob["points"]["available"] == 650
    assert (bob["lifetime"]["earned"], bob["lifetime"]["redeemed"]) == (700, 50)
    assert (bob["tier"]["name"], bob["merged"]) == ("Bronze", ["ann"])
    ann = desk.account("ann")
    assert (ann["points"]["available"], ann["mergedInto"]) == (0, "bob")
    assert ann["lifetime"] == dict.fromkeys(ann["lifetime"], 0)
    assert (desk.balance("ann"), desk.balance("bob")) == (650, 650)
    assert desk.types("ann") == ["MERGE", "REDEEM", "EARN"]
    assert desk.types("bob") == ["MERGE", "EARN"]


def test_what_comes_under_the_merged_id_is_the_others(
    desk: Desk, buy: Buy, give_back: Give
) -> None:
    buy("ann", "a-1", "100")
    desk.merge("ann", into="bob")

    buy("ann", "a-2", "50")
    buy("ann", "a-1", "100")  # once more
    spent = desk.ask("ann", "redemptions", points=30).json()
    hold = desk.ask("ann", "holds", points=20).json()

    assert (spent["available"], desk.points("bob")) == (120, [100])
    assert desk.client.get("/loyalty/members/bob/holds").json()["items"] == [hold]
    assert desk.ask("bob", f"holds/{hold['holdId']}/release").status_code == 201
    back = desk.ask("ann", f"transactions/{spent['transactionId']}/reversal")
    assert (back.status_code, desk.points("bob")) == (201, [150])
    give_back("ann", "a-1", "r-1", "40")
    give_back("bob", "a-1", "r-2", "10")
    give_back("bob", "a-2", "r-1", "50")
    assert desk.points("bob") == [50]
    assert desk.client.get("/loyalty/orders/a-2").json()["memberId"] == "ann"
    assert desk.client.get("/loyalty/orders/a-2").json()["transactionId"]
    assert desk.types("ann") == ["MERGE", "EARN"]


def test_spent_points_of_before_a_merge_go_back_to_the_one_who_has_all(
    desk: Desk, buy: Buy
) -> None:
    buy("ann", "a-1", "100")
    spent = desk.ask("ann", "redemptions", points=30, orderId="a-9").json()["transactionId"]
    desk.merge("ann", into="bob")

    for member in ("bob", "ann"):
        answer = desk.ask(member, f"transactions/{spent}/reversal")
        assert answer.status_code == (201 if member == "bob" else 409)

    assert desk.points("bob") == [100]


def test_an_undone_merge_leaves_each_what_it_had(desk: Desk, buy: Buy) -> None:
    buy("ann", "a-1", "400")
    buy("bob", "b-1", "300")
    before = [desk.account(each) for each in ("ann", "bob")]
    desk.merge("ann", into="bob")

    undone = desk.undo("ann")

    assert (undone.status_code, undone.json()["type"], undone.json()["points"]) == (
        201,
        "UNMERGE",
        400,
    )
    for member, then in zip(("ann", "bob"), before, strict=True):
        now = desk.account(member)
        assert {key: now[key] for key in ("points", "lifetime", "merged", "mergedInto")} == {
            key: then[key] for key in ("points", "lifetime", "merged", "mergedInto")
        }
        assert now["tier"]["pointsInWindow"] == then["tier"]["pointsInWindow"]
        assert now["tier"]["name"] == then["tier"]["name"]


def test_an_undone_merge_gives_back_what_came_under_the_id_since(
    desk: Desk, buy: Buy, give_back: Give
) -> None:
    buy("ann", "a-1", "400")
    buy("bob", "b-1", "50")
    desk.merge("ann", into="bob")
    buy("ann", "a-2", "30")
    buy("bob", "b-2", "20")
    give_back("bob", "a-1", "r-1", "100")
    desk.ask("ann", "redemptions", points=5)

    desk.undo("ann")

    assert desk.points("ann", "bob") == [400 + 30 - 100 - 5, 50 + 20]
    give_back("ann", "a-2", "r-1", "30")
    give_back("ann", "a-1", "r-2", "300")
    assert desk.points("ann", "bob") == [-5, 70]


def test_what_the_other_spent_meanwhile_is_owed_by_the_other(desk: Desk, buy: Buy) -> None:
    buy("ann", "a-1", "400")
    buy("bob", "b-1", "50")
    desk.merge("ann", into="bob")
    desk.ask("bob", "redemptions", points=300)

    desk.undo("ann")

    assert desk.points("ann", "bob") == [400, 50 - 300]


def test_what_was_spent_under_the_merged_id_comes_back_to_the_other(desk: Desk, buy: Buy) -> None:
    buy("ann", "a-1", "50")
    buy("bob", "b-1", "400")
    desk.merge("ann", into="bob")
    desk.ask("ann", "redemptions", points=300)

    desk.undo("ann")

    assert desk.points("ann", "bob") == [50 - 300, 400]


def test_a_hold_counts_under_the_id_that_made_it_whoever_captures_it(desk: Desk, buy: Buy) -> None:
    buy("ann", "a-1", "100")
    buy("bob", "b-1", "100")
    desk.merge("ann", into="bob")
    for makes, captures in (("bob", "ann"), ("ann", "bob")):
        hold = desk.ask(makes, "holds", points=30).json()["holdId"]
        desk.ask(captures, f"holds/{hold}/capture", points=20)

    desk.undo("ann")

    assert desk.points("ann", "bob") == [80, 80]
    for member in ("ann", "bob"):
        life = desk.account(member)["lifetime"]
        assert (life["earned"], life["redeemed"]) == (100, 20)


def test_points_that_paid_go_back_to_who_spent_them_though_they_are_parted(
    desk: Desk, buy: Buy, give_back: Give
) -> None:
    buy("ann", "a-1", "400")
    buy("bob", "b-1", "100")
    desk.merge("ann", into="bob")
    paid = desk.ask("ann", "redemptions", points=300, orderId="a-2").json()["transactionId"]
    other = desk.ask("ann", "redemptions", points=40).json()["transactionId"]
    buy("ann", "a-2", "10.00")
    give_back("bob", "a-2", "r-1", "5.00")

    desk.undo("ann")

    assert desk.points("ann", "bob") == [60 + 150 + 3, 100]
    # They stand in the history of the one that it was merged into.
    for spent in (paid, other):
        assert desk.ask("bob", f"transactions/{spent}/reversal").status_code == 201
    assert desk.points("ann", "bob") == [60 + 300 + 5 + 40, 100]
    assert [desk.account(each)["lifetime"]["redeemed"] for each in ("ann", "bob")] == [0, 0]


def test_an_order_is_of_the_id_that_bought_it_though_the_other_paid(
    desk: Desk, buy: Buy, give_back: Give
) -> None:
    buy("ann", "a-1", "400")
    desk.merge("ann", into="bob")
    desk.ask("ann", "redemptions", points=100, orderId="b-2")
    buy("bob", "b-2", "10.00")

    desk.undo("ann")

    assert desk.points("ann", "bob") == [300, 9]
    assert desk.client.get("/loyalty/orders/b-2").json()["memberId"] == "bob"
    give_back("bob", "b-2", "r-1", "10.00")


def test_members_may_be_merged_and_parted_again_and_again(desk: Desk, buy: Buy) -> None:
    buy("ann", "a-1", "40")
    buy("bob", "b-1", "50")
    for number in range(3):
        desk.merge("ann", into="bob")
        buy("ann", f"a-{number + 2}", "1")
        desk.undo("ann")

    assert desk.points("ann", "bob") == [43, 50]


def test_a_chain_of_merges_is_undone_from_its_end(desk: Desk, buy: Buy) -> None:
    for member, points in (("ann", "1"), ("bob", "20"), ("cid", "300")):
        buy(member, f"{member}-1", points)
    desk.merge("ann", into="bob")
    desk.merge("bob", into="cid")
    buy("ann", "ann-2", "4")

    assert desk.points("cid") == [325]
    assert [desk.balance(each) for each in ("ann", "bob", "cid")] == [325] * 3
    assert desk.account("cid")["merged"] == ["bob", "ann"]
    refused = desk.undo("ann")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_merged")

    desk.undo("bob")
    assert desk.points("bob", "cid") == [25, 300]
    desk.undo("ann")
    assert desk.points("ann", "bob", "cid") == [5, 20, 300]


def test_members_who_are_one_already_cannot_be_merged(desk: Desk, buy: Buy) -> None:
    buy("ann", "a-1", "1")
    buy("bob", "b-1", "1")
    own = desk.merge("ann", into="ann")
    desk.merge("ann", into="bob")

    answers = [
        own,
        desk.merge("ann", into="bob"),
        desk.merge("bob", into="ann"),
        desk.merge("ann", into="cid"),
    ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [
        (409, "cannot_merge")
    ] * 4
    assert desk.points("bob") == [2]


def test_a_member_who_holds_points_is_not_merged_until_that_ends(desk: Desk, buy: Buy) -> None:
    buy("ann", "a-1", "100")
    hold = desk.ask("ann", "holds", points=20).json()["holdId"]

    assert desk.merge("ann", into="bob").json()["code"] == "cannot_merge"
    desk.ask("ann", f"holds/{hold}/capture")
    assert desk.merge("ann", into="bob").status_code == 201


def test_a_merge_is_done_once_under_its_key(desk: Desk, buy: Buy) -> None:
    buy("ann", "a-1", "100")
    first, again = (desk.ask("ann", "merge", key="m", into="bob") for _ in range(2))
    other = desk.ask("ann", "merge", key="m", into="cid")

    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert other.json()["code"] == "idempotency_key_reused"
    undone, again = (desk.ask("ann", "merge/undo", key="u") for _ in range(2))
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (undone.json(), "true")


def test_nobody_is_merged_of_whom_nothing_is_known(desk: Desk) -> None:
    assert desk.merge("ann", into="bob").json()["code"] == "member_not_found"
    assert desk.undo("ann").json()["code"] == "member_not_found"


# ------------------------------------------------------------------ forgetting


def rows_naming(ledger: Ledger, *texts: str) -> list[str]:
    store = ledger.store
    assert isinstance(store, MemoryLedgerStore)
    rows = [encode_row(row) for row in store.rows()]
    return [row for row in rows if any(text in row for text in texts)]


def test_nothing_that_names_a_member_is_left_of_who_is_forgotten(
    desk: Desk, buy: Buy, give_back: Give, ledger: Ledger
) -> None:
    buy("ann", "order-of-her", "400")
    spent = desk.ask("ann", "redemptions", points=50, orderId="order-2").json()["transactionId"]
    desk.ask("ann", f"transactions/{spent}/reversal", key="her key")
    desk.ask("ann", "holds", points=20, description="her hold")
    give_back("ann", "order-of-her", "r-1", "100")
    buy("bob", "b-1", "300")
    others = rows_naming(ledger, "bob", "b-1")

    erased = desk.ask("ann", "erasure", key="forget")

    body = erased.json()
    assert erased.status_code == 201
    assert (body["points"], body["entries"]) == (300, 6)
    assert body["lifetime"]["earned"] == 400
    assert body["lifetime"]["reversed"] == 100
    assert "ann" not in erased.text
    assert rows_naming(ledger, "ann", "her", "order-2", spent) == []
    assert rows_naming(ledger, "bob", "b-1") == others
    assert desk.client.get("/loyalty/members/ann").status_code == 404
    assert desk.balance("ann") == 0
    tier = desk.client.get("/loyalty/members", params={"tier": "Basic"}).json()
    assert [each["memberId"] for each in tier["items"]] == ["bob"]


def test_forgetting_is_done_once_under_its_key(desk: Desk, buy: Buy) -> None:
    buy("ann", "a-1", "400")
    first = desk.ask("ann", "erasure", key="forget")
    again = desk.ask("ann", "erasure", key="forget")

    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    other = desk.ask("bob", "erasure", key="forget")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    spent = desk.ask("bob", "redemptions", key="forget", points=1)
    assert spent.json()["code"] == "idempotency_key_reused"
    unknown = desk.ask("ann", "erasure")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "member_not_found")


def test_a_key_of_another_command_forgets_nobody(desk: Desk, buy: Buy) -> None:
    buy("ann", "a-1", "400")
    desk.ask("ann", "redemptions", key="one", points=1)

    refused = desk.ask("ann", "erasure", key="one")

    assert refused.json()["code"] == "idempotency_key_reused"
    assert desk.points("ann") == [399]


@pytest.mark.parametrize("key", ["forget", "another"])
def test_an_erasure_that_was_cut_off_is_finished_under_any_key(
    desk: Desk, buy: Buy, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    buy("ann", "a-1", "400")
    removals = iter(range(100))
    remove = ledger.store.remove

    def cut_off(removal: Removal) -> None:
        if next(removals) == 2:
            raise StoreUnavailable("gone")
        remove(removal)

    monkeypatch.setattr(ledger.store, "remove", cut_off)
    assert desk.ask("ann", "erasure", key="forget").status_code == 503
    busy = desk.ask("ann", "redemptions", points=1)
    assert (busy.status_code, busy.json()["code"]) == (503, "being_erased")

    finished = desk.ask("ann", "erasure", key=key)

    assert (finished.status_code, finished.json()["points"]) == (201, 400)
    assert ("Idempotency-Replayed" in finished.headers) == (key == "forget")
    [record] = rows_naming(ledger, "erased")
    assert rows_naming(ledger, "ann", "a-1") == []
    assert desk.ask("ann", "erasure", key="forget").json() == finished.json()
    assert rows_naming(ledger, "erased") == [record]


def test_who_was_forgotten_begins_anew(desk: Desk, buy: Buy) -> None:
    buy("ann", "a-1", "400")
    desk.ask("ann", "erasure", key="forget")

    buy("ann", "a-2", "10")

    assert desk.points("ann") == [10]
    assert desk.types("ann") == ["EARN"]
    assert desk.ask("ann", "erasure", key="forget").headers["Idempotency-Replayed"] == "true"
    assert desk.points("ann") == [10]


def test_orders_of_who_was_merged_and_parted_are_forgotten_too(
    desk: Desk, buy: Buy, ledger: Ledger
) -> None:
    buy("ann", "a-1", "400")
    desk.merge("ann", into="bob")
    buy("ann", "a-2", "30")
    desk.undo("ann")

    desk.ask("ann", "erasure")

    assert desk.client.get("/loyalty/orders/a-2").status_code == 404
    assert {json.loads(row)["kind"] for row in rows_naming(ledger, "ann")} == {"entry"}
    assert desk.account("bob")["points"]["available"] == 0  # its own history names her still


def test_an_order_that_was_entered_for_who_is_forgotten_has_no_transaction(
    desk: Desk, buy: Buy
) -> None:
    buy("ann", "a-1", "400")
    desk.merge("ann", into="bob")
    buy("ann", "a-2", "30")
    desk.undo("ann")
    desk.ask("bob", "erasure")
    for number in range(4):
        buy("bob", f"b-{number}", "1")

    found = desk.client.get("/loyalty/orders/a-2").json()

    assert (found["memberId"], found["points"], found["transactionId"]) == ("ann", 30, None)


def test_who_is_merged_into_another_is_forgotten_with_the_other(
    desk: Desk, buy: Buy, ledger: Ledger
) -> None:
    buy("ann", "a-1", "400")
    desk.merge("ann", into="bob")
    buy("ann", "a-2", "30")

    refused = desk.ask("ann", "erasure")
    erased = desk.ask("bob", "erasure")

    assert (refused.status_code, refused.json()["code"]) == (409, "merged_into_another")
    assert (erased.json()["points"], erased.json()["entries"]) == (430, 5)
    assert rows_naming(ledger, "ann", "bob", "a-1", "a-2") == []


# ------------------------------------------------------------------ seeing all of it


def test_all_that_is_held_of_a_member_is_shown(desk: Desk, buy: Buy, ledger: Ledger) -> None:
    buy("ann", "a-1", "400")
    desk.ask("ann", "redemptions", key="mine", points=50, orderId="a-2", description="A cup")
    buy("bob", "b-1", "300")

    rows, cursor = [], None
    while True:
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = desk.client.get("/loyalty/members/ann/export", params=params).json()
        rows += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            break

    kept = [json.loads(row) for row in rows_naming(ledger, "ann")]
    for row in kept:
        if "body" in row:
            row["body"] = json.loads(row["body"])
    assert sorted(map(str, rows)) == sorted(map(str, kept))
    assert [row["kind"] for row in rows if row["kind"] == "entry"] == ["entry"] * 2
    assert desk.client.get("/loyalty/members/cid/export").status_code == 404


def test_an_export_shows_no_order_of_somebody_else(desk: Desk, buy: Buy, give_back: Give) -> None:
    give_back("ann", "b-9", "r-1", "5.00")  # which was never hers
    buy("bob", "b-9", "300")

    rows = desk.client.get("/loyalty/members/ann/export").json()["items"]

    assert "bob" not in str(rows)
