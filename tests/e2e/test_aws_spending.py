"""The deployed system as a till meets it: points are spent once, whoever sends it twice."""

from __future__ import annotations

import httpx2
from tests.stack_clients import Shop, Stack, order, points

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
