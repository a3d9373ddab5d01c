"""The rules for spending points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.errors import InsufficientPoints, TooManyPayments
from loyalty_shared.domain.lots import Lots, spent, taken_from
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.orders import Order, Paid, require_same_member
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.recounting import paying
from loyalty_shared.domain.restoring import with_payments_given_back

MOST_PAYMENTS = 20  # a refund of the order gives back of each, in one write


@dataclass(frozen=True, slots=True)
class Redemption:
    """A wish to spend points, for an order or for something else that `note` says."""

    points: int
    order_id: str | None = None
    note: str | None = None


def decide_redemption(
    program: Program, redemption: Redemption, account: Account, occasion: Occasion
) -> Draft:
    """Decide what spending does to an account: what expires first is used first.

    Raises:
        PointsNotRedeemable: when the program does not let so many be spent.
        InsufficientPoints: when fewer can be used now.
        OrderOfAnotherMember: when the order is not the member's.
        RedemptionExceedsOrder: when it pays more than the order costs.
        TooManyPayments: when as many redemptions pay for the order as may.
    """
    program.redemption.require(redemption.points)
    left, taken = put_aside(account, redemption.points, program.date_of(occasion.now))
    return decide_spending(program, redemption, left, taken, occasion)


def put_aside(account: Account, points: int, today: date) -> tuple[Account, Lots]:
    """Take points that can be used out of an account; gives the rest of it, and their lots.

    Raises:
        InsufficientPoints: when fewer can be used.
    """
    lots, missing = spent(account.lots, points, today)
    if missing:
        available = points - missing
        raise InsufficientPoints(f"{points} are asked for, {available} are available")
    return replace(account, lots=lots), taken_from(account.lots, lots)


def decide_spending(
    program: Program, redemption: Redemption, account: Account, taken: Lots, occasion: Occasion
) -> Draft:
    """Decide what spending points does that an account has no longer: `taken` are their lots.

    An order that they pay for earns on the rest of it only; one that was there before earns less
    from now on.

    Raises:
        OrderOfAnotherMember: when the order is not the member's.
        RedemptionExceedsOrder: when it pays more than the order costs.
        TooManyPayments: when as many redemptions pay for the order as may.
    """
    life = account.lifetime
    draft = Draft(
        type=EntryType.REDEEM,
        points=-redemption.points,
        occurred_at=occasion.now,
        program_version=program.version,
        account=replace(
            account, lifetime=replace(life, redeemed=life.redeemed + redemption.points)
        ),
        order_id=redemption.order_id,
        value=program.redemption.value_of(redemption.points, program.currency),
        taken=taken,
        note=redemption.note,
        came_as=occasion.asked_as,
    )
    if redemption.order_id is None:
        return draft
    known = occasion.order or Order(redemption.order_id, occasion.asked_as, bought=None, points=0)
    require_same_member(known, occasion.member_id, *account.merged)
    assert draft.value is not None  # noqa: S101 - for the types: it was just set
    if len(known.paid) >= MOST_PAYMENTS:
        raise TooManyPayments(f"{MOST_PAYMENTS} redemptions pay for an order at the most")
    payment = Paid(occasion.transaction_id, occasion.asked_as, taken, draft.value)
    order = replace(known, paid=(*known.paid, payment))
    draft = paying(program, draft, order, occasion)
    # Refunds may have come before: then a part of these points is given back at once.
    whole = replace(order, refunds=(), paid=(payment,))
    today = program.date_of(occasion.now)
    return with_payments_given_back(program, draft, (whole, replace(order, paid=(payment,))), today)
