"""The rule for a completed order: it earns once, under the tier held before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.earning import Earning
from loyalty_shared.domain.entries import Draft, EntryType, Reversal
from loyalty_shared.domain.errors import OrderDiffers
from loyalty_shared.domain.lots import with_lot
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.orders import (
    AlreadyRecorded,
    Bought,
    Order,
    Purchase,
    Returned,
    kept_of,
    require_same_member,
    what_is_too_much,
)
from loyalty_shared.domain.payments import earned_by, earned_on_landing
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.restoring import with_payments_given_back
from loyalty_shared.domain.tiers import TierLevel


def decide_purchase(
    program: Program, purchase: Purchase, account: Account, occasion: Occasion
) -> Draft | AlreadyRecorded:
    """Decide what a purchase does to an account.

    Refunds of it may have arrived before it, and points that pay for it: then it earns what the
    part earns that was kept and is paid with money.

    Raises:
        OrderOfAnotherMember: when the order was recorded for another member.
        OrderDiffers: when it was recorded with another amount.
    """
    known = occasion.order
    if known is not None and known.bought is not None:
        require_same_member(known, purchase.member_id, *account.merged, occasion.member_id)
        return _recognised(purchase, known, known.bought)
    if known is None or known.member_id not in {occasion.member_id, *account.merged}:
        # What somebody sent for a member who never bought it does not keep it from who did.
        known = Order(purchase.order_id, purchase.member_id, bought=None, points=0)
    day = program.date_of(purchase.occurred_at)
    level = program.tiers.level_in(month_of(day), account.qualification)
    whole, earning = _landed(program, purchase, known, level, occasion)
    order, reversal = _netted(program, whole, level, known.refunds)
    draft = Draft(
        type=EntryType.EARN,
        points=order.points,
        occurred_at=purchase.occurred_at,
        program_version=program.version,
        account=_credited(program, account, earning.points, order.points, day),
        order_id=purchase.order_id,
        came_as=order.member_id,
        earning=earning,
        reversal=reversal,
        orders=(order,),
    )
    today = program.date_of(occasion.now)
    return with_payments_given_back(program, draft, (whole, order), today)


def _recognised(purchase: Purchase, known: Order, bought: Bought) -> AlreadyRecorded:
    if not bought.is_of(purchase):
        raise OrderDiffers(
            f"order {known.order_id} was recorded with {_amounts(bought)},"
            f" and now comes with {_amounts(purchase)}"
        )
    return AlreadyRecorded(known)


def _amounts(order: Bought | Purchase) -> str:
    return f"{order.total} {order.total.currency} ({order.goods} of it for goods)"


def _landed(
    program: Program, purchase: Purchase, known: Order, level: TierLevel, occasion: Occasion
) -> tuple[Order, Earning]:
    """Give the order as it was bought, whatever was given back before it came."""
    earning = earned_on_landing(program, level, purchase, known.paid)
    bought = Bought(
        transaction_id=purchase.transaction_id,
        total=purchase.total,
        goods=purchase.goods,
        lines=purchase.lines,
        occurred_at=purchase.occurred_at,
        program_version=program.version,
        tier=level.name,
        earned=earning.points,
        seq=occasion.seq,
        entered_for=occasion.member_id if occasion.member_id != purchase.member_id else None,
    )
    # It is of the id that it was bought under, whichever of the member's came first.
    order = Order(
        order_id=purchase.order_id,
        member_id=purchase.member_id,
        bought=bought,
        points=earning.points,
        refused=known.refused,
        paid=known.paid,
    )
    return order, earning


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
    earning = earned_by(program, level, order)
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
        lots=with_lot(account.lots, program.lot_of(day, kept - paid)),
        debt=account.debt - paid,
        lifetime=replace(life, earned=life.earned + earned, reversed=life.reversed + earned - kept),
    )
    return credited.qualified(program.tiers, kept, month_of(day), day)
