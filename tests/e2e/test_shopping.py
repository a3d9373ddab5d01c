"""Shopping sessions on the running server: whatever order a network delivers, the end is the same.

quote, hold, order event, capture, partial refunds, reversal
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import permutations

import pytest
from tests.server_process import Server

from loyalty_client import Conflict, LoyaltyClient

Serve = Callable[[], Server]

# What a network can deliver: a capture comes after its hold, and a reversal after the capture.
# The rest, and each against the others, comes as it comes.
STEPS = ("order", "capture", "refund 1", "refund 2", "reversal")
ORDERS = [each for each in permutations(STEPS) if each.index("capture") < each.index("reversal")]


class Checkout:
    """A member with 400 points at a checkout, paying 300 of them for an order of 10.00."""

    def __init__(self, client: LoyaltyClient, server: Server, member: str) -> None:
        self._client = client
        self._server = server
        self.member = member
        self.order = f"{member}-2"
        self._bought(f"{member}-1", "400.00")
        quoted = client.quote(member, "10.00", points=300)
        assert (quoted.earns.points, str(quoted.to_pay.amount)) == (7, "7.00")
        self.hold = client.hold(member, 300, expires_in_seconds=600, order_id=self.order).hold_id
        self.spent = ""

    def take(self, step: str) -> None:
        """Take a step of the session, and repeat it, as a network does."""
        for _ in range(2):
            if step == "order":
                self._bought(self.order, "10.00")
            elif step.startswith("refund"):
                amount = {"refund 1": "2.50", "refund 2": "4.00"}[step]
                self._client.order_refunded(
                    user_id=self.member, order_id=self.order, refund_id=step, amount=amount
                )
                self._server.wait_until_processed()
            elif step == "capture":
                key = f"capture {self.hold}"
                self.spent = self._client.capture(self.member, self.hold, key=key).transaction_id
            else:
                self._client.reverse(self.member, self.spent, key=f"reverse {self.spent}")

    def _bought(self, order: str, amount: str) -> None:
        self._client.order_completed(
            user_id=self.member, order_id=order, transaction_id="pay", total_amount=amount
        )
        self._server.wait_until_processed()


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve()


@pytest.fixture
def client(server: Server) -> Iterator[LoyaltyClient]:
    with LoyaltyClient(str(server.client.base_url)) as client:
        yield client


def test_a_session_ends_the_same_in_any_order_that_a_network_can_produce(
    client: LoyaltyClient, server: Server
) -> None:
    ends = set()
    for number, order_of_arrival in enumerate(ORDERS):
        checkout = Checkout(client, server, f"member-{number}")
        for step in order_of_arrival:
            checkout.take(step)
        account, order = client.member(checkout.member), client.order(checkout.order)
        ends.add(
            (
                client.points(checkout.member).points,
                account.points.held,
                account.points.debt,
                account.lifetime.earned,
                account.lifetime.redeemed,
                account.lifetime.reversed,
                order.points,
            )
        )

    # All points are back, and the kept 3.50 are paid with money.
    assert ends == {(403, 0, 0, 410, 0, 7, 3)}


def test_without_a_reversal_a_refund_gives_back_points_and_money(
    client: LoyaltyClient, server: Server
) -> None:
    ends = set()
    for number, order_of_arrival in enumerate(permutations(STEPS[:-1])):
        checkout = Checkout(client, server, f"member-{number}")
        for step in order_of_arrival:
            checkout.take(step)
        account = client.member(checkout.member)
        order = client.order(checkout.order)
        ends.add((account.points.available, account.lifetime.redeemed, order.points))

    # Of 3.50 that are kept, 2.45 were paid with money; 195 of the 300 points are back.
    assert ends == {(400 - 300 + 195 + 2, 105, 2)}


def test_a_checkout_that_is_left_alone_costs_nothing(client: LoyaltyClient, server: Server) -> None:
    client.order_completed(user_id="ann", order_id="a-1", transaction_id="pay", total_amount="100")
    server.wait_until_processed()
    hold = client.hold("ann", 100, expires_in_seconds=1)
    assert client.points("ann").points == 0

    _wait_until(lambda: client.points("ann").points == 100)

    with pytest.raises(Conflict) as caught:
        client.capture("ann", hold.hold_id)
    assert caught.value.code == "hold_not_open"
    assert client.redeem("ann", 100).available == 0


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
