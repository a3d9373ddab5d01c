"""What an order earns, computed again: after a refund, or when points pay for a part of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.earning import Earning
from loyalty_shared.domain.entries import Draft, EntryType, Reversal
from loyalty_shared.domain.errors import RedemptionExceedsOrder
from loyalty_shared.domain.lots import Lot, LotDates, taken_back
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.occasions import Occasion, OrderTerms
from loyalty_shared.domain.orders import Bought, Order
from loyalty_shared.domain.payments import earned_by, earned_by_the_whole_of, left_of, worth
from loyalty_shared.domain.program import Program, WhenSpent


@dataclass(frozen=True, slots=True)
class Recount:
    """An order as it was and as it is now, when that happened, and on which day it is told.

    `in_force` are the rules that say which tier the points that are left give from now on.
    """

    before: Order
    after: Order
    happened_at: datetime
    today: date
    in_force: Program


def lot_of_order(program: Program, bought: Bought) -> Lot:
    """Give the lot that an order's points went into, under the version that it was earned under."""
    return program.lot_of(program.date_of(bought.occurred_at), bought.earned)


def where_it_may_be(own: Lot) -> tuple[LotDates, LotDates]:
    """Say which lots an order's may have become: once active it is one with those as long."""
    return own.dates, (None, own.expires_on)


def decide_recount(
    terms: OrderTerms, recount: Recount, account: Account, type_: EntryType
) -> Draft:
    """Decide what it does to an account that an order of it earns something else from now on.

    Its points are taken back from where they went, as far as they are there. They come back, if it
    earns more, to where they would be had it earned so from the start.
    """
    bought = recount.after.bought
    assert bought is not None  # noqa: S101 - for the types: nothing is computed before
    kept, earned = _computed(terms.program, recount, bought)
    back = recount.before.points - kept.points
    own = lot_of_order(terms.program, bought)
    expired = max(min(back, terms.expired), 0)
    changed, missing = _moved(account, own, (back - expired, recount.today))
    forgiven = 0
    if terms.program.when_spent is WhenSpent.FORGIVE and type_ is EntryType.REVERSE:
        forgiven = max(missing - _not_spent_for_good(account, recount.before), 0)
        changed = replace(changed, debt=changed.debt - forgiven)
    life = account.lifetime
    taken = life.reversed + earned + back - forgiven
    gift = max(-taken, 0)  # was forgiven of an order that earns less than that by now
    changed = replace(
        changed,
        lifetime=replace(
            life,
            earned=life.earned + earned + gift,
            reversed=taken + gift,
            # Points that are not there to take, since they expired, were not the member's to lose.
            expired=life.expired - expired,
        ),
    )
    purchased_on = terms.program.date_of(bought.occurred_at)
    return Draft(
        type=type_,
        points=expired + forgiven - back,
        occurred_at=recount.happened_at,
        program_version=terms.program.version,
        account=changed.qualified(
            recount.in_force.tiers,
            -back,
            month_of(purchased_on),
            recount.in_force.date_of(recount.happened_at),
        ),
        order_id=recount.after.order_id,
        came_as=recount.after.member_id,
        reversal=Reversal(
            refund_ids=(),
            refunded=Money(0, bought.total.currency),
            before=recount.before.points,
            kept=kept,
            expired=Lot(expired, None, own.expires_on) if expired else None,
            forgiven=forgiven,
        ),
        orders=(replace(recount.after, points=kept.points),),
    )


def paying(program: Program, draft: Draft, order: Order, occasion: Occasion) -> Draft:
    """Remember with a draft what points pay of an order; if it was bought, it earns anew.

    Raises:
        RedemptionExceedsOrder: when they pay more than the order costs.
    """
    draft = replace(draft, orders=(order,))
    known = occasion.order
    if known is None or known.bought is None or occasion.terms is None:
        return draft
    total = known.bought.total
    if worth(order.paid) > max(total.minor, worth(known.paid)):
        raise RedemptionExceedsOrder(
            f"order {order.order_id} costs {total} {total.currency}, and points would pay more"
        )
    recount = Recount(known, order, occasion.now, program.date_of(occasion.now), program)
    correction = decide_recount(occasion.terms, recount, draft.account, EntryType.CORRECT)
    if correction.points == 0 and correction.account == draft.account:
        return replace(draft, orders=correction.orders)
    return replace(draft, then=correction)


def _computed(program: Program, recount: Recount, bought: Bought) -> tuple[Earning, int]:
    level = program.tiers.level_named(bought.tier)
    whole = earned_by_the_whole_of(program, level, recount.after).points
    before = earned_by_the_whole_of(program, level, recount.before).points
    return earned_by(program, level, recount.after), whole - before


def _not_spent_for_good(account: Account, order: Order) -> int:
    # What is held comes back, or pays for something else. What pays for the order comes back with
    # it: forgiven before, these points would have been got for nothing.
    paying = sum(lot.points for each in order.paid for lot in left_of(each, order))
    # As far as that is not owed already: a refund may be split.
    return max(account.held + paying - account.debt, 0)


def _moved(account: Account, own: Lot, back_on: tuple[int, date]) -> tuple[Account, int]:
    back, today = back_on
    if back < 0:
        return account.given_back((replace(own, points=-back),)), 0
    lots, missing = taken_back(account.lots, back, where_it_may_be(own), today)
    return replace(account, lots=lots, debt=account.debt + missing), missing
