"""The deployed system as a till meets it: points are spent once, whoever sends it twice."""

from __future__ import annotations

import httpx2
import pytest
from tests.stack_clients import Shop, Stack, order, points

from loyalty_client import LoyaltyClient, NotFound

pytest_plugins = ("tests.deployed_stack",)


def test_points_are_spent_and_given_back_once_and_who_asked_is_kept(
    stack: Stack, shop: Shop, app: httpx2.Client
) -> None:
    shop.publish(order("sue", "sue-1", 100))
    assert points(app, "sue", 100) == 100
    key = {"Idempotency-Key": "sue at the till"}
    with stack.api(stack.token(sub="till-7", scope="loyalty:write")) as till:
        path = "/loyalty/members/sue/redemptions"
        first, again = (till.post(path, json={"points": 60}, headers=key) for _ in range(2))

        assert (first.status_code, again.json()) == (201, first.json())
        assert again.headers["Idempotency-Replayed"] == "true"
        spent = first.json()
        assert (spent["type"], spent["available"], spent["actor"]) == ("REDEEM", 40, "till-7")
        too_much = till.post(path, json={"points": 60}, headers={"Idempotency-Key": "more"})
        assert (too_much.status_code, too_much.json()["code"]) == (409, "insufficient_points")

        back = f"/loyalty/members/sue/transactions/{spent['transactionId']}/reversal"
        given = till.post(back, headers={"Idempotency-Key": "sue again"})
        assert (given.status_code, given.json()["available"]) == (201, 100)


def test_a_members_own_token_spends_nothing(stack: Stack) -> None:
    with stack.api(stack.token(sub="sue", scope="")) as member:
        answer = member.post(
            "/loyalty/members/sue/redemptions",
            json={"points": 1},
            headers={"Idempotency-Key": "mine"},
        )

    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


def test_a_checkout_holds_and_captures_and_a_refund_gives_back_in_proportion(
    stack: Stack, shop: Shop, app: httpx2.Client
) -> None:
    shop.publish(order("liz", "liz-1", 400))
    assert points(app, "liz", 400) == 400
    with till(stack, "loyalty:read loyalty:write") as client:
        quoted = client.quote("liz", "10.00", points=300)
        assert quoted.earns.points == 7
        hold = client.hold("liz", 300, expires_in_seconds=600, order_id="liz-2")
        shop.publish(order("liz", "liz-2", 10))
        assert points(app, "liz", 110) == 110  # not known yet that points will pay

        spent = client.capture("liz", hold.hold_id, key="capture")
        again = client.capture("liz", hold.hold_id, key="capture")

        assert (spent, again.replayed) == (again, True)
        assert points(app, "liz", 107) == 107
        refund = {"userId": "liz", "orderId": "liz-2", "refundId": "r-1", "amount": 5}
        shop.publish(refund, "OrderRefunded")
        assert points(app, "liz", 107 + 150 - 4) == 253
        client.reverse("liz", spent.transaction_id)
        assert client.points("liz").points == 405


def test_members_are_merged_parted_and_forgotten(
    stack: Stack, shop: Shop, app: httpx2.Client
) -> None:
    for member, amount in (("vic", 300), ("wes", 40)):
        shop.publish(order(member, f"{member}-1", amount))
        assert points(app, member, amount) == amount
    with till(stack, "loyalty:admin") as client:
        client.merge("vic", into="wes")
        assert points(app, "vic", 340) == points(app, "wes", 340) == 340
        client.undo_merge("vic")
        assert points(app, "wes", 40) == 40
        waits = client.adjust("vic", 5, "sorry")
        assert waits.points == 5

        client.erase("vic", key="forget vic")
        assert client.erase("vic", key="forget vic").replayed

        assert client.points("vic").points == 0
        with pytest.raises(NotFound):
            client.member("vic")
        assert client.points("wes").points == 40


def till(stack: Stack, scope: str) -> LoyaltyClient:
    token = stack.token(sub="till-7", scope=scope)
    return LoyaltyClient(stack.outputs["ApiUrl"], token=token, timeout_seconds=60)
