"""Record what the shop says happened to an order."""

from __future__ import annotations

from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.orders import AlreadyRecorded, Happening, Purchase
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.service.refunds import record_refund


def record_happening(ledger: Ledger, happening: Happening) -> Entry | AlreadyRecorded:
    """Record a purchase or a refund, once, however often it is delivered.

    Raises: as `record_purchase` and `record_refund` do.
    """
    if isinstance(happening, Purchase):
        return record_purchase(ledger, happening)
    return record_refund(ledger, happening)
