"""The rule for a completed order: it earns once, under the tier held before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.earning import earn
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.errors import OrderDiffers, OrderOfAnotherMember
from loyalty_shared.domain.lots import Lot, with_lot
from loyalty_shared.domain.orders import Order, Purchase
from loyalty_shared.domain.program import Program


@dataclass(frozen=True, slots=True)
class AlreadyRecorded:
    """The order took effect before: nothing is left to write."""

    order: Order


def decide_purchase(
    program: Program,
    purchase: Purchase,
    account: Account,
    seq: int,
    known: Order | None,
) -> Draft | AlreadyRecorded:
    """Decide what a purchase does to an account, as entry `seq` of its member.

    `known` is the order as the ledger remembers it, None where it is new.

    Raises:
        OrderOfAnotherMember: when the order was recorded for another member.
        OrderDiffers: when it was recorded with another amount.
    """
    if known is not None:
        return _recognise(purchase, known)
    day = program.date_of(purchase.occurred_at)
    month = month_of(day)
    level = program.tiers.level_in(month, account.qualification)
    earning = earn(program.earning, purchase, level)
    lot = _lot(program, day, earning.points)
    return Draft(
        type=EntryType.EARN,
        points=earning.points,
        occurred_at=purchase.occurred_at,
        program_version=program.version,
        account=_credited(program, account, lot, day),
        order_id=purchase.order_id,
        earning=earning,
        orders=(
            Order(
                order_id=purchase.order_id,
                member_id=purchase.member_id,
                transaction_id=purchase.transaction_id,
                total=purchase.total,
                goods=purchase.goods,
                occurred_at=purchase.occurred_at,
                program_version=program.version,
                tier=level.name,
                points=earning.points,
                seq=seq,
            ),
        ),
        due_on=_due_on(account, lot),
    )


def _recognise(purchase: Purchase, known: Order) -> AlreadyRecorded:
    if known.member_id != purchase.member_id:
        raise OrderOfAnotherMember(f"order {known.order_id} belongs to another member")
    if not known.is_of(purchase):
        raise OrderDiffers(
            f"order {known.order_id} was recorded with {_amounts(known)},"
            f" and now comes with {_amounts(purchase)}"
        )
    return AlreadyRecorded(known)


def _amounts(order: Order | Purchase) -> str:
    return f"{order.total} {order.total.currency} ({order.goods} of it for goods)"


def _lot(program: Program, purchased_on: date, points: int) -> Lot:
    pending_days = program.earning.pending_days
    return Lot(
        points=points,
        activates_on=purchased_on + timedelta(days=pending_days) if pending_days else None,
        expires_on=program.expiry.expires_on(purchased_on),
    )


def _credited(program: Program, account: Account, lot: Lot, day: date) -> Account:
    qualification = account.qualification.plus(lot.points, month_of(day))
    tier = program.tiers.level_in(qualification.newest_month, qualification).name
    return replace(
        account,
        lots=with_lot(account.lots, lot),
        lifetime=replace(account.lifetime, earned=account.lifetime.earned + lot.points),
        qualification=qualification,
        tier=tier,
        tier_since=account.tier_since if tier == account.tier else day,
    )


def _due_on(account: Account, lot: Lot) -> tuple[date, ...]:
    if lot.points == 0:
        return ()
    known = {day for each in account.lots for day in each.changes_on()}
    return tuple(day for day in lot.changes_on() if day not in known)
