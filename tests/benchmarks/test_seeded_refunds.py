"""The refunds of the benchmark are ones that a shop could send."""

from __future__ import annotations

import json
import random
from collections import Counter
from fractions import Fraction

from seeded_refunds import refunded_orders, shuffled

EVENTS = [
    {
        "userId": f"m-{number % 7}",
        "orderId": f"o-{number}",
        "totalAmount": "12.34",
        "lines": [{"lineId": "1", "amount": "10"}, {"lineId": "2", "amount": "2.34"}],
    }
    for number in range(300)
]
PURCHASES = [f"purchase {number}" for number in range(300)]


def test_no_order_gives_back_more_than_it_cost() -> None:
    orders = refunded_orders(EVENTS, random.Random(1))  # noqa: S311 - the same each time

    refunded = [order for order in orders.values() if order.parts]
    assert 30 < len(refunded) < 90
    for order in refunded:
        details = [json.loads(part, parse_float=str)["detail"] for part in order.parts]
        given = sum(
            Fraction(str(each.get("amount") or each["lines"][0]["amount"])) for each in details
        )
        assert given * 100 == order.refunded_cents <= 1234
        assert len({each["refundId"] for each in details}) == len(details)


def test_purchases_keep_their_order_and_refunds_come_anywhere() -> None:
    chance = random.Random(2)  # noqa: S311 - as above
    orders = refunded_orders(EVENTS, chance)

    mixed = shuffled(PURCHASES, orders, chance)

    assert [line for line in mixed if line.startswith("purchase")] == PURCHASES
    parts = [part for order in orders.values() for part in order.parts]
    delivered = Counter(line for line in mixed if not line.startswith("purchase"))
    assert set(delivered) == set(parts)
    assert max(delivered.values()) > 1
    first_refund = next(number for number, line in enumerate(mixed) if line in delivered)
    assert first_refund < len(PURCHASES) / 4
