"""Occasions: what a rule is told beside the program, the wish and the account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from loyalty_shared.domain.orders import Order
from loyalty_shared.domain.program import Program


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What the points of an order are computed again under.

    `program` is the one that it was earned under: all that becomes of its points is by that one.
    `expired` is how many points of the order's lot were written off as expired, less those that
    stood for other refunds.
    """

    program: Program
    expired: int = 0


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and where something is to be written: in whose ledger, as which entry.

    `came_as` is the id that it came under, where that is of a member merged into this one.
    `order` is the order that it is about as the ledger remembers it, None where that is new or
    there is none. `terms` are there with an order that was bought.
    """

    member_id: str
    seq: int
    transaction_id: str
    now: datetime
    order: Order | None = None
    terms: OrderTerms | None = None
    came_as: str | None = None

    @property
    def asked_as(self) -> str:
        """The id that it came under."""
        return self.came_as or self.member_id
