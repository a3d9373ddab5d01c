"""Quotes: what a basket would earn and could be paid with, and that this is then so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty_api.application import create_app
from loyalty_api.services import Inbox, Services, run_inline
from loyalty_shared import system
from loyalty_shared.contracts import strict_json
from loyalty_shared.contracts.events import decode_event
from loyalty_shared.contracts.program_file import ProgramFile, default_program
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.order_events import record_happening
from loyalty_shared.storage.memory import MemoryLedgerStore

Buy = Callable[..., None]


def quoted(client: TestClient, amount: str, **more: Any) -> httpx2.Response:  # noqa: ANN401 - what a body has
    # As text, so that an amount is what it says.
    rest = "".join(f', "{name}": {value}' for name, value in more.items())
    content = f'{{"memberId": "ann", "totalAmount": {amount}{rest}}}'
    return client.post("/loyalty/quotes", content=content)


def test_a_quote_says_what_a_basket_would_earn_and_could_be_paid_with(
    client: TestClient, buy: Buy
) -> None:
    buy("ann", "o-1", "600")

    answer = quoted(client, "12.34")

    assert answer.status_code == 200
    assert answer.json() == {
        "memberId": "ann",
        "available": 600,
        "earns": {
            "points": 13,
            "amount": {"amount": "12.34", "currency": "EUR"},
            "pointsPerUnit": "1",
            "tier": "Bronze",
            "multiplier": "1.1",
            "rounding": "floor",
            "arithmetic": "12.34 × 1 × Bronze 1.1 = 13",  # noqa: RUF001 - the sign people read
            "activatesOn": None,
            "expiresOn": None,
        },
        "redeemable": {"points": 600, "value": {"amount": "6.00", "currency": "EUR"}},
        "redeemed": {"points": 0, "value": {"amount": "0.00", "currency": "EUR"}},
        "toPay": {"amount": "12.34", "currency": "EUR"},
    }


@pytest.mark.parametrize(
    ("occurred_at", "status"),
    [
        ("2026-05-04T10:00:00+02:00", 200),
        ("2020-01-01T00:00:00Z", 200),
        ("9999-01-01T00:00:00Z", 422),
    ],
)
def test_a_basket_may_be_of_another_moment(
    client: TestClient, occurred_at: str, status: int
) -> None:
    answer = quoted(client, "10", occurredAt=f'"{occurred_at}"')

    assert answer.status_code == status
    if status == 422:
        assert answer.json()["code"] == "occurred_in_the_future"


def test_lines_may_say_what_a_basket_has(client: TestClient) -> None:
    lines = '[{"lineId": "a", "amount": 4}, {"sku": "b", "amount": 5, "quantity": 2}]'

    assert quoted(client, "10", lines=lines, shipping=1).json()["earns"]["points"] == 10


def test_nothing_is_written_by_a_quote(client: TestClient) -> None:
    assert quoted(client, "10").json()["earns"]["points"] == 10

    assert client.get("/loyalty/members/ann").status_code == 404


def test_the_part_that_points_pay_would_earn_nothing(client: TestClient, buy: Buy) -> None:
    buy("ann", "o-1", "400")

    body = quoted(client, "10.00", points=300).json()

    assert (body["redeemed"]["value"]["amount"], body["toPay"]["amount"]) == ("3.00", "7.00")
    assert body["earns"]["points"] == 7


@pytest.mark.parametrize(
    ("points", "status", "code"),
    [
        (401, 409, "insufficient_points"),
        (301, 409, "redemption_exceeds_order"),
        (-1, 422, "invalid_request"),
        ('"5"', 422, "invalid_request"),
    ],
)
def test_points_that_could_not_pay_are_refused_as_redeeming_would(
    client: TestClient, buy: Buy, points: object, status: int, code: str
) -> None:
    buy("ann", "o-1", "400")

    refused = quoted(client, "3.00", points=points)

    assert (refused.status_code, refused.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("content", "code", "location"),
    [
        ('{"totalAmount": 1}', "invalid_request", "body/memberId"),
        ('{"memberId": "ann", "totalAmount": 1.005}', "invalid_amount", "body/totalAmount"),
        ('{"memberId": "ann", "totalAmount": -1}', "invalid_amount", "body/totalAmount"),
        ('{"memberId": "ann", "totalAmount": 1, "tax": 2}', "invalid_amount", "body/totalAmount"),
        (
            '{"memberId": "ann", "totalAmount": 1, "currency": "USD"}',
            "currency_mismatch",
            "body/currency",
        ),
    ],
)
def test_a_basket_is_checked_as_a_purchase_is(
    client: TestClient, content: str, code: str, location: str
) -> None:
    answer = client.post("/loyalty/quotes", content=content)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["location"] == location


def test_a_quote_of_a_merged_member_is_that_of_whom_it_is_merged_into(
    client: TestClient, buy: Buy
) -> None:
    buy("ann", "a-1", "1")
    buy("bob", "b-1", "600")
    headers = {"Idempotency-Key": "merge"}
    client.post("/loyalty/members/ann/merge", json={"into": "bob"}, headers=headers)

    body = quoted(client, "10.00").json()

    assert (body["memberId"], body["available"], body["earns"]["tier"]) == ("ann", 601, "Bronze")


class TestWherePointsArePaidInSteps:
    """With a minimum, steps, and a rate that cents do not divide."""

    @pytest.fixture
    def rules(self) -> dict[str, Any]:
        return {"redemption": {"points_per_unit": "150", "minimum": 100, "step": 25}}

    @pytest.mark.parametrize(
        ("have", "costs", "redeemable", "value"),
        [
            ("99", "10.00", 0, "0.00"),
            ("124", "10.00", 100, "0.66"),
            ("2000", "1.00", 150, "1.00"),
            ("2000", "0.66", 100, "0.66"),  # float dust would have made this 0.67, and refused it
            ("2000", "0.65", 0, "0.00"),
        ],
    )
    def test_as_many_as_pay_and_no_more(  # noqa: PLR0913, PLR0917 - a table's columns
        self, client: TestClient, buy: Buy, have: str, costs: str, redeemable: int, value: str
    ) -> None:
        buy("ann", "o-1", have)

        found = quoted(client, costs).json()["redeemable"]

        assert (found["points"], found["value"]["amount"]) == (redeemable, value)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    have=st.integers(0, 3000),
    cents=st.integers(0, 3000),
    share=st.integers(0, 100),
    rate=st.sampled_from(["100", "150", "1/3", "1", "7/2"]),
    step=st.sampled_from([1, 5, 100]),
)
def test_a_quote_is_what_the_purchase_then_earns_and_costs(  # noqa: PLR0913, PLR0917 - what there is to draw
    inbox: Inbox, have: int, cents: int, share: int, rate: str, step: int
) -> None:
    redemption = {"redemption": {"points_per_unit": rate, "step": step, "minimum": step}}
    file = ProgramFile.model_validate(default_program().model_dump() | redemption)
    ledger = Ledger(MemoryLedgerStore(), file, system.now, lambda _seconds: None)
    amount = f"{cents // 100}.{cents % 100:02d}"
    with TestClient(create_app(Services(ledger, inbox, run_inline, run_inline))) as client:
        headers = {"Idempotency-Key": "k-1"}
        if have:
            body = {"points": have, "reason": "to begin with"}
            client.post("/loyalty/members/ann/adjustments", json=body, headers=headers)
        most = quoted(client, amount).json()["redeemable"]["points"]
        points = most * share // 100 // step * step
        quote = quoted(client, amount, points=points).json()
        before = client.get("/loyalty/points/ann").json()["points"]

        if points:
            body = {"points": points, "orderId": "o-1"}
            path = "/loyalty/members/ann/redemptions"
            spent = client.post(path, json=body, headers={"Idempotency-Key": "k-2"}).json()
            assert spent["breakdown"]["value"] == quote["redeemed"]["value"]
        _bought(ledger, amount)

        now = client.get("/loyalty/points/ann").json()["points"]
        assert now == before - points + quote["earns"]["points"]
        [newest] = client.get("/loyalty/members/ann/transactions", params={"limit": 1}).json()[
            "items"
        ]
        assert newest["breakdown"]["arithmetic"] == quote["earns"]["arithmetic"]


def _bought(ledger: Ledger, amount: str) -> None:
    detail = {"userId": "ann", "orderId": "o-1", "transactionId": "pay-1"}
    event = decode_event(detail | {"totalAmount": strict_json.decode(amount)})
    record_happening(ledger, event.happening("EUR", system.now()))
