"""Record a refund: once, and by the rules that its order was earned under."""

from __future__ import annotations

from loyalty_shared.domain.entries import Draft, Entry
from loyalty_shared.domain.orders import AlreadyRecorded, Refund
from loyalty_shared.domain.refunds import decide_refund
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.order_terms import occasion_of
from loyalty_shared.service.standing import Standing


def record_refund(ledger: Ledger, refund: Refund) -> Entry | AlreadyRecorded:
    """Take back what an order no longer earns, or remember the refund until its order arrives.

    Raises:
        OrderOfAnotherMember: when the order was recorded for another member.
        RefundDiffers: when the refund was recorded with another content.
        RefundExceedsOrder: when it gives back more than is left of the order, or of a line.
        LedgerDamaged: when the rules of the order are not there.
        TryAgain: when the ledger could not be written for now.
    """

    def decide(standing: Standing) -> Draft | AlreadyRecorded:
        occasion = occasion_of(ledger, standing, refund.order_id)
        return decide_refund(ledger.program, refund, standing.account, occasion)

    return ledger.record(refund.member_id, decide)
