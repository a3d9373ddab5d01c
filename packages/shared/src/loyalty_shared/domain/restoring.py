"""The rules for giving spent points back: to the lots that they came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.errors import AlreadyRestored
from loyalty_shared.domain.lots import Lots, lasting
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.orders import Order
from loyalty_shared.domain.payments import left_of, newly_given_back
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.recounting import paying


@dataclass(frozen=True, slots=True)
class Spent:
    """A redemption that is to be undone: its id, its order if it had one, and its lots.

    `spent_by` is the id under which it was made.
    """

    transaction_id: str
    spent_by: str
    order_id: str | None
    taken: Lots


def decide_restoring(program: Program, spent: Spent, account: Account, occasion: Occasion) -> Draft:
    """Decide what giving back the points of a redemption does: those that are not back already.

    They pay for no order any longer, so an order that they paid for earns more from now on.

    Raises:
        AlreadyRestored: when refunds of the order have given all of them back.
    """
    known = occasion.order
    payment = known.payment(spent.transaction_id) if known else None
    lots = left_of(payment, known) if known and payment else spent.taken
    if not lots:
        raise AlreadyRestored("refunds have given back all points of the transaction")
    today = program.date_of(occasion.now)
    draft = _given_back(program, replace(spent, taken=lots), account, occasion.now, today)
    if known is None or payment is None:
        return draft
    return paying(program, draft, known.without(payment), occasion)


def with_payments_given_back(
    program: Program, draft: Draft, orders: tuple[Order, Order], today: date
) -> Draft:
    """Let a draft that refunds an order give back what points paid of the refunded part.

    `orders` are the order before and after these refunds.
    """
    before, after = orders
    for payment in after.paid:
        lots = newly_given_back(before, after, payment)
        if lots:
            newest = draft.with_all_that_follows()[-1]
            spent = Spent(payment.transaction_id, payment.spent_by, after.order_id, lots)
            restoring = _given_back(program, spent, newest.account, draft.occurred_at, today)
            draft = _appended(draft, restoring)
    return draft


def _appended(draft: Draft, last: Draft) -> Draft:
    return replace(draft, then=_appended(draft.then, last) if draft.then else last)


def _given_back(
    program: Program, spent: Spent, account: Account, happened_at: datetime, today: date
) -> Draft:
    no_sooner = today + timedelta(days=program.redemption.return_days)
    points = sum(lot.points for lot in spent.taken)
    life = account.lifetime
    back = account.given_back(lasting(spent.taken, no_sooner))
    return Draft(
        type=EntryType.RESTORE,
        points=points,
        occurred_at=happened_at,
        program_version=program.version,
        account=replace(back, lifetime=replace(life, redeemed=life.redeemed - points)),
        order_id=spent.order_id,
        follows=spent.transaction_id,
        came_as=spent.spent_by,
    )
