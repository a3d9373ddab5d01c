"""Spend points, and give spent ones back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.errors import AlreadyRestored, NotRestorable
from loyalty_shared.domain.redemptions import Redemption, decide_redemption, decide_restoring
from loyalty_shared.service import queries
from loyalty_shared.service.commands import Command, Done, perform
from loyalty_shared.service.ledger import AlreadyClaimed, Ledger, Standing
from loyalty_shared.service.ports import ReferenceKey


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for something, for which member, under which key."""

    member_id: str
    key: str
    actor: str | None


def redeem(ledger: Ledger, asking: Asking, redemption: Redemption) -> Done:
    """Spend a member's points.

    Raises:
        PointsNotRedeemable: when the program does not let so many be spent.
        InsufficientPoints: when fewer can be used now.
        IdempotencyKeyReused: when the key was used for another request.
        TryAgain: when the ledger could not be written for now.
    """
    wish = {
        "redeem": redemption.points,
        "order": redemption.order_id,
        "note": redemption.note,
    }

    def decide(standing: Standing) -> Draft:
        return decide_redemption(ledger.program, redemption, standing.account, ledger.clock())

    return perform(ledger, Command(asking.member_id, asking.key, wish, asking.actor), decide)


def restore(ledger: Ledger, asking: Asking, transaction_id: str) -> Done:
    """Give back the points that a transaction spent, once.

    Raises:
        TransactionNotFound: when the member has none of that id.
        NotRestorable: when it spent no points.
        AlreadyRestored: when they were given back before.
        IdempotencyKeyReused: when the key was used for another request.
        TryAgain: when the ledger could not be written for now.
    """
    spent = queries.transaction(ledger, asking.member_id, transaction_id)
    if spent.entry.type is not EntryType.REDEEM:
        raise NotRestorable("the transaction spent no points")
    taken = tuple(replace(lot, points=-lot.points) for lot in spent.change.lots)
    once = ReferenceKey(ledger.program.id, "restored", spent.transaction_id)
    wish = {"restore": spent.transaction_id}

    def decide(standing: Standing) -> Draft:
        return decide_restoring(
            ledger.program, taken, spent.entry.order_id, standing.account, ledger.clock()
        )

    command = Command(asking.member_id, asking.key, wish, asking.actor, (once,))
    try:
        return perform(ledger, command, decide)
    except AlreadyClaimed as error:
        raise AlreadyRestored("the points of the transaction were given back before") from error
