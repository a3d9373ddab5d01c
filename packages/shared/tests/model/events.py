"""What a shop sends: purchases and refunds, as the JSON that a queue hands over."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from loyalty_event_processor.outcomes import Message

Lines = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Bought:
    """A purchase; amounts are in cents. Of `total`, `extras` are shipping and tax."""

    member: str
    order: str
    total: int
    at: datetime
    extras: int = 0
    lines: Lines = ()

    def document(self) -> dict[str, object]:
        detail = {
            "userId": self.member,
            "orderId": self.order,
            "transactionId": f"pay-{self.order}",
            "totalAmount": self.total / 100,
            "shipping": (self.extras - self.extras // 3) / 100,
            "tax": self.extras // 3 / 100,
            "occurredAt": self.at.isoformat(),
            "lines": _lines_out(self.lines),
        }
        return {"detail-type": "OrderCompleted", "detail": detail}


@dataclass(frozen=True)
class GaveBack:
    """A refund; without an `amount` it is that of its lines."""

    member: str
    order: str
    refund: str
    amount: int | None
    at: datetime
    lines: Lines = ()

    @property
    def total(self) -> int:
        return sum(cents for _, cents in self.lines) if self.amount is None else self.amount

    @property
    def goods(self) -> int:
        return sum(cents for _, cents in self.lines) if self.lines else self.total

    def document(self) -> dict[str, object]:
        detail: dict[str, object] = {
            "userId": self.member,
            "orderId": self.order,
            "refundId": self.refund,
            "occurredAt": self.at.isoformat(),
            "lines": _lines_out(self.lines),
        }
        if self.amount is not None:
            detail["amount"] = self.amount / 100
        return {"detail-type": "OrderRefunded", "detail": detail}


Event = Bought | GaveBack


@dataclass(frozen=True)
class Sent:
    """An event in the queue; delivered again, it is the same message."""

    event: Event
    message: Message


def sent(event: Event, number: int, now: datetime) -> Sent:
    return Sent(event, Message(f"message-{number}", json.dumps(event.document()), now))


def differing(event: Event) -> Event:
    """Change what an event says, under the same ids."""
    if isinstance(event, Bought):
        return replace(event, total=event.total + 1)
    return replace(event, amount=event.total + 1)


def _lines_out(lines: Lines) -> list[dict[str, object]]:
    return [{"lineId": line, "amount": cents / 100} for line, cents in lines]
