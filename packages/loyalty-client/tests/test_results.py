"""What answers are as values, by both clients."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.scripted_service import Ask, ScriptedService

from loyalty_client import (
    Account,
    Approval,
    Balance,
    Breakdown,
    Erasure,
    Hold,
    Lifetime,
    Lot,
    Money,
    NextExpiry,
    Order,
    OrderPayment,
    OrderRefund,
    Points,
    Program,
    Quote,
    QuotedEarning,
    RefundBreakdown,
    Tier,
    TierMember,
    Transaction,
    Worth,
)

NOON = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
ACCOUNT: dict[str, Any] = {
    "memberId": "ann",
    "points": {"available": 5, "pending": 1, "held": 2, "debt": 3, "asleep": 4},
    "lifetime": {"earned": 10},
    "tier": {"name": "Bronze", "multiplier": 1.1, "since": "2026-05-01", "next": None},
    "nextExpiry": {"date": "2026-06-30", "points": 5},
    "seq": 7,
    "asOf": "2026-05-04T10:00:00Z",
    "ofANewerService": {"x": 1},
}
TRANSACTION: dict[str, Any] = {
    "transactionId": "t",
    "seq": 1,
    "type": "EARN",
    "points": 12,
    "occurredAt": "2026-05-04T12:00:00.5+02:00",
    "recordedAt": "2026-05-04T10:00:00Z",
    "available": 12,
    "breakdown": {
        "rule": "as it is",
        "amount": {"amount": "12.50", "currency": "EUR"},
        "lots": [{"points": 12, "activatesOn": None, "expiresOn": "2026-06-30"}],
    },
}


def test_an_account(ask: Ask, service: ScriptedService) -> None:
    service.will(ACCOUNT)

    assert ask("member", "ann") == Account(
        member_id="ann",
        points=Points(available=5, pending=1, held=2, debt=3),
        lifetime=Lifetime(earned=10),
        tier=Tier(name="Bronze", multiplier=Decimal("1.1"), since=date(2026, 5, 1)),
        next_expiry=NextExpiry(date=date(2026, 6, 30), points=5),
        seq=7,
        as_of=NOON,
    )


def test_a_transaction(ask: Ask, service: ScriptedService) -> None:
    service.will(TRANSACTION)

    found = ask("transaction", "ann", "t")

    assert found.occurred_at == NOON.replace(microsecond=500_000)
    assert found.occurred_at.tzinfo is not None
    assert found.breakdown == Breakdown(
        rule="as it is",
        amount=Money(amount=Decimal("12.50"), currency="EUR"),
        lots=(Lot(points=12, expires_on=date(2026, 6, 30)),),
    )
    assert (found.order_id, found.description, found.replayed) == (None, None, False)


def test_values_do_not_change(ask: Ask, service: ScriptedService) -> None:
    service.will({"userId": "ann", "points": 5})

    with pytest.raises(dataclasses.FrozenInstanceError):
        ask("points", "ann").points = 6


def test_an_adjustment_is_a_transaction_or_waits(ask: Ask, service: ScriptedService) -> None:
    service.will(TRANSACTION, 201)
    waiting = {"approvalId": "a", "memberId": "ann", "points": 9, "status": "waiting"}
    service.will(
        {**waiting, "askedAt": "2026-05-04T10:00:00Z"}, 202, {"Idempotency-Replayed": "true"}
    )

    assert isinstance(ask("adjust", "ann", 9, "sorry"), Transaction)
    found = ask("adjust", "ann", 9, "sorry")
    assert isinstance(found, Approval)
    assert (found.status, found.asked_at, found.replayed) == ("waiting", NOON, True)


def test_a_hold(ask: Ask, service: ScriptedService) -> None:
    hold = {"holdId": "h", "memberId": "ann", "points": 5, "status": "open"}
    expires = {"expiresAt": "2026-05-04T10:00:00Z", "value": {"amount": "0.05", "currency": "EUR"}}
    service.will({**hold, **expires}, 201)

    found = ask("hold", "ann", 5, expires_in_seconds=60)

    assert found == Hold(
        hold_id="h",
        member_id="ann",
        points=5,
        status="open",
        expires_at=NOON,
        value=Money(amount=Decimal("0.05"), currency="EUR"),
    )


def test_a_quote_says_what_is_earned_and_what_points_would_pay(
    ask: Ask, service: ScriptedService
) -> None:
    earns = {"points": 19, "arithmetic": "19.00 earn 19", "expiresOn": "2027-05-31", "more": None}
    euros = [{"amount": amount, "currency": "EUR"} for amount in ("5.00", "1.00", "19.00")]
    service.will(
        {
            "memberId": "ann",
            "available": 500,
            "earns": earns,
            "redeemable": {"points": 500, "value": euros[0]},
            "redeemed": {"points": 100, "value": euros[1]},
            "toPay": euros[2],
        }
    )

    found = ask("quote", "ann", "20.00", points=100)

    assert (found.earns.points, found.earns.arithmetic) == (19, "19.00 earn 19")
    assert found.earns.expires_on == date(2027, 5, 31)
    assert (found.available, found.redeemable.points) == (500, 500)
    assert (found.redeemed.value.amount, found.to_pay.amount) == (Decimal("1.00"), Decimal("19.00"))


def test_an_order_says_which_points_paid_for_it(ask: Ask, service: ScriptedService) -> None:
    value = {"amount": "3.00", "currency": "EUR"}
    paid = {"transactionId": "t", "points": 300, "value": value, "pointsGivenBack": 150}
    service.will({"orderId": "A-1", "memberId": "ann", "points": 7, "paidWithPoints": [paid]})

    [found] = ask("order", "A-1").paid_with_points

    assert found == OrderPayment(
        transaction_id="t",
        points=300,
        value=Money(amount=Decimal("3.00"), currency="EUR"),
        points_given_back=150,
    )


def test_what_is_left_of_a_member_who_is_forgotten(ask: Ask, service: ScriptedService) -> None:
    left = {"erasedAt": "2026-05-04T10:00:00Z", "points": 300, "entries": 6}
    service.will(
        {**left, "lifetime": {"earned": 400, "adjusted": -100}},
        201,
        {"Idempotency-Replayed": "true"},
    )

    found = ask("erase", "ann")

    lifetime = Lifetime(earned=400, adjusted=-100)
    assert found == Erasure(erased_at=NOON, points=300, entries=6, lifetime=lifetime)
    assert found.replayed


def test_a_merge_is_a_transaction_with_the_other_member(ask: Ask, service: ScriptedService) -> None:
    service.will({**TRANSACTION, "type": "MERGE", "otherMemberId": "bob"}, 201)

    found = ask("merge", "ann", "bob")

    assert (found.type, found.other_member_id, found.follows) == ("MERGE", "bob", None)


SCHEMAS: dict[str, type] = {
    "AccountBody": Account,
    "ApprovalBody": Approval,
    "BalanceBody": Balance,
    "BreakdownBody": Breakdown,
    "ErasureBody": Erasure,
    "HoldBody": Hold,
    "LifetimeBody": Lifetime,
    "LotBody": Lot,
    "MoneyBody": Money,
    "NextExpiryBody": NextExpiry,
    "OrderBody": Order,
    "OrderPaymentBody": OrderPayment,
    "OrderRefundBody": OrderRefund,
    "PointsBody": Points,
    "ProgramBody": Program,
    "QuoteBody": Quote,
    "QuotedEarningBody": QuotedEarning,
    "RefundBody": RefundBreakdown,
    "TierBody": Tier,
    "TierMemberBody": TierMember,
    "TransactionBody": Transaction,
    "WorthBody": Worth,
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_api_has_every_field_and_always_those_that_must_be_there(name: str) -> None:
    document = Path(__file__).parents[3] / "docs" / "openapi.json"
    schema = json.loads(document.read_text("utf-8"))["components"]["schemas"][name]
    for field in dataclasses.fields(SCHEMAS[name]):
        if field.name == "replayed":  # a header has it
            continue
        first, *others = field.name.split("_")
        wire = first + "".join(map(str.capitalize, others))
        assert wire in schema["properties"]
        if field.default is field.default_factory is dataclasses.MISSING:
            assert wire in schema["required"]
