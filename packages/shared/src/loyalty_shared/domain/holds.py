"""The rules for holds: points set aside at the checkout, then captured, released, or lapsed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.errors import (
    HoldNotOpen,
    HoldOfAnotherOrder,
    InsufficientPoints,
    TooManyHolds,
)
from loyalty_shared.domain.held import Hold, in_order_of_lapse
from loyalty_shared.domain.lots import first_of, taken_from
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.redemptions import Redemption, decide_spending, put_aside

MOST_OPEN_HOLDS = 10  # each stands in the account, and so in every entry


@dataclass(frozen=True, slots=True)
class Holding:
    """A wish to set points aside for a time, for an order or for something else."""

    points: int
    lasts: timedelta
    order_id: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """A wish to spend points of a hold, all of them where `points` is None."""

    hold_id: str
    points: int | None = None
    order_id: str | None = None
    note: str | None = None


def decide_hold(program: Program, holding: Holding, account: Account, occasion: Occasion) -> Draft:
    """Decide what setting points aside does: what expires first is set aside first.

    Raises:
        PointsNotRedeemable: when the program does not let so many be spent.
        InsufficientPoints: when fewer can be used now.
        TooManyHolds: when the member has as many open holds as anybody may have.
    """
    program.redemption.require(holding.points)
    if len(account.holds) >= MOST_OPEN_HOLDS:
        raise TooManyHolds(f"a member has {MOST_OPEN_HOLDS} open holds at the most")
    left, taken = put_aside(account, holding.points, program.date_of(occasion.now))
    expires_at = occasion.now + holding.lasts
    hold = Hold(
        hold_id=occasion.transaction_id,
        lots=taken,
        expires_at=expires_at,
        returns_until=program.date_of(expires_at) + timedelta(days=program.redemption.return_days),
        order_id=holding.order_id,
        came_as=occasion.came_as,
    )
    return Draft(
        type=EntryType.HOLD,
        points=0,
        occurred_at=occasion.now,
        program_version=program.version,
        account=replace(left, holds=(*left.holds, hold)),
        order_id=holding.order_id,
        note=holding.note,
    )


def decide_capture(
    program: Program, capture: Capture, account: Account, occasion: Occasion
) -> Draft:
    """Decide what spending the points of a hold does; what is not spent goes back.

    Raises:
        HoldNotOpen: when it was captured or released before, or has lapsed.
        HoldOfAnotherOrder: when it was made for another order.
        InsufficientPoints: when it has fewer points.
        PointsNotRedeemable: when the program does not let so many be spent.
        OrderOfAnotherMember: when the order is not the member's.
        RedemptionExceedsOrder: when it pays more than the order costs.
    """
    hold = open_hold(account, capture.hold_id)
    order_id = order_of(hold, capture)
    points = hold.points if capture.points is None else capture.points
    if points > hold.points:
        raise InsufficientPoints(f"{points} are asked for, the hold has {hold.points}")
    if points < hold.points:  # all of it was let when the hold was made
        program.redemption.require(points)
    taken = first_of(hold.lots, points)
    left = account.let_go(hold, taken_from(hold.lots, taken))
    redemption = Redemption(points, order_id, capture.note)
    # It counts under the id that the hold was made under, whoever captures it.
    occasion = replace(occasion, came_as=hold.came_as)
    return replace(
        decide_spending(program, redemption, left, taken, occasion), follows=hold.hold_id
    )


def decide_release(program: Program, hold_id: str, account: Account, occasion: Occasion) -> Draft:
    """Decide what letting go of a hold does: its points go back to the lots they came from.

    Raises:
        HoldNotOpen: when it was captured or released before, or has lapsed.
    """
    hold = open_hold(account, hold_id)
    let_go = _let_go(program, hold, account, occasion)
    return replace(let_go, type=EntryType.RELEASE, occurred_at=occasion.now)


def lapses(program: Program, account: Account, occasion: Occasion) -> Iterator[Draft]:
    """Give an entry for each hold that has lapsed, in the order in which they did."""
    for hold in in_order_of_lapse(account.holds):
        if not hold.is_open(occasion.now):
            draft = _let_go(program, hold, account, occasion)
            account = draft.account
            yield draft


def open_hold(account: Account, hold_id: str) -> Hold:
    """Find an open hold.

    Raises:
        HoldNotOpen: when it is none.
    """
    for hold in account.holds:
        if hold.hold_id == hold_id:
            return hold
    raise HoldNotOpen("the hold was captured or released, or it has lapsed")


def order_of(hold: Hold, capture: Capture) -> str | None:
    """Say which order a capture pays for: that of the hold, or the one that it names itself.

    Raises:
        HoldOfAnotherOrder: when these are two.
    """
    if hold.order_id and capture.order_id and hold.order_id != capture.order_id:
        raise HoldOfAnotherOrder(f"the hold was made for order {hold.order_id}")
    return hold.order_id or capture.order_id


def _let_go(program: Program, hold: Hold, account: Account, occasion: Occasion) -> Draft:
    return Draft(
        type=EntryType.LAPSE,
        points=0,
        occurred_at=hold.expires_at,
        program_version=program.version,
        account=account.let_go(hold, hold.lots),
        order_id=hold.order_id,
        follows=hold.hold_id,
        came_as=hold.came_as or occasion.member_id,
    )
