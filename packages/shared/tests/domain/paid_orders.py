"""Random orders that points pay for: what the laws of spending are tested over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from fractions import Fraction
from math import floor

from hypothesis import strategies as st
from packages.shared.tests.domain.order_histories import OrderEvents, day_after, orders, programs
from packages.shared.tests.domain.spending_ledger import MEMBER, Paying, Step

from loyalty_shared.domain.lots import Lot, Lots
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Refund, Returned
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.redeeming import RedemptionRules
from loyalty_shared.domain.redemptions import Redemption


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """An order that redemptions pay for, and refunds of it, under a program; in any order.

    `lots` are what there is before: enough for all of it. `now` is a day on which all of it can
    happen, and none of the points is over.
    """

    program: Program
    events: OrderEvents
    payments: tuple[int, ...]
    lots: Lots
    now: datetime

    @property
    def steps(self) -> list[Step]:
        return [*self.events.happenings, *self.paying()]

    def paying(self) -> list[Paying]:
        order_id = self.events.purchase.order_id
        redemptions = [Redemption(points, order_id) for points in self.payments]
        return [Paying(f"key-{number}", each) for number, each in enumerate(redemptions)]

    @property
    def refunded(self) -> int:
        return sum(each.returned.amount.minor for each in self.events.refunds)


@st.composite
def paid_orders(draw: st.DrawFn, *, of_amounts: bool = False) -> PaidOrder:
    """Draw an order that points pay for; its refunds name no lines if they are `of_amounts`."""
    rate = draw(st.sampled_from([Fraction(100), Fraction(1, 3), Fraction(150), Fraction(7, 10)]))
    return_days = draw(st.sampled_from([0, 30]))
    program = replace(draw(programs()), redemption=RedemptionRules(rate, 1, 1, return_days))
    if draw(st.booleans()):  # a point a cent, so that none is lost unseen
        program = replace(program, earning=replace(program.earning, points_per_unit=Fraction(100)))
    events = draw(orders())
    if of_amounts:
        refunds = tuple(
            replace(each, returned=replace(each.returned, lines=())) for each in events.refunds
        )
        events = OrderEvents(replace(events.purchase, lines=()), refunds)
    payments = []
    left = events.purchase.total.minor
    for _ in range(draw(st.integers(1, 3))):
        most = floor(Fraction(left + 1, 100) * rate)  # a fraction of a cent is dropped
        points = draw(st.one_of(st.integers(1, max(most, 1)), st.just(most)))
        value = program.redemption.value_of(points, "EUR").minor
        if points and value <= left:
            payments.append(points)
            left -= value
    points = sum(payments)
    cut = draw(st.integers(0, points))
    beside = draw(st.sampled_from([0, 1, 500]))
    lots = (Lot(cut, None, date(2027, 12, 31)), Lot(points - cut + beside, None, None))
    now = datetime.combine(day_after(events.happenings), time(12), tzinfo=UTC)
    there = tuple(lot for lot in lots if lot.points)
    return PaidOrder(program, events, tuple(payments), there, now)


def given_back_at_once(
    paid: PaidOrder, of: int | None = None, *, beside: bool = False
) -> PaidOrder:
    """Let one refund give back what all of them did, or so much, in their stead or beside them."""
    purchase = paid.events.purchase
    amount = Money(paid.refunded if of is None else of, "EUR")
    refund = Refund("A-1", MEMBER, Returned("R-whole", amount), purchase.occurred_at)
    refunds = (*paid.events.refunds, refund) if beside else (refund,)
    return replace(paid, events=OrderEvents(purchase, refunds))
