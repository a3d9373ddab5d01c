"""What the ledger remembers of an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from loyalty_client.results.money import Money


@dataclass(frozen=True, kw_only=True)
class OrderRefund:
    """A refund; `accepted` is None while its order has not arrived."""

    refund_id: str
    amount: Money
    accepted: bool | None = None


@dataclass(frozen=True, kw_only=True)
class OrderPayment:
    """A redemption that pays for a part of an order, and what refunds gave back of it."""

    transaction_id: str
    points: int
    value: Money
    points_given_back: int = 0


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order; while its purchase has not arrived, what that says is None.

    What `paid_with_points` pays of it earns no points.
    """

    order_id: str
    member_id: str
    points: int
    total: Money | None = None
    kept: Money | None = None
    tier: str | None = None
    program_version: str | None = None
    occurred_at: datetime | None = None
    transaction_id: str | None = None
    payment_transaction_id: str | None = None
    paid_with_points: tuple[OrderPayment, ...] = ()
    refunds: tuple[OrderRefund, ...] = ()
