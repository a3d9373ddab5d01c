"""Quotes: what a basket would earn and could be paid with. Nothing is written."""

from __future__ import annotations

from loyalty_shared.domain.errors import RedemptionExceedsOrder
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.domain.quotes import Quote, quote
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.queries import account_followed


def quote_purchase(ledger: Ledger, purchase: Purchase, points: int) -> Quote:
    """Say what a purchase would earn now, were `points` to pay for a part of it.

    Raises:
        PointsNotRedeemable: when the program does not let so many be spent.
        InsufficientPoints: when fewer can be used now.
        RedemptionExceedsOrder: when they pay more than it costs.
        StoreUnavailable: when the store does not answer.
    """
    now = ledger.clock()
    account = account_followed(ledger, purchase.member_id, consistent=True).at(now)
    found = quote(ledger.program, purchase, points, account, now)
    if found.redeemed.value.minor > purchase.total.minor:
        total = purchase.total
        raise RedemptionExceedsOrder(f"{total} {total.currency} are to pay, the points pay more")
    return found
