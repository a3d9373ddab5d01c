"""Spend points, and give spent ones back."""

from __future__ import annotations

from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.errors import AlreadyRestored, NotRestorable
from loyalty_shared.domain.redemptions import Redemption, decide_redemption
from loyalty_shared.domain.restoring import Spent, decide_restoring
from loyalty_shared.service import queries
from loyalty_shared.service.commands import Asking, Done, perform, replayed
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.order_terms import occasion_of
from loyalty_shared.service.ports import ReferenceKey
from loyalty_shared.service.standing import AlreadyClaimed, Standing


def redeem(ledger: Ledger, asking: Asking, redemption: Redemption) -> Done:
    """Spend a member's points.

    Raises:
        PointsNotRedeemable: when the program does not let so many be spent.
        InsufficientPoints: when fewer can be used now.
        OrderOfAnotherMember: when the order is not the member's.
        RedemptionExceedsOrder: when it pays more than the order costs.
        IdempotencyKeyReused: when the key was used for another request.
        TryAgain: when the ledger could not be written for now.
    """
    wish = {
        "redeem": redemption.points,
        "order": redemption.order_id,
        "note": redemption.note,
    }

    def decide(standing: Standing) -> Draft:
        occasion = occasion_of(ledger, standing, redemption.order_id)
        return decide_redemption(ledger.program, redemption, standing.account, occasion)

    return perform(ledger, asking.command(wish), decide)


def restore(ledger: Ledger, asking: Asking, transaction_id: str) -> Done:
    """Give back the points that a transaction spent, once.

    Raises:
        TransactionNotFound: when the member has none of that id.
        NotRestorable: when it spent no points.
        AlreadyRestored: when they were given back before.
        IdempotencyKeyReused: when the key was used for another request.
        TryAgain: when the ledger could not be written for now.
    """
    wish = {"restore": transaction_id.lower()}
    before = replayed(ledger, asking.command(wish))
    if before is not None:
        return before
    found = queries.anywhere(ledger, asking.member_id, transaction_id)
    if found.entry.type is not EntryType.REDEEM:
        raise NotRestorable("the transaction spent no points")
    spent_by = found.entry.came_as or found.member_id
    spent = Spent(found.transaction_id, spent_by, found.entry.order_id, found.entry.taken)
    once = ReferenceKey(ledger.program.id, "restored", spent.transaction_id)

    def decide(standing: Standing) -> Draft:
        occasion = occasion_of(ledger, standing, spent.order_id)
        return decide_restoring(ledger.program, spent, standing.account, occasion)

    # Whether it pays for an order still is nothing that a write would find out.
    known = (ledger.order_key(spent.order_id),) if spent.order_id else ()
    # They are of the id that spent them, which may be parted by now from the one that is asked for.
    command = asking.command(wish, once=(once,), known=known, concerns=spent_by)
    try:
        return perform(ledger, command, decide)
    except AlreadyClaimed as error:
        raise AlreadyRestored("the points of the transaction were given back before") from error
