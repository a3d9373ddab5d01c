"""The Python client against the server, as an app and a shop use it: sync and async."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx2
import pytest
from tests.server_process import Server
from tests.token_issuer import AUDIENCE, running_issuer

from loyalty_client import (
    AsyncLoyaltyClient,
    Conflict,
    InsufficientPoints,
    KeyReused,
    LoyaltyClient,
    LoyaltyProblem,
    Money,
    NotFound,
    OrderLine,
    RefundLine,
    ServiceUnavailable,
    Unauthorized,
)

Serve = Callable[[], Server]

# What a path could be taken for, were an id not encoded wholly.
ODD_IDS = ["a/b", "..", ".", "a%2541", "50% off?", "#1", "é ü", "a+b&c=d;e"]


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve()


@pytest.fixture
def client(server: Server) -> Iterator[LoyaltyClient]:
    with LoyaltyClient(str(server.client.base_url)) as client:
        yield client


def _buy(client: LoyaltyClient, server: Server, user: str, order: str, amount: str) -> None:
    accepted = client.order_completed(
        user_id=user, order_id=order, transaction_id=f"pay-{order}", total_amount=amount
    )
    assert accepted == 1
    server.wait_until_processed()


def test_a_purchase_is_spent_once_under_a_key_and_given_back(
    client: LoyaltyClient, server: Server
) -> None:
    _buy(client, server, "ann", "A-1", "600.00")
    assert client.points("ann").points == 600

    spent = client.redeem("ann", 250, order_id="A-2", description="a cup", key="k-1")
    again = client.redeem("ann", 250, order_id="A-2", description="a cup", key="k-1")

    assert (spent.points, spent.available, spent.replayed) == (-250, 350, False)
    assert spent == again
    assert again.replayed
    assert spent.breakdown is not None
    assert spent.breakdown.value == Money(amount=Decimal("2.50"), currency="EUR")
    with pytest.raises(KeyReused):
        client.redeem("ann", 251, key="k-1")
    with pytest.raises(InsufficientPoints) as caught:
        client.redeem("ann", 351)
    assert (caught.value.status, caught.value.code) == (409, "insufficient_points")

    back = client.reverse("ann", spent.transaction_id)

    assert (back.type, back.points, back.available, back.replayed) == ("RESTORE", 250, 600, False)
    with pytest.raises(Conflict):
        client.reverse("ann", spent.transaction_id)
    assert [each.type for each in client.transactions("ann")] == ["RESTORE", "REDEEM", "EARN"]
    assert client.transaction("ann", spent.transaction_id) == spent
    account = client.member("ann")
    assert (account.points.available, account.tier.name, account.seq) == (600, "Bronze", 3)
    assert account.tier.multiplier == Decimal("1.1")


class LosingAnswers(httpx2.HTTPTransport):
    """A network that brings every request, and the answer only each second time."""

    def __init__(self) -> None:
        super().__init__()
        self._brings_back = False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = super().handle_request(request)
        self._brings_back = not self._brings_back
        if self._brings_back:
            response.close()
            raise httpx2.ReadTimeout("the answer was lost", request=request)
        return response


def test_what_was_done_and_not_heard_of_is_not_done_again(server: Server) -> None:
    with LoyaltyClient(str(server.client.base_url), transport=LosingAnswers()) as client:
        _buy(client, server, "ann", "A-1", "600.00")

        spent = client.redeem("ann", 250)
        back = client.reverse("ann", spent.transaction_id)

        assert (spent.replayed, back.replayed) == (True, True)
        assert [each.points for each in client.transactions("ann")] == [250, -250, 600]


def test_the_same_asynchronously(server: Server) -> None:
    async def main() -> None:
        async with AsyncLoyaltyClient(str(server.client.base_url)) as client:
            buying = (
                client.order_completed(
                    user_id="ann", order_id=f"A-{each}", transaction_id="t", total_amount="100"
                )
                for each in range(6)
            )
            assert await asyncio.gather(*buying) == [1] * 6
            server.wait_until_processed()

            twins = [client.redeem("ann", 500, key="k-1") for _ in range(4)]
            spent = await asyncio.gather(*twins)

            assert len({each.transaction_id for each in spent}) == 1
            assert sorted(each.replayed for each in spent) == [False, True, True, True]
            await client.reverse("ann", spent[0].transaction_id, key="k-2")
            page = await client.transactions("ann", page_size=3).page()
            assert len(page.items) == 3
            listed = [each.seq async for each in client.transactions("ann", page_size=3)]
            assert listed == list(range(8, 0, -1))
            assert [each.member_id async for each in client.members_in_tier("Bronze")] == ["ann"]
            with pytest.raises(NotFound):
                await client.member("bob")
            assert await client.live()

    asyncio.run(main())


def test_a_refund_of_a_line_with_exact_amounts(client: LoyaltyClient, server: Server) -> None:
    lines = [
        OrderLine(line_id="1", amount="100.01", quantity=2),
        OrderLine(line_id="2", amount=Decimal("50.99")),
    ]
    occurred = datetime.now(UTC) - timedelta(hours=2)
    client.order_completed(
        user_id="ann",
        order_id="A-1",
        transaction_id="t",
        total_amount="151.00",
        currency="EUR",
        occurred_at=occurred,
        lines=lines,
        tax="1.00",
    )
    client.order_refunded(
        user_id="ann",
        order_id="A-1",
        refund_id="R-1",
        lines=[RefundLine(line_id="1", amount="100.01")],
    )
    server.wait_until_processed()

    order = client.order("A-1")

    assert (order.points, order.occurred_at) == (50, occurred)
    assert order.kept == Money(amount=Decimal("50.99"), currency="EUR")
    assert [(each.refund_id, each.accepted) for each in order.refunds] == [("R-1", True)]
    assert client.member("ann", as_of=occurred + timedelta(hours=1)).points.available == 151


def test_an_event_that_is_not_valid_says_where(client: LoyaltyClient) -> None:
    with pytest.raises(LoyaltyProblem) as caught:
        client.send_events([{"userId": "ann", "orderId": "A-1", "transactionId": "t"}])
    assert (caught.value.status, caught.value.code) == (422, "invalid_event")
    assert [each.location for each in caught.value.errors] == ["body/0/totalAmount"]


@pytest.mark.parametrize("identifier", ODD_IDS)
def test_any_id_can_be_asked_for(client: LoyaltyClient, server: Server, identifier: str) -> None:
    _buy(client, server, identifier, identifier, "12.50")

    assert client.points(identifier).points == 12
    assert client.member(identifier).member_id == identifier
    assert client.order(identifier).order_id == identifier
    assert client.redeem(identifier, 2, order_id=identifier).order_id == identifier
    assert len(list(client.transactions(identifier))) == 2


def test_a_program_and_health(client: LoyaltyClient) -> None:
    program = client.program()
    assert (program.currency, program.rules["refunds"]) == ("EUR", {"when_spent": "debt"})
    assert program.terms
    assert client.live()
    assert client.ready()


def test_a_server_that_is_gone_is_unavailable(server: Server) -> None:
    url = str(server.client.base_url)
    server.stop(9)

    pauses: list[float] = []
    with LoyaltyClient(url, retries=2, sleep=pauses.append) as impatient:
        with pytest.raises(ServiceUnavailable) as caught:
            impatient.redeem("ann", 5, key="k-1")
        assert not impatient.ready()
    assert (caught.value.key, caught.value.status, len(pauses)) == ("k-1", None, 2)


def test_a_token_opens_what_it_may(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_issuer() as issuer:
        monkeypatch.setenv("LOYALTY_JWT_ISSUER", issuer.url)
        monkeypatch.setenv("LOYALTY_JWT_AUDIENCE", AUDIENCE)
        url = str(serve().client.base_url)
        with LoyaltyClient(url) as nobody, pytest.raises(Unauthorized):
            nobody.points("ann")
        with LoyaltyClient(url, token=lambda: issuer.token(time.time(), sub="ann")) as ann:
            assert ann.points("ann").points == 0
            with pytest.raises(NotFound):
                ann.points("bob")
