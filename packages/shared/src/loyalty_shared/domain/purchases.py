"""The rule for a completed order: it earns once, under the tier held before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.earning import Earning, earn
from loyalty_shared.domain.entries import Draft, EntryType, Reversal
from loyalty_shared.domain.errors import OrderDiffers, OrderOfAnotherMember
from loyalty_shared.domain.lots import Lot, with_lot
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import (
    Bought,
    Order,
    Purchase,
    Returned,
    kept_of,
    what_is_too_much,
)
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.tiers import TierLevel


@dataclass(frozen=True, slots=True)
class AlreadyRecorded:
    """It took effect before: nothing is left to write."""

    order: Order


def decide_purchase(
    program: Program,
    purchase: Purchase,
    account: Account,
    seq: int,
    known: Order | None,
) -> Draft | AlreadyRecorded:
    """Decide what a purchase does to an account, as entry `seq` of its member.

    `known` is the order as the ledger remembers it, None where it is new. Refunds of it may have
    arrived before it: then it earns what the part earns that was kept.

    Raises:
        OrderOfAnotherMember: when the order was recorded for another member.
        OrderDiffers: when it was recorded with another amount.
    """
    if known is not None and known.bought is not None:
        require_same_member(known, purchase.member_id)
        return _recognised(purchase, known, known.bought)
    if known is not None and known.member_id != purchase.member_id:
        known = None  # refunds that somebody sent for a member who never bought it
    day = program.date_of(purchase.occurred_at)
    level = program.tiers.level_in(month_of(day), account.qualification)
    earning = earn(program.earning, level, total=purchase.total, goods=purchase.goods)
    order = Order(
        order_id=purchase.order_id,
        member_id=purchase.member_id,
        bought=_bought(program, purchase, earning, seq),
        points=earning.points,
    )
    reversal = None
    if known is not None:
        order, reversal = _netted(program, order, level, known.refunds)
    return Draft(
        type=EntryType.EARN,
        points=order.points,
        occurred_at=purchase.occurred_at,
        program_version=program.version,
        account=_credited(program, account, earning.points, order.points, day),
        order_id=purchase.order_id,
        earning=earning,
        reversal=reversal,
        orders=(order,),
    )


def lot_of(program: Program, purchased_on: date, points: int) -> Lot:
    """Give the lot that points of a purchase go into under a program."""
    pending_days = program.earning.pending_days
    return Lot(
        points=points,
        activates_on=purchased_on + timedelta(days=pending_days) if pending_days else None,
        expires_on=program.expiry.expires_on(purchased_on),
    )


def require_same_member(known: Order, member_id: str) -> None:
    """See to it that an order stays with its member.

    Raises:
        OrderOfAnotherMember: when it was recorded for another one.
    """
    if known.member_id != member_id:
        raise OrderOfAnotherMember(f"order {known.order_id} belongs to another member")


def _recognised(purchase: Purchase, known: Order, bought: Bought) -> AlreadyRecorded:
    if not bought.is_of(purchase):
        raise OrderDiffers(
            f"order {known.order_id} was recorded with {_amounts(bought)},"
            f" and now comes with {_amounts(purchase)}"
        )
    return AlreadyRecorded(known)


def _amounts(order: Bought | Purchase) -> str:
    return f"{order.total} {order.total.currency} ({order.goods} of it for goods)"


def _bought(program: Program, purchase: Purchase, earning: Earning, seq: int) -> Bought:
    return Bought(
        transaction_id=purchase.transaction_id,
        total=purchase.total,
        goods=purchase.goods,
        lines=purchase.lines,
        occurred_at=purchase.occurred_at,
        program_version=program.version,
        tier=earning.tier,
        earned=earning.points,
        seq=seq,
    )


def _netted(
    program: Program, order: Order, level: TierLevel, waiting: tuple[Returned, ...]
) -> tuple[Order, Reversal | None]:
    bought = order.bought
    assert bought is not None  # noqa: S101 - for the types: it has just been bought
    for returned in waiting:
        # They were taken as they came, since nothing was known to be too much.
        if what_is_too_much(bought, order.refunds, returned):
            order = replace(order, refused=(*order.refused, returned))
        else:
            order = order.with_refund(returned)
    if not order.refunds:
        return order, None
    kept = kept_of(bought, order.refunds)
    earning = earn(program.earning, level, total=kept.total, goods=kept.goods)
    reversal = Reversal(
        refund_ids=tuple(each.refund_id for each in order.refunds),
        refunded=Money(bought.total.minor - kept.total.minor, bought.total.currency),
        before=order.points,
        kept=earning,
    )
    return replace(order, points=earning.points), reversal


def _credited(program: Program, account: Account, earned: int, kept: int, day: date) -> Account:
    life = account.lifetime
    # Points that are owed are paid before any can be used, or pended.
    paid = min(account.debt, kept)
    credited = replace(
        account,
        lots=with_lot(account.lots, lot_of(program, day, kept - paid)),
        debt=account.debt - paid,
        lifetime=replace(life, earned=life.earned + earned, reversed=life.reversed + earned - kept),
    )
    return credited.qualified(program.tiers, kept, month_of(day), day)
