"""The rule for a refund: its order earns what it would have, had only the kept part been bought."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.earning import Earning, earn
from loyalty_shared.domain.entries import Draft, EntryType, Reversal
from loyalty_shared.domain.errors import RefundDiffers, RefundExceedsOrder
from loyalty_shared.domain.lots import Lot, LotDates, taken_back
from loyalty_shared.domain.orders import Bought, Order, Refund, kept_of, what_is_too_much
from loyalty_shared.domain.program import Program, WhenSpent
from loyalty_shared.domain.purchases import AlreadyRecorded, lot_of, require_same_member


@dataclass(frozen=True, slots=True)
class Terms:
    """What a refund is computed under.

    `of_order` is the program that the order was earned under: all that becomes of its points is by
    that one. `in_force` only says which tier the points that are left give from now on. `expired`
    is how many points of the order's lot were written off as expired, less those that stood for
    other refunds.
    """

    of_order: Program
    in_force: Program
    expired: int = 0


def decide_refund(
    terms: Terms, refund: Refund, account: Account, known: Order | None, today: date
) -> Draft | AlreadyRecorded:
    """Decide what a refund does to an account on a day.

    `known` is the order as the ledger remembers it. Before its purchase has arrived, a refund is
    remembered, and waits for it.

    Raises:
        OrderOfAnotherMember: when the order was recorded for another member.
        RefundDiffers: when the refund was recorded with another amount.
        RefundExceedsOrder: when it gives back more than is left of the order, or of a line.
    """
    if known is None:
        known = Order(refund.order_id, refund.member_id, bought=None, points=0)
    require_same_member(known, refund.member_id)
    before = known.refund(refund.returned.refund_id)
    if before is not None:
        if before != refund.returned:
            raise RefundDiffers(
                f"refund {before.refund_id} of order {known.order_id} was recorded with"
                f" {before.amount} {before.amount.currency}, and now comes with another content"
            )
        return AlreadyRecorded(known)
    if known.bought is None:
        return _waiting(terms.in_force, refund, account, known)
    return _taken_back(terms, refund, account, known, today)


def lot_of_order(program: Program, bought: Bought) -> Lot:
    """Give the lot that an order's points went into, under the version that it was earned under."""
    return lot_of(program, program.date_of(bought.occurred_at), bought.earned)


def where_it_may_be(own: Lot) -> tuple[LotDates, LotDates]:
    """Say which lots an order's may have become: once active it is one with those as long."""
    return own.dates, (None, own.expires_on)


def _waiting(program: Program, refund: Refund, account: Account, order: Order) -> Draft:
    returned = refund.returned
    if not account.tier:  # the refund is the first that is heard of the member
        day = program.date_of(refund.occurred_at)
        account = replace(account, tier=program.tiers.levels[0].name, tier_since=day)
    return Draft(
        type=EntryType.REVERSE,
        points=0,
        occurred_at=refund.occurred_at,
        program_version=program.version,
        account=account,
        order_id=refund.order_id,
        reversal=Reversal((returned.refund_id,), returned.amount),
        orders=(order.with_refund(returned),),
    )


def _taken_back(terms: Terms, refund: Refund, account: Account, known: Order, today: date) -> Draft:
    bought = known.bought
    assert bought is not None  # noqa: S101 - for the types: the caller looked
    returned = refund.returned
    too_much = what_is_too_much(bought, known.refunds, returned)
    if too_much is not None:
        raise RefundExceedsOrder(
            f"refund {returned.refund_id} of order {known.order_id} gives back {too_much}"
        )
    order = known.with_refund(returned)
    kept = _earned_by_what_is_kept(terms.of_order, bought, order)
    back = known.points - kept.points
    own = lot_of_order(terms.of_order, bought)
    expired = min(back, terms.expired)
    lots, missing = taken_back(account.lots, back - expired, where_it_may_be(own), today)
    forgiven = missing if terms.of_order.when_spent is WhenSpent.FORGIVE else 0
    life = account.lifetime
    reversed_account = replace(
        account,
        lots=lots,
        debt=account.debt + missing - forgiven,
        # Points that are not there to take, since they expired, were not the member's to lose.
        lifetime=replace(
            life,
            reversed=life.reversed + back - forgiven,
            expired=life.expired - expired,
        ),
    )
    purchased_on = terms.of_order.date_of(bought.occurred_at)
    return Draft(
        type=EntryType.REVERSE,
        points=expired + forgiven - back,
        occurred_at=refund.occurred_at,
        program_version=terms.of_order.version,
        account=reversed_account.qualified(
            terms.in_force.tiers,
            -back,
            month_of(purchased_on),
            terms.in_force.date_of(refund.occurred_at),
        ),
        order_id=refund.order_id,
        reversal=Reversal(
            refund_ids=(returned.refund_id,),
            refunded=returned.amount,
            before=known.points,
            kept=kept,
            expired=Lot(expired, None, own.expires_on) if expired else None,
            forgiven=forgiven,
        ),
        orders=(replace(order, points=kept.points),),
    )


def _earned_by_what_is_kept(program: Program, bought: Bought, order: Order) -> Earning:
    kept = kept_of(bought, order.refunds)
    level = program.tiers.level_named(bought.tier)
    return earn(program.earning, level, total=kept.total, goods=kept.goods)
