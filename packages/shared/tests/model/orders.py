"""An order in the model: what it earns, and what comes back of the points that pay for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from packages.shared.tests.model.events import Bought, GaveBack
from packages.shared.tests.model.purse import Days, Hold
from packages.shared.tests.model.terms import Terms


@dataclass(eq=False)
class Payment:
    """Points that were spent, worth so many cents, and how many of them came back.

    Its `id` and the `days` of the points that are not back, in the order of use, are read where it
    was written.
    """

    member: str
    points: int
    cents: int
    order: str | None = None
    hold: Hold | None = None
    given_back: int = 0
    id: str = ""
    days: list[Days] = field(default_factory=list)


@dataclass
class Order:
    """An order: who its member is, what was bought and under what, what was given back and paid."""

    member: str
    bought: Bought | None = None
    terms: Terms | None = None
    tier: str = ""
    refunds: dict[str, GaveBack] = field(default_factory=dict)
    refused: dict[str, GaveBack] = field(default_factory=dict)
    paid: list[Payment] = field(default_factory=list)

    @property
    def earned(self) -> int:
        return self._points_of(())

    @property
    def kept(self) -> int:
        return self._points_of(tuple(self.refunds.values()))

    @property
    def cents_paid(self) -> int:
        return sum(payment.cents for payment in self.paid)

    def due_back(self, payment: Payment) -> int:
        """Compute how many points of a payment the refunds give back."""
        if self.bought is None or self.bought.total == 0:
            return 0
        refunded = sum(each.total for each in self.refunds.values())
        return floor(payment.points * Fraction(refunded, self.bought.total))

    def has_room_for(self, refund: GaveBack) -> bool:
        assert self.bought
        counted = list(self.refunds.values())
        if refund.total > self.bought.total - sum(each.total for each in counted):
            return False
        if not self.bought.lines:
            return True
        left = Counter(dict(self.bought.lines))
        for each in (*counted, refund):
            left.subtract(dict(each.lines))
        return left.keys() == dict(self.bought.lines).keys() and min(left.values()) >= 0

    def _points_of(self, refunds: tuple[GaveBack, ...]) -> int:
        if self.bought is None or self.terms is None:
            return 0
        total = self.bought.total - sum(each.total for each in refunds)
        goods = self.bought.total - self.bought.extras - sum(each.goods for each in refunds)
        goods = max(min(goods, total), 0)
        return self.terms.points(self._in_money(total), self._in_money(goods), self.tier)

    def _in_money(self, cents: int) -> int:
        # Points pay for every cent alike, so money pays the same share of any part.
        if self.bought is None or self.cents_paid == 0 or self.bought.total == 0:
            return cents
        by_points = min(Fraction(self.cents_paid, self.bought.total), Fraction(1))
        return floor(cents * (1 - by_points))
