"""The rule for an order that points pay for: points earn no points, and go back with a refund.

Points pay for every part of the order alike. So of what is kept, money paid the share that it paid
of the whole; and a refund gives back points and money in that proportion.
"""

from __future__ import annotations

from dataclasses import replace

from loyalty_shared.domain.earning import Earning, earn
from loyalty_shared.domain.lots import Lots, first_of
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Bought, Kept, Order, Paid, kept_of
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.tiers import TierLevel


def earned_by(program: Program, level: TierLevel, order: Order) -> Earning:
    """Compute what an order earns that was bought: the part that is kept and paid with money."""
    bought = _bought(order)
    kept = _in_money(bought, order.paid, kept_of(bought, order.refunds))
    return earn(program.earning, level, total=kept.total, goods=kept.goods)


def earned_by_the_whole_of(program: Program, level: TierLevel, order: Order) -> Earning:
    """Compute what an order would earn if nothing of it were given back."""
    return earned_by(program, level, replace(order, refunds=()))


def worth(paid: tuple[Paid, ...]) -> int:
    """Sum what points pay, in minor units."""
    return sum(each.value.minor for each in paid)


def left_of(payment: Paid, order: Order) -> Lots:
    """Give what refunds have not given back of a redemption: of the lots that were used first."""
    return first_of(payment.taken, payment.points - _given_back(payment, order))


def newly_given_back(before: Order, after: Order, payment: Paid) -> Lots:
    """Give what the refunds give back of a redemption that are in `after` and not in `before`.

    However an order's refunds are split, all of them together give back the same.
    """
    already, now = _given_back(payment, before), _given_back(payment, after)
    return _last(first_of(payment.taken, payment.points - already), now - already)


def _given_back(payment: Paid, order: Order) -> int:
    if order.bought is None:
        return 0
    total = order.bought.total.minor
    back = total - kept_of(order.bought, order.refunds).total.minor
    return payment.points * back // total if total else 0


def _in_money(bought: Bought, paid: tuple[Paid, ...], kept: Kept) -> Kept:
    total = bought.total.minor
    by_points = min(worth(paid), total)
    if not by_points:
        return kept
    currency = bought.total.currency
    return Kept(
        Money(kept.total.minor * (total - by_points) // total, currency),
        Money(kept.goods.minor * (total - by_points) // total, currency),
    )


def _last(lots: Lots, points: int) -> Lots:
    return first_of(lots[::-1], points)[::-1]


def _bought(order: Order) -> Bought:
    assert order.bought is not None  # noqa: S101 - for the types: the callers looked
    return order.bought
