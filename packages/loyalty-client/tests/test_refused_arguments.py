"""What a client does not even send."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.scripted_service import Ask, ScriptedService

from loyalty_client import OrderLine

PURCHASE = {"user_id": "u", "order_id": "o", "transaction_id": "t"}


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("send_event", {"event": {"totalAmount": 1.1}}),
        ("send_events", {"events": [{"lines": [{"amount": 1.1}]}]}),
        ("order_completed", {**PURCHASE, "total_amount": 1.1}),
        ("order_completed", {**PURCHASE, "total_amount": 1, "tax": 0.0}),
        ("order_completed", {**PURCHASE, "total_amount": 1, "lines": [OrderLine(amount=1.1)]}),  # type: ignore[arg-type]
        ("order_completed", {**PURCHASE, "total_amount": True}),
        ("quote", {"member_id": "ann", "total_amount": 1.1}),
    ],
)
def test_a_float_is_refused(
    ask: Ask, service: ScriptedService, method: str, options: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match="exact"):
        ask(method, **options)
    assert service.requests == []


@pytest.mark.parametrize("amount", ["", "one", "NaN", Decimal("Infinity")])
def test_what_is_no_amount_is_refused(ask: Ask, amount: str | Decimal) -> None:
    with pytest.raises(ValueError, match="is no amount"):
        ask("quote", "ann", amount)


def test_a_moment_without_a_zone_is_refused(ask: Ask) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        ask("member", "ann", as_of=datetime(2026, 5, 4))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(("method", "arguments"), [("member", ("",)), ("reverse", ("ann", ""))])
def test_an_empty_id_is_refused_since_the_path_would_be_another(
    ask: Ask, method: str, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        ask(method, *arguments)


@pytest.mark.parametrize("key", ["", " ", "a\nb", "ключ"])
def test_a_key_that_cannot_be_sent_is_refused(ask: Ask, key: str) -> None:
    with pytest.raises(ValueError, match="is no key"):
        ask("redeem", "ann", 5, key=key)
