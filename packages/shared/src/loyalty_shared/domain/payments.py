"""The rule for an order that points pay for: points earn no points, and go back with a refund.

Points pay for every part of the order alike. So of what is kept, money paid the share that it paid
of the whole; and a refund gives back points and money in that proportion.
"""

from __future__ import annotations

from dataclasses import replace

from loyalty_shared.domain.earning import Earning, earn
from loyalty_shared.domain.lots import Lots, first_of
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Bought, Kept, Order, Paid, Purchase, kept_of
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.tiers import TierLevel


def earned_by(program: Program, level: TierLevel, order: Order) -> Earning:
    """Compute what an order earns that was bought: the part that is kept and paid with money."""
    bought = _bought(order)
    return _earned(program, level, bought.total, kept_of(bought, order.refunds), order.paid)


def earned_on_landing(
    program: Program, level: TierLevel, purchase: Purchase, paid: tuple[Paid, ...]
) -> Earning:
    """Compute what a purchase earns that has just come, with nothing of it given back."""
    whole = Kept(purchase.total, purchase.goods)
    return _earned(program, level, purchase.total, whole, paid)


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


def _earned(
    program: Program, level: TierLevel, total: Money, kept: Kept, paid: tuple[Paid, ...]
) -> Earning:
    in_money = _in_money(total, paid, kept)
    return earn(program.earning, level, total=in_money.total, goods=in_money.goods)


def _in_money(total: Money, paid: tuple[Paid, ...], kept: Kept) -> Kept:
    by_points = min(worth(paid), total.minor)
    if not by_points:
        return kept
    by_money = total.minor - by_points
    return Kept(
        Money(kept.total.minor * by_money // total.minor, total.currency),
        Money(kept.goods.minor * by_money // total.minor, total.currency),
    )


def _last(lots: Lots, points: int) -> Lots:
    return first_of(lots[::-1], points)[::-1]


def _bought(order: Order) -> Bought:
    assert order.bought is not None  # noqa: S101 - for the types: the callers looked
    return order.bought
