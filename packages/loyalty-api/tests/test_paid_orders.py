"""Orders that points pay for: what they earn, and what a refund gives back of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import permutations
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

Buy = Callable[..., None]
Give = Callable[..., None]
Command = Callable[..., httpx2.Response]


@pytest.fixture
def command(client: TestClient) -> Command:
    """Ask for something of Ann: `command("redemptions", points=100)`, each under its own key."""
    asked = iter(range(1000))

    def post(path: str, **body: object) -> httpx2.Response:
        key = {"Idempotency-Key": f"k-{next(asked)}"}
        return client.post(f"/loyalty/members/ann/{path}", json=body, headers=key)

    return post


def account(client: TestClient) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/loyalty/members/ann").json()
    return body


def available(client: TestClient) -> int:
    points: int = account(client)["points"]["available"]
    return points


def test_the_part_paid_with_points_earns_none(
    client: TestClient, buy: Buy, command: Command
) -> None:
    # The public complaint: members earn points on what points paid, and so on without end.
    buy("ann", "o-1", "400")
    command("redemptions", points=300, orderId="o-2")

    buy("ann", "o-2", "10.00")

    newest = client.get("/loyalty/members/ann/transactions").json()["items"][0]
    assert (newest["type"], newest["points"]) == ("EARN", 7)
    assert newest["breakdown"]["arithmetic"] == "7.00 × 1 × Basic 1 = 7"  # noqa: RUF001 - the sign people read
    assert account(client)["lifetime"]["earned"] == 407
    order = client.get("/loyalty/orders/o-2").json()
    [paid] = order["paidWithPoints"]
    assert (order["points"], paid["points"], paid["value"]["amount"]) == (7, 300, "3.00")


def test_points_that_pay_after_the_order_came_take_back_what_they_had_earned(
    client: TestClient, buy: Buy, command: Command
) -> None:
    buy("ann", "o-1", "400")
    buy("ann", "o-2", "10.00")

    spent = command("redemptions", points=300, orderId="o-2").json()

    assert (spent["type"], spent["points"]) == ("REDEEM", -300)
    newest, before = client.get("/loyalty/members/ann/transactions").json()["items"][:2]
    assert before == spent
    assert (newest["type"], newest["points"]) == ("CORRECT", -3)
    assert newest["breakdown"]["arithmetic"] == "7.00 × 1 × Basic 1 = 7; 10 − 7 = 3 taken back"  # noqa: RUF001 - as above
    assert newest["breakdown"]["refund"] is None
    assert (available(client), account(client)["lifetime"]["earned"]) == (107, 407)


@pytest.mark.parametrize(
    ("refunds", "points_back", "earns"),
    [
        (["10.00"], 300, 0),
        (["5.00"], 150, 3),
        (["5.00", "5.00"], 300, 0),
        (["0.01"], 0, 6),
        (["3.33", "3.33", "3.34"], 300, 0),
        (["3.33"], 99, 4),
    ],
)
def test_a_refund_gives_back_points_and_money_in_proportion(  # noqa: PLR0913, PLR0917 - a table's columns
    client: TestClient,
    buy: Buy,
    give_back: Give,
    command: Command,
    refunds: list[str],
    points_back: int,
    earns: int,
) -> None:
    # The public complaint: a refund pays back money only, and the points are lost.
    buy("ann", "o-1", "400")
    command("redemptions", points=300, orderId="o-2")
    buy("ann", "o-2", "10.00")

    for number, amount in enumerate(refunds):
        give_back("ann", "o-2", f"r-{number}", amount)

    assert available(client) == 100 + earns + points_back
    life = account(client)["lifetime"]
    assert (life["redeemed"], life["earned"]) == (300 - points_back, 407)
    order = client.get("/loyalty/orders/o-2").json()
    assert order["paidWithPoints"][0]["pointsGivenBack"] == points_back


def test_points_that_a_refund_gives_back_say_which_redemption_they_are_of(
    client: TestClient, buy: Buy, give_back: Give, command: Command
) -> None:
    buy("ann", "o-1", "400")
    spent = command("redemptions", points=300, orderId="o-2").json()
    buy("ann", "o-2", "10.00")

    give_back("ann", "o-2", "r-1", "5.00")

    restored, reversed_ = client.get("/loyalty/members/ann/transactions").json()["items"][:2]
    assert (reversed_["type"], reversed_["points"]) == ("REVERSE", -4)
    assert (restored["type"], restored["points"]) == ("RESTORE", 150)
    assert restored["follows"] == spent["transactionId"]
    assert restored["orderId"] == "o-2"


def test_all_orders_of_arrival_end_in_the_same_account(
    client: TestClient, buy: Buy, give_back: Give, command: Command
) -> None:
    ends = []
    for run, order_of_arrival in enumerate(permutations(range(4))):
        order = f"o-{run}"
        steps: list[Callable[[], object]] = [
            partial(command, "redemptions", points=100, orderId=order),
            partial(buy, "ann", order, "10.00"),
            partial(give_back, "ann", order, "r-1", "2.50"),
            partial(give_back, "ann", order, "r-2", "4.00"),
        ]
        if run == 0:
            buy("ann", "first", "10000")
        before = available(client)
        for step in order_of_arrival:
            steps[step]()
        found = client.get(f"/loyalty/orders/{order}").json()
        ends.append(
            (
                available(client) - before,
                found["points"],
                found["paidWithPoints"][0]["pointsGivenBack"],
            )
        )

    # 3.50 are kept, nine tenths of it paid with money, and Gold has 1.5 for each.
    assert set(ends) == {(4 + 65 - 100, 4, 65)}


def test_a_reversal_after_a_partial_refund_gives_back_the_rest_and_the_order_earns_on_all_it_kept(
    client: TestClient, buy: Buy, give_back: Give, command: Command
) -> None:
    buy("ann", "o-1", "400")
    spent = command("redemptions", points=300, orderId="o-2").json()
    buy("ann", "o-2", "10.00")
    give_back("ann", "o-2", "r-1", "5.00")

    back = command(f"transactions/{spent['transactionId']}/reversal").json()

    assert (back["type"], back["points"]) == ("RESTORE", 150)
    # Nothing of the kept 5.00 is paid with points any longer.
    assert client.get("/loyalty/orders/o-2").json()["points"] == 5
    assert available(client) == 405
    assert account(client)["lifetime"]["redeemed"] == 0
    again = command(f"transactions/{spent['transactionId']}/reversal")
    assert (again.status_code, again.json()["code"]) == (409, "already_restored")
    give_back("ann", "o-2", "r-2", "5.00")
    assert available(client) == 400


def test_a_reversal_after_a_whole_refund_finds_nothing_left(
    client: TestClient, buy: Buy, give_back: Give, command: Command
) -> None:
    buy("ann", "o-1", "400")
    spent = command("redemptions", points=300, orderId="o-2").json()
    buy("ann", "o-2", "10.00")
    give_back("ann", "o-2", "r-1", "10.00")

    again = command(f"transactions/{spent['transactionId']}/reversal")

    assert (again.status_code, again.json()["code"]) == (409, "already_restored")
    assert available(client) == 400


def test_a_reversal_before_the_order_comes_leaves_it_to_earn_on_all_of_it(
    client: TestClient, buy: Buy, command: Command
) -> None:
    buy("ann", "o-1", "400")
    spent = command("redemptions", points=300, orderId="o-2").json()
    command(f"transactions/{spent['transactionId']}/reversal")

    buy("ann", "o-2", "10.00")

    assert available(client) == 410
    assert client.get("/loyalty/orders/o-2").json()["paidWithPoints"] == []


def test_points_pay_no_more_than_an_order_costs(
    client: TestClient, buy: Buy, command: Command
) -> None:
    buy("ann", "o-1", "10.00")
    buy("ann", "o-2", "2000")

    first = command("redemptions", points=600, orderId="o-1")
    second = command("redemptions", points=401, orderId="o-1")

    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "redemption_exceeds_order")
    assert command("redemptions", points=400, orderId="o-1").status_code == 201
    assert client.get("/loyalty/orders/o-1").json()["points"] == 0


def test_points_do_not_pay_for_somebody_elses_order(
    client: TestClient, buy: Buy, command: Command
) -> None:
    buy("bob", "o-1", "10.00")
    buy("ann", "o-2", "100")

    refused = command("redemptions", points=10, orderId="o-1")

    assert (refused.status_code, refused.json()["code"]) == (409, "order_of_another_member")
    assert available(client) == 100


def test_an_order_of_nothing_can_be_refunded(
    client: TestClient, buy: Buy, give_back: Give, command: Command
) -> None:
    buy("ann", "o-1", "100")
    command("redemptions", points=10, orderId="o-2")
    buy("ann", "o-2", "0")

    give_back("ann", "o-2", "r-1", "0")

    assert available(client) == 90
