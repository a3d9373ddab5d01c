"""Record a refund: once, and by the rules that its order was earned under."""

from __future__ import annotations

from datetime import date

from loyalty_shared.domain.entries import Draft, Entry, EntryType
from loyalty_shared.domain.orders import Order, Refund
from loyalty_shared.domain.purchases import AlreadyRecorded
from loyalty_shared.domain.refunds import Terms, decide_refund, lot_of_order, where_it_may_be
from loyalty_shared.service.entries import entries_of
from loyalty_shared.service.ledger import Ledger, Standing


def record_refund(ledger: Ledger, refund: Refund) -> Entry | AlreadyRecorded:
    """Take back what an order no longer earns, or remember the refund until its order arrives.

    Raises:
        OrderOfAnotherMember: when the order was recorded for another member.
        RefundDiffers: when the refund was recorded with another content.
        RefundExceedsOrder: when it gives back more than is left of the order, or of a line.
        LedgerDamaged: when the rules of the order are not there.
        TryAgain: when the ledger could not be written for now.
    """
    today = ledger.today()

    def decide(standing: Standing) -> Draft | AlreadyRecorded:
        known = standing.order(refund.order_id)
        terms = _terms(standing, known, refund, today)
        return decide_refund(terms, refund, standing.account, known, today)

    return ledger.record(refund.member_id, decide)


def _terms(standing: Standing, known: Order | None, refund: Refund, today: date) -> Terms:
    ledger = standing.ledger
    bought = known.bought if known else None
    if known is None or bought is None or known.member_id != refund.member_id:
        return Terms(ledger.program, ledger.program)  # nothing is computed yet, or ever
    of_order = ledger.program_of(bought.program_version)
    own = lot_of_order(of_order, bought)
    there = sum(lot.points for lot in standing.account.lots if lot.dates in where_it_may_be(own))
    expired = 0
    # By what is there as well as by the date: other machines settle by clocks of their own.
    if own.expires_on is not None and (there < known.points or own.expires_on <= today):
        expired = _expired_on(ledger, known.member_id, bought.seq, own.expires_on)
    return Terms(of_order, ledger.program, expired)


def _expired_on(ledger: Ledger, member_id: str, seq: int, last_day: date) -> int:
    """Sum the points of a last day that expired since an entry, less what stood for refunds.

    A lot that is gone leaves no trace in the account, so this reads the history. Only a refund of
    points that expired, or were spent, does that.
    """
    in_all = since = stood = before = 0
    for entry in entries_of(ledger, member_id):
        after = _points_of(entry, last_day)
        if entry.type is EntryType.EXPIRE:
            in_all += before - after
            since += before - after if entry.seq > seq else 0
        taken = entry.reversal.expired if entry.reversal else None
        stood += taken.points if taken and taken.expires_on == last_day else 0
        before = after
    return min(since, in_all - stood)


def _points_of(entry: Entry, last_day: date) -> int:
    return sum(lot.points for lot in entry.account.lots if lot.expires_on == last_day)
