"""The rule for quotes: what a purchase would earn now, and how many points could pay for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from math import ceil

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.earning import Earning
from loyalty_shared.domain.entries import Draft
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.money import Money, exponent_of
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.purchases import decide_purchase
from loyalty_shared.domain.redemptions import Redemption, decide_redemption


@dataclass(frozen=True, slots=True)
class Worth:
    """Points and what they pay."""

    points: int
    value: Money


@dataclass(frozen=True, slots=True)
class Quote:
    """What a purchase would come to.

    `earning` is what it would earn, `lot` where these points would go. `available` is what can be
    used now, of which `redeemable` could pay for it at the most; `redeemed` is what was asked to
    pay, and `to_pay` the rest, in money.
    """

    earning: Earning
    lot: Lot
    available: int
    redeemable: Worth
    redeemed: Worth
    to_pay: Money


def quote(
    program: Program, purchase: Purchase, points: int, account: Account, now: datetime
) -> Quote:
    """Say what a purchase would earn and cost that `points` pay for a part of (0: none).

    It asks the rules for spending and buying themselves, and writes nothing of their answers.

    Raises:
        PointsNotRedeemable, InsufficientPoints, RedemptionExceedsOrder: as redeeming would.
    """
    today = program.date_of(now)
    available = account.available_on(today)
    most = _most(program, purchase.total, available)
    occasion = Occasion(purchase.member_id, 1, "quote", now)
    redeemed = Worth(0, Money(0, program.currency))
    if points:
        spending = Redemption(points, purchase.order_id)
        draft = decide_redemption(program, spending, account, occasion)
        redeemed = Worth(points, program.redemption.value_of(points, program.currency))
        account, occasion = draft.account, replace(occasion, order=draft.orders[0])
    draft_of_purchase = decide_purchase(program, purchase, account, occasion)
    assert isinstance(draft_of_purchase, Draft)  # noqa: S101 - for the types: it is new
    earning = draft_of_purchase.earning
    assert earning is not None  # noqa: S101 - for the types: a purchase has one
    return Quote(
        earning=earning,
        lot=program.lot_of(_day(program, purchase), earning.points),
        available=available,
        redeemable=Worth(most, program.redemption.value_of(most, program.currency)),
        redeemed=redeemed,
        to_pay=Money(max(purchase.total.minor - redeemed.value.minor, 0), purchase.total.currency),
    )


def _most(program: Program, total: Money, available: int) -> int:
    # So many points pay a minor unit. None pay more than all of it, and no more than needed.
    rules = program.redemption
    rate = Fraction(rules.points_per_unit, 10 ** exponent_of(total.currency))
    most = rules.most_of(min(available, ceil((total.minor + 1) * rate) - 1))
    enough = max(ceil(total.minor * rate / rules.step) * rules.step, rules.least)
    points = min(most, enough)
    return points if rules.value_of(points, total.currency).minor else 0


def _day(program: Program, purchase: Purchase) -> date:
    return program.date_of(purchase.occurred_at)
