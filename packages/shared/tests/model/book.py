"""The model: what a shop's orders come to, by dictionaries and exact fractions.

It knows nothing of lots, entries or stores. It says of each event whether it takes effect, and what
line that should leave in the member's history.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

from packages.shared.tests.model.events import Bought, Event, GaveBack
from packages.shared.tests.model.terms import Terms, month_number

_MONTHS_REMEMBERED = 24  # docs/decisions/0004: what is older counts for the lifetime only


@dataclass(frozen=True)
class Standing:
    """A member's points by the month of their purchases, looked at under some terms."""

    terms: Terms
    by_month: dict[int, int] = field(default_factory=dict)

    @property
    def newest_month(self) -> int:
        return max(self.by_month, default=0)

    def tier(self, month: int) -> str:
        months = range(month - self.terms.grace_months, month + 1)
        earned = max(self._earned_in_the_window_of(each) for each in months)
        return [name for name, least, _ in self.terms.levels if least <= earned][-1]

    def ends_after(self, month: int) -> int | None:
        """Find the last month of the tier of a month, None where time alone does not end it."""
        names = [name for name, _, _ in self.terms.levels]
        rank = names.index(self.tier(month))
        if rank == 0 or self.terms.window == "lifetime":
            return None
        while names.index(self.tier(month + 1)) >= rank:
            month += 1
        return month

    def _earned_in_the_window_of(self, month: int) -> int:
        if self.terms.window == "lifetime":
            return sum(self.by_month.values())
        first = month - month % 12
        if isinstance(self.terms.window, int):
            first = month - self.terms.window + 1
        first = max(first, self.newest_month - _MONTHS_REMEMBERED + 1)
        return sum(points for each, points in self.by_month.items() if first <= each <= month)


@dataclass
class Order:
    """An order: who its member is, what was bought and under what, what was given back."""

    member: str
    bought: Bought | None = None
    terms: Terms | None = None
    tier: str = ""
    refunds: dict[str, GaveBack] = field(default_factory=dict)
    refused: dict[str, GaveBack] = field(default_factory=dict)

    @property
    def earned(self) -> int:
        return self._points_of(())

    @property
    def kept(self) -> int:
        return self._points_of(tuple(self.refunds.values()))

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
        return self.terms.points(total, max(min(goods, total), 0), self.tier)


@dataclass(frozen=True)
class Line:
    """What an event that takes effect should leave in the history.

    `back` are the points that a refund takes back, None while its order has not arrived.
    """

    event: Event
    terms: Terms
    tier: str
    earned: int
    kept: int
    back: int | None
    standing: Standing


class Book:
    """All orders of the shop; `terms` are those in force."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.orders: dict[str, Order] = {}
        self.lines: dict[str, list[Line]] = defaultdict(list)

    def judge(self, event: Event) -> str:
        """Take an event in, and say what comes of it: a result, or the code of a rejection."""
        order = self.orders.get(event.order)
        if order and order.member != event.member:
            if order.bought or isinstance(event, GaveBack):
                return "order_of_another_member"
            order = None  # refunds that somebody sent who is not the one who buys
        if isinstance(event, Bought):
            return self._buy(event, order)
        return self._give_back(event, order)

    def standing(self, member: str) -> Standing:
        by_month: dict[int, int] = {}
        for order in self.orders.values():
            if order.member == member and order.bought and order.terms:
                month = month_number(order.terms.day_of(order.bought.at))
                by_month[month] = by_month.get(month, 0) + order.kept
        return Standing(self.terms, by_month)

    def _buy(self, event: Bought, order: Order | None) -> str:
        if order and order.bought:
            same = (order.bought.total, order.bought.extras) == (event.total, event.extras)
            return "duplicate" if same else "order_differs"
        month = month_number(self.terms.day_of(event.at))
        tier = self.standing(event.member).tier(month)
        waiting = order.refunds if order else {}
        order = Order(event.member, event, self.terms, tier)
        for name, refund in waiting.items():
            (order.refunds if order.has_room_for(refund) else order.refused)[name] = refund
        self.orders[event.order] = order
        self._write(event, order, None)
        return "processed"

    def _give_back(self, event: GaveBack, order: Order | None) -> str:
        order = order or self.orders.setdefault(event.order, Order(event.member))
        known = order.refunds.get(event.refund) or order.refused.get(event.refund)
        if known:
            said = [
                (each.total, sorted(each.lines)) for each in (known, replace(event, at=known.at))
            ]
            return "duplicate" if said[0] == said[1] else "refund_differs"
        if order.bought and not order.has_room_for(event):
            return "refund_exceeds_order"
        before = order.kept
        order.refunds[event.refund] = event
        self._write(event, order, before - order.kept if order.bought else None)
        return "processed"

    def _write(self, event: Event, order: Order, back: int | None) -> None:
        self.lines[event.member].append(
            Line(
                event,
                order.terms or self.terms,
                order.tier,
                order.earned,
                order.kept,
                back,
                self.standing(event.member),
            )
        )
