"""Record a purchase: once, whoever delivers it however often."""

from __future__ import annotations

from loyalty_shared.domain.entries import Draft, Entry
from loyalty_shared.domain.orders import AlreadyRecorded, Purchase
from loyalty_shared.domain.purchases import decide_purchase
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.standing import Standing


def record_purchase(ledger: Ledger, purchase: Purchase) -> Entry | AlreadyRecorded:
    """Give the member of a purchase its points, or say that they have them.

    Raises:
        OrderOfAnotherMember: when the order was recorded for another member.
        OrderDiffers: when the order was recorded with another amount.
        TryAgain: when the ledger could not be written for now.
    """

    def decide(standing: Standing) -> Draft | AlreadyRecorded:
        occasion = standing.occasion(standing.order(purchase.order_id))
        return decide_purchase(ledger.program, purchase, standing.account, occasion)

    return ledger.record(purchase.member_id, decide)
