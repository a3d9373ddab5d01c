"""Record a refund: once, and by the rules that its order was earned under."""

from __future__ import annotations

from datetime import date

from loyalty_shared.domain.entries import Draft, Entry, EntryType
from loyalty_shared.domain.errors import TooMuchContention
from loyalty_shared.domain.orders import Order, Refund
from loyalty_shared.domain.purchases import AlreadyRecorded
from loyalty_shared.domain.refunds import Terms, decide_refund, lot_of_order
from loyalty_shared.domain.settling import decide_settling_of_lots
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.ledger import Ledger, Standing

_ENTRIES_A_READ = 100
# What time asks for goes before a refund: an activation and an expiry, and again where others
# write late purchases in between.
_MOST_SETTLINGS = 16
_TIME = (EntryType.ACTIVATE, EntryType.EXPIRE)


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
        if known is None or known.bought is None or known.refund(refund.returned.refund_id):
            terms = Terms(ledger.program, ledger.program)
            return decide_refund(terms, refund, standing.account, known, today)
        # What is expired is settled first, so that a refund comes out the same swept or not.
        settling = decide_settling_of_lots(ledger.program, standing.account, today)
        if settling is not None and known.member_id == refund.member_id:
            return settling
        terms = _terms(ledger, known, today)
        return decide_refund(terms, refund, standing.account, known, today)

    for _ in range(_MOST_SETTLINGS):
        recorded = ledger.record(refund.member_id, decide)
        if isinstance(recorded, AlreadyRecorded) or recorded.type not in _TIME:
            return recorded
    raise TooMuchContention("others kept writing purchases whose points are over already")


def _terms(ledger: Ledger, known: Order, today: date) -> Terms:
    bought = known.bought
    assert bought is not None  # noqa: S101 - for the types: the caller looked
    of_order = ledger.program_of(bought.program_version)
    own = lot_of_order(of_order, bought)
    expired = 0
    if own.expires_on is not None and own.is_expired(today):
        expired = _expired_on(ledger, known.member_id, bought.seq, own.expires_on)
    return Terms(of_order, ledger.program, expired)


def _expired_on(ledger: Ledger, member_id: str, seq: int, last_day: date) -> int:
    """Sum the points of a last day that expired since an entry, less what stood for refunds.

    A lot that is gone leaves no trace in the account, so this reads the history. It is long only
    for a refund that comes long after its points expired.
    """
    points, before = 0, _points_until(ledger, member_id, seq, last_day)
    while stored := ledger.store.entries_after(ledger.member_key(member_id), seq, _ENTRIES_A_READ):
        for entry in (decode_entry(each.body) for each in stored):
            after = _points_of(entry, last_day)
            if entry.type is EntryType.EXPIRE:
                points += before - after
            taken = entry.reversal.expired if entry.reversal else None
            if taken is not None and taken.expires_on == last_day:
                points -= taken.points
            seq, before = entry.seq, after
    return points


def _points_until(ledger: Ledger, member_id: str, seq: int, last_day: date) -> int:
    stored = ledger.store.entry(ledger.member_key(member_id), seq)
    return _points_of(decode_entry(stored.body), last_day) if stored else 0


def _points_of(entry: Entry, last_day: date) -> int:
    return sum(lot.points for lot in entry.account.lots if lot.expires_on == last_day)
