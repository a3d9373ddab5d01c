"""What a shop publishes of an order, right or wrong, as the bodies of messages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.simulation.world import BEGINNING

Lines = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Bought:
    """A purchase; `lines` are those of its cents that are for lines."""

    member: str
    order: str
    cents: int
    lines: Lines
    occurred: int  # milliseconds since the beginning

    @property
    def name(self) -> str:
        """Name it shortly."""
        return f"{self.order} of {self.member} at {self.cents}"

    def body(self, publication: int) -> str:
        """Write it down; each time it is published it has another id and envelope."""
        detail = {
            "userId": self.member,
            "orderId": self.order,
            "transactionId": f"pay-{self.order}-{publication}",
            "totalAmount": self.cents / 100,
            "lines": [{"lineId": name, "amount": cents / 100} for name, cents in self.lines],
            "occurredAt": _moment(self.occurred),
        }
        if publication % 2 and not self.lines:
            return json.dumps(detail)
        return _enveloped("OrderCompleted", detail, publication)


@dataclass(frozen=True)
class GaveBack:
    """A refund, of an amount or of one line."""

    member: str
    order: str
    refund: str
    cents: int
    lines: Lines
    occurred: int

    @property
    def name(self) -> str:
        """Name it shortly."""
        return f"{self.refund} of {self.order} of {self.member} at {self.cents}"

    def body(self, publication: int) -> str:
        """Write it down."""
        detail: dict[str, object] = {
            "userId": self.member,
            "orderId": self.order,
            "refundId": self.refund,
            "occurredAt": _moment(self.occurred),
        }
        if self.lines:
            detail["lines"] = [
                {"lineId": name, "amount": cents / 100} for name, cents in self.lines
            ]
        else:
            detail["amount"] = self.cents / 100
        return _enveloped("OrderRefunded", detail, publication)


@dataclass(frozen=True)
class Garbage:
    """What can be no event, and the code that it has to get."""

    code: str
    text: str

    @property
    def name(self) -> str:
        """Name it shortly."""
        return self.code

    def body(self, publication: int) -> str:
        """Write it down."""
        return self.text.replace("NUMBER", str(publication))


Event = Bought | GaveBack | Garbage

GARBAGE = (
    ("malformed_json", '{"userId": "m-0", "orderId": NUMBER'),
    ("invalid_event", '{"userId": "m-0", "orderId": "bad-NUMBER", "totalAmount": 5}'),
    (
        "invalid_amount",
        '{"userId":"m-0","orderId":"bad-NUMBER","transactionId":"t","totalAmount":-1}',
    ),
    (
        "invalid_amount",
        '{"userId":"m-0","orderId":"bad-NUMBER","transactionId":"t","totalAmount":0.001}',
    ),
    (
        "currency_mismatch",
        (
            '{"userId":"m-0","orderId":"bad-NUMBER","transactionId":"t","totalAmount":1,'
            '"currency":"USD"}'
        ),
    ),
    ("unknown_event_type", '{"detail-type": "OrderLost", "detail": {"orderId": "bad-NUMBER"}}'),
    (
        "occurred_in_the_future",
        (
            '{"userId":"m-0","orderId":"bad-NUMBER","transactionId":"t","totalAmount":1,'
            '"occurredAt":"2099-01-01T00:00:00Z"}'
        ),
    ),
)


def _enveloped(kind: str, detail: dict[str, object], publication: int) -> str:
    return json.dumps({"id": str(publication), "detail-type": kind, "detail": detail})


def _moment(milliseconds: int) -> str:
    moment: datetime = BEGINNING + timedelta(milliseconds=milliseconds)
    return moment.isoformat().replace("+00:00", "Z")
