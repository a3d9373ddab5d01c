"""The rule for a refund: its order earns what it would have, had only the kept part been bought.

What points paid of it comes back to the member in the same proportion.
"""

from __future__ import annotations

from dataclasses import replace

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, EntryType, Reversal
from loyalty_shared.domain.errors import RefundDiffers, RefundExceedsOrder
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.orders import (
    AlreadyRecorded,
    Order,
    Refund,
    require_same_member,
    what_is_too_much,
)
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.recounting import Recount, decide_recount
from loyalty_shared.domain.restoring import with_payments_given_back


def decide_refund(
    program: Program, refund: Refund, account: Account, occasion: Occasion
) -> Draft | AlreadyRecorded:
    """Decide what a refund does to an account.

    Before its purchase has arrived, a refund is remembered, and waits for it.

    Raises:
        OrderOfAnotherMember: when the order was recorded for another member.
        RefundDiffers: when the refund was recorded with another amount.
        RefundExceedsOrder: when it gives back more than is left of the order, or of a line.
    """
    known = occasion.order or Order(refund.order_id, refund.member_id, bought=None, points=0)
    require_same_member(known, refund.member_id, *account.merged, occasion.member_id)
    before = known.refund(refund.returned.refund_id)
    if before is not None:
        if before != refund.returned:
            raise RefundDiffers(
                f"refund {before.refund_id} of order {known.order_id} was recorded with"
                f" {before.amount} {before.amount.currency}, and now comes with another content"
            )
        return AlreadyRecorded(known)
    if known.bought is None:
        return _waiting(program, refund, account, known)
    return _taken_back(program, refund, account, occasion)


def _waiting(program: Program, refund: Refund, account: Account, order: Order) -> Draft:
    returned = refund.returned
    return Draft(
        type=EntryType.REVERSE,
        points=0,
        occurred_at=refund.occurred_at,
        program_version=program.version,
        account=account.begun(program.tiers, program.date_of(refund.occurred_at)),
        order_id=refund.order_id,
        came_as=order.member_id,
        reversal=Reversal((returned.refund_id,), returned.amount),
        orders=(order.with_refund(returned),),
    )


def _taken_back(program: Program, refund: Refund, account: Account, occasion: Occasion) -> Draft:
    known, returned = occasion.order, refund.returned
    assert known and known.bought and occasion.terms  # noqa: S101, PT018 - for the types
    too_much = what_is_too_much(known.bought, known.refunds, returned)
    if too_much is not None:
        raise RefundExceedsOrder(
            f"refund {returned.refund_id} of order {known.order_id} gives back {too_much}"
        )
    order, today = known.with_refund(returned), program.date_of(occasion.now)
    recount = Recount(known, order, refund.occurred_at, today, program)
    draft = decide_recount(occasion.terms, recount, account, EntryType.REVERSE)
    assert draft.reversal is not None  # noqa: S101 - for the types: a recount has one
    reversal = replace(draft.reversal, refund_ids=(returned.refund_id,), refunded=returned.amount)
    draft = replace(draft, reversal=reversal)
    return with_payments_given_back(program, draft, (known, order), today)
