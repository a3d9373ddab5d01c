"""Entries and the references of their orders: each has to say what the other does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.earning import Basis, Earning
from loyalty_shared.domain.entries import EntryType, Reversal
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Bought, Order
from loyalty_shared.domain.payments import earned_by
from loyalty_shared.domain.program import Program
from loyalty_shared.service.verification.laws import Wrong
from loyalty_shared.service.verification.report import FaultCode
from loyalty_shared.service.verification.steps import Step


def names_an_order(step: Step) -> bool:
    """Say whether an entry is of an order that has to have a reference."""
    return step.entry.type in (EntryType.EARN, EntryType.REVERSE)


def wrong_with_order(step: Step, order: Order | None) -> Iterator[Wrong]:
    """Compare an entry of an order with what the order's reference holds, None for no reference."""
    if order is None:
        yield FaultCode.REFERENCE_MISSING, f"order {step.entry.order_id} has no reference"
    elif step.entry.type is EntryType.EARN:
        yield from _wrong_with_purchase(step, order)
    elif step.entry.reversal is not None:
        yield from _wrong_with_refund(step, step.entry.reversal, order)


def points_now(program: Program, bought: Bought, order: Order) -> Earning:
    """Compute what an order earns by now, under the rules that it was earned under."""
    return earned_by(program, program.tiers.level_named(bought.tier), order)


def _wrong_with_purchase(step: Step, order: Order) -> Iterator[Wrong]:
    entry, bought = step.entry, order.bought
    if bought is None or order.member_id not in _ids_of(step):
        yield _differs(order, "does not know of the purchase")
        return
    if bought.seq != entry.seq:
        yield FaultCode.ORDER_DOUBLED, f"order {order.order_id} was earned by entry {bought.seq}"
        return
    earning = entry.earning
    counted: Money = bought.goods if step.program.earning.basis is Basis.GOODS else bought.total
    told = (bought.earned, bought.tier, bought.program_version, bought.occurred_at)
    if (bought.entered_for or order.member_id) != step.member.member_id:
        yield _differs(order, "names another ledger")
    if (
        earning is None
        or told != (earning.points, earning.tier, entry.program_version, entry.occurred_at)
        # What points paid earns nothing.
        or not (
            earning.amount == counted or (_may_be_paid(step, order) and _is_less(earning, counted))
        )
    ):
        yield _differs(order, "says something else of the purchase")
    netted = entry.reversal.refund_ids if entry.reversal else ()
    if netted != tuple(each.refund_id for each in order.refunds[: len(netted)]):
        yield _differs(order, "has not the refunds that waited for it")


def _wrong_with_refund(step: Step, reversal: Reversal, order: Order) -> Iterator[Wrong]:
    bought = order.bought
    if order.member_id not in _ids_of(step):
        # Somebody sent a refund for a member who then was not the one who bought it.
        if bought is None or reversal.kept is not None:
            yield _differs(order, "is of another member")
        return
    for refund_id in reversal.refund_ids:
        returned = order.refund(refund_id)
        if returned is None or returned.amount != reversal.refunded:
            yield _differs(order, f"does not know refund {refund_id} as it is")
            return
    if reversal.kept is None:
        return
    earlier = [each.refund_id for each in order.refunds]
    if bought is None or reversal.refund_ids[0] not in earlier:
        yield _differs(order, "does not count the refund")
        return
    place = earlier.index(reversal.refund_ids[0])
    refunded = [replace(order, refunds=order.refunds[:end], paid=()) for end in (place, place + 1)]
    before, kept = (points_now(step.program, bought, each) for each in refunded)
    # What points paid at that time is not known any more.
    if not _may_be_paid(step, order) and (before.points, kept) != (reversal.before, reversal.kept):
        yield _differs(order, "gives another difference of points")
    bought_on = step.program.date_of(bought.occurred_at)
    month = month_of(bought_on)
    gone = reversal.expired
    if gone is not None and gone.expires_on != step.program.expiry.expires_on(bought_on):
        yield FaultCode.ARITHMETIC_DIFFERS, "the points that were gone are of another last day"
    back = reversal.before - reversal.kept.points
    if step.before.qualification.plus(-back, month) != step.after.qualification:
        yield FaultCode.ACCOUNT_DIFFERS, "its points do not leave the month they were earned in"


def _may_be_paid(step: Step, order: Order) -> bool:
    # The redemption may stand in the ledger of another one whom the member was merged with.
    came_over = step.entry.came_as or step.after.merged or order.member_id != step.member.member_id
    return step.pays_orders or bool(order.paid) or bool(came_over)


def _ids_of(step: Step) -> tuple[str | None, ...]:
    return (step.member.member_id, *step.after.merged, step.entry.came_as)


def _is_less(earning: Earning, counted: Money) -> bool:
    amount = earning.amount
    return amount.currency == counted.currency and amount.minor < counted.minor


def _differs(order: Order, what: str) -> Wrong:
    return FaultCode.REFERENCE_DIFFERS, f"the reference of order {order.order_id} {what}"
