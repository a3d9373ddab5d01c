"""The rules for spending points, and for giving spent ones back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.errors import InsufficientPoints
from loyalty_shared.domain.lots import Lots, spent, with_lot
from loyalty_shared.domain.program import Program


@dataclass(frozen=True, slots=True)
class Redemption:
    """A wish to spend points, for an order or for something else that `note` says."""

    points: int
    order_id: str | None = None
    note: str | None = None


def decide_redemption(
    program: Program, redemption: Redemption, account: Account, now: datetime
) -> Draft:
    """Decide what spending does to an account: what expires first is used first.

    Raises:
        PointsNotRedeemable: when the program does not let so many be spent.
        InsufficientPoints: when fewer can be used now.
    """
    program.redemption.require(redemption.points)
    lots, missing = spent(account.lots, redemption.points, program.date_of(now))
    if missing:
        available = redemption.points - missing
        raise InsufficientPoints(f"{redemption.points} are asked for, {available} are available")
    life = account.lifetime
    return Draft(
        type=EntryType.REDEEM,
        points=-redemption.points,
        occurred_at=now,
        program_version=program.version,
        account=replace(
            account,
            lots=lots,
            lifetime=replace(life, redeemed=life.redeemed + redemption.points),
        ),
        order_id=redemption.order_id,
        value=program.redemption.value_of(redemption.points, program.currency),
        note=redemption.note,
    )


def decide_restoring(
    program: Program, taken: Lots, order_id: str | None, account: Account, now: datetime
) -> Draft:
    """Decide what giving spent points back does: to the lots that they came from.

    `taken` are these lots, with the points that were taken. Where their last day is too near, or
    over, they can be used for some days more. What is owed is paid first.
    """
    points = sum(lot.points for lot in taken)
    no_sooner = program.date_of(now) + timedelta(days=program.redemption.return_days)
    paid = min(account.debt, points)
    lots, left_to_pay = account.lots, paid
    for lot in taken:
        kept = max(lot.points - left_to_pay, 0)
        left_to_pay -= lot.points - kept
        last_day = max(lot.expires_on, no_sooner) if lot.expires_on else None
        lots = with_lot(lots, replace(lot, points=kept, expires_on=last_day))
    life = account.lifetime
    return Draft(
        type=EntryType.RESTORE,
        points=points,
        occurred_at=now,
        program_version=program.version,
        account=replace(
            account,
            lots=lots,
            debt=account.debt - paid,
            lifetime=replace(life, redeemed=life.redeemed - points),
        ),
        order_id=order_id,
    )
