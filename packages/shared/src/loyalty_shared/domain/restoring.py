"""The rules for giving spent points back: to the lots that they came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.errors import AlreadyRestored
from loyalty_shared.domain.lots import Lots
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.orders import Order
from loyalty_shared.domain.payments import left_of, newly_given_back
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.recounting import paying


@dataclass(frozen=True, slots=True)
class Spent:
    """A redemption that is to be undone: its id, its order if it had one, and its lots."""

    transaction_id: str
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
    told = _Telling(
        spent.transaction_id, spent.order_id, occasion.now, program.date_of(occasion.now)
    )
    draft = _given_back(program, lots, account, told)
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
            told = _Telling(payment.transaction_id, after.order_id, draft.occurred_at, today)
            restoring = _given_back(program, lots, newest.account, told)
            draft = _appended(draft, restoring)
    return draft


def _appended(draft: Draft, last: Draft) -> Draft:
    return replace(draft, then=_appended(draft.then, last) if draft.then else last)


@dataclass(frozen=True, slots=True)
class _Telling:
    """Of which redemption points come back, when that happened, and on which day it is told."""

    transaction_id: str
    order_id: str | None
    happened_at: datetime
    today: date


def _given_back(program: Program, lots: Lots, account: Account, told: _Telling) -> Draft:
    no_sooner = told.today + timedelta(days=program.redemption.return_days)
    points = sum(lot.points for lot in lots)
    life = account.lifetime
    back = account.given_back(
        tuple(
            replace(lot, expires_on=max(lot.expires_on, no_sooner) if lot.expires_on else None)
            for lot in lots
        )
    )
    return Draft(
        type=EntryType.RESTORE,
        points=points,
        occurred_at=told.happened_at,
        program_version=program.version,
        account=replace(back, lifetime=replace(life, redeemed=life.redeemed - points)),
        order_id=told.order_id,
        follows=told.transaction_id,
    )
