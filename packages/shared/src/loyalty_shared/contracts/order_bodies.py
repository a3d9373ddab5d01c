"""An order as the API shows it."""

from __future__ import annotations

from datetime import datetime

from loyalty_shared.contracts.bodies import Body, MoneyBody
from loyalty_shared.domain.orders import Order, Returned, kept_of


class OrderRefundBody(Body):
    """A refund of an order. It is not `accepted` where it was more than the order had left.

    While the order has not arrived, nobody knows: then it is null.
    """

    refund_id: str
    amount: MoneyBody
    accepted: bool | None

    @classmethod
    def of(cls, returned: Returned, *, accepted: bool | None) -> OrderRefundBody:
        """Show a refund."""
        return cls(
            refund_id=returned.refund_id, amount=MoneyBody.of(returned.amount), accepted=accepted
        )


class OrderBody(Body):
    """What the ledger remembers of an order; `points` is what it earns now.

    While only refunds of it have arrived, they wait, and all that its purchase says is null.
    """

    order_id: str
    member_id: str
    points: int
    total: MoneyBody | None
    kept: MoneyBody | None
    tier: str | None
    program_version: str | None
    occurred_at: datetime | None
    transaction_id: str | None
    payment_transaction_id: str | None
    refunds: list[OrderRefundBody]

    @classmethod
    def of(cls, order: Order, transaction_id: str | None) -> OrderBody:
        """Show an order and the id of the transaction that it earned with."""
        bought = order.bought
        return cls(
            order_id=order.order_id,
            member_id=order.member_id,
            points=order.points,
            total=MoneyBody.of(bought.total) if bought else None,
            kept=MoneyBody.of(kept_of(bought, order.refunds).total) if bought else None,
            tier=bought.tier if bought else None,
            program_version=bought.program_version if bought else None,
            occurred_at=bought.occurred_at if bought else None,
            transaction_id=transaction_id,
            payment_transaction_id=bought.transaction_id if bought else None,
            refunds=[
                *(
                    OrderRefundBody.of(each, accepted=True if bought else None)
                    for each in order.refunds
                ),
                *(OrderRefundBody.of(each, accepted=False) for each in order.refused),
            ],
        )
