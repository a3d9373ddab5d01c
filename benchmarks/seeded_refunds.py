"""Refunds of orders that really happened: in parts, in any order, some delivered twice."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

_SHARE_REFUNDED = 0.2
_SHARE_DELIVERED_AGAIN = 0.1
_MOST_PARTS = 3


@dataclass
class RefundedOrder:
    """An order, what it cost, and what of that came back; in cents."""

    member: str
    cents: int
    refunded_cents: int = 0
    parts: list[str] = field(default_factory=list, repr=False)

    @property
    def kept_cents(self) -> int:
        """What was kept."""
        return self.cents - self.refunded_cents


def refunded_orders(
    events: Sequence[Mapping[str, Any]], chance: random.Random
) -> dict[str, RefundedOrder]:
    """Refund a fifth of the orders, each in one to three parts: of lines, of amounts, of all."""
    orders = {
        event["orderId"]: RefundedOrder(event["userId"], _cents(event["totalAmount"]))
        for event in events
    }
    for event in events:
        if chance.random() < _SHARE_REFUNDED:
            _refund(event, orders[event["orderId"]], chance)
    return orders


def shuffled(
    purchases: Sequence[str], orders: Mapping[str, RefundedOrder], chance: random.Random
) -> list[str]:
    """Put the refunds anywhere among the purchases, before their orders too, and some twice."""
    refunds = [part for order in orders.values() for part in order.parts]
    refunds += [part for part in refunds if chance.random() < _SHARE_DELIVERED_AGAIN]
    chance.shuffle(refunds)
    places = sorted(chance.randrange(len(purchases) + 1) for _ in refunds)
    return list(_merged(purchases, refunds, places))


def _merged(
    purchases: Sequence[str], refunds: Sequence[str], places: Sequence[int]
) -> Iterator[str]:
    waiting = list(zip(places, refunds, strict=True))[::-1]
    for place, purchase in enumerate(purchases):
        while waiting and waiting[-1][0] <= place:
            yield waiting.pop()[1]
        yield purchase
    yield from (refund for _, refund in reversed(waiting))


def _refund(event: Mapping[str, Any], order: RefundedOrder, chance: random.Random) -> None:
    lines = [(line["lineId"], _cents(line["amount"])) for line in event.get("lines", ())]
    chance.shuffle(lines)
    for number in range(chance.randint(1, _MOST_PARTS)):
        detail: dict[str, object] = {}
        if lines and chance.random() < 0.5:  # noqa: PLR2004 - as likely as not
            line_id, cents = lines.pop()
            cents = min(cents, order.kept_cents)
            detail["lines"] = [{"lineId": line_id, "amount": "CENTS"}]
        else:
            cents = chance.choice([order.kept_cents, chance.randint(0, order.kept_cents)])
            detail["amount"] = "CENTS"
        order.refunded_cents += cents
        order.parts.append(_written(event, number, detail, cents))


def _written(event: Mapping[str, Any], number: int, detail: dict[str, object], cents: int) -> str:
    about = {"userId": event["userId"], "orderId": event["orderId"], "refundId": f"r-{number}"}
    text = json.dumps({"detail-type": "OrderRefunded", "detail": about | detail})
    # By hand, since json has no way to write an exact decimal.
    return text.replace('"CENTS"', f"{cents // 100}.{cents % 100:02d}")


def _cents(amount: str | int) -> int:
    return int(Fraction(amount) * 100)
