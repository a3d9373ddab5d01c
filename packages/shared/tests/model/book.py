"""The model: what a shop's orders come to, by dictionaries and exact fractions.

It knows nothing of lots, entries or stores. It says of each event whether it takes effect, and what
lines that should leave in the member's history.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from packages.shared.tests.model.events import Bought, Event, GaveBack
from packages.shared.tests.model.lines import (
    CameBack,
    Earned,
    LetGo,
    Line,
    Recounted,
    SetAside,
    Spent,
    Waits,
)
from packages.shared.tests.model.orders import Order, Payment
from packages.shared.tests.model.purse import Hold
from packages.shared.tests.model.standings import Standing
from packages.shared.tests.model.terms import Terms, month_number

_MOST_PAYMENTS = 20


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
            order = None  # what somebody sent, or paid, who is not the one who buys
        if isinstance(event, Bought):
            return self._buy(event, order)
        return self._give_back(event, order)

    def pay(self, payment: Payment) -> str:
        """Let points be spent that are there, on an order or on nothing; say what comes of it."""
        name = payment.order
        order = self.orders.get(name) if name else None
        if order and order.member != payment.member:
            return "order_of_another_member"
        if order and len(order.paid) >= _MOST_PAYMENTS:
            return "too_many_payments"
        if order and order.bought:
            most = max(order.bought.total, order.cents_paid)
            if order.cents_paid + payment.cents > most:
                return "redemption_exceeds_order"
        self.lines[payment.member].append(Spent(payment))
        if name:
            order = order or self.orders.setdefault(name, Order(payment.member))
            earned, kept = order.earned, order.kept
            order.paid.append(payment)
            self._recount(name, order, (earned, kept))
            self._pay_back(order, None)
        return "processed"

    def undo(self, payment: Payment) -> str:
        """Let spent points be given back, as far as they are not back; say what comes of it."""
        left = payment.points - payment.given_back
        if not left:
            return "already_restored"
        payment.given_back = payment.points
        self.lines[payment.member].append(CameBack(payment, left, None))
        order = self.orders.get(payment.order) if payment.order else None
        if payment.order and order and payment in order.paid:
            earned, kept = order.earned, order.kept
            order.paid.remove(payment)
            self._recount(payment.order, order, (earned, kept))
        return "processed"

    def set_aside(self, hold: Hold) -> None:
        self.lines[hold.member].append(SetAside(hold))

    def let_go(self, hold: Hold) -> None:
        self.lines[hold.member].append(LetGo(hold))

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
        waiting, paid = (order.refunds, order.paid) if order else ({}, [])
        order = Order(event.member, event, self.terms, tier, paid=paid)
        for name, refund in waiting.items():
            (order.refunds if order.has_room_for(refund) else order.refused)[name] = refund
        self.orders[event.order] = order
        standing = self.standing(event.member)
        self.lines[event.member].append(
            Earned(event, self.terms, tier, order.earned, order.kept, standing)
        )
        self._pay_back(order, event.at)
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
        earned, kept = order.earned, order.kept
        order.refunds[event.refund] = event
        if order.bought:
            self._recount(event.order, order, (earned, kept), event)
            self._pay_back(order, event.at)
        else:
            self.lines[event.member].append(Waits(event, self.terms))
        return "processed"

    def _recount(
        self, name: str, order: Order, before: tuple[int, int], event: GaveBack | None = None
    ) -> None:
        if order.bought is None or order.terms is None:
            return
        earned, kept = before
        self.lines[order.member].append(
            Recounted(
                order=name,
                bought=order.bought,
                terms=order.terms,
                earned=order.earned - earned,
                back=kept - order.kept,
                kept=order.kept,
                paying=sum(each.points - each.given_back for each in order.paid),
                standing=self.standing(order.member),
                event=event,
            )
        )

    def _pay_back(self, order: Order, at: datetime | None) -> None:
        for payment in order.paid:
            more = order.due_back(payment) - payment.given_back
            if more:
                payment.given_back += more
                self.lines[order.member].append(CameBack(payment, more, at))
