"""Orders: what the shop says happened, and what the ledger remembers of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from loyalty_shared.domain.money import Money


@dataclass(frozen=True, slots=True)
class Purchase:
    """A completed order. `goods` is the total without shipping and tax."""

    order_id: str
    member_id: str
    transaction_id: str
    total: Money
    goods: Money
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """What an order's reference holds: enough to know it again, and to compute it again.

    `seq` is the entry that it earned with; `program_version` and `tier` what it earned under.
    """

    order_id: str
    member_id: str
    transaction_id: str
    total: Money
    goods: Money
    occurred_at: datetime
    program_version: str
    tier: str
    points: int
    seq: int

    def is_of(self, purchase: Purchase) -> bool:
        """Say whether a purchase that arrives is this order once more."""
        return (self.total, self.goods) == (purchase.total, purchase.goods)
