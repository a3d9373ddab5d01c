"""An order as the API shows it."""

from __future__ import annotations

from datetime import datetime

from loyalty_shared.contracts.bodies import Body, MoneyBody
from loyalty_shared.domain.orders import Order, Paid, Returned, kept_of
from loyalty_shared.domain.payments import left_of


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


class OrderPaymentBody(Body):
    """A redemption that pays for a part of an order, and what refunds gave back of it."""

    transaction_id: str
    points: int
    value: MoneyBody
    points_given_back: int

    @classmethod
    def of(cls, paid: Paid, order: Order) -> OrderPaymentBody:
        """Show what points pay."""
        return cls(
            transaction_id=paid.transaction_id,
            points=paid.points,
            value=MoneyBody.of(paid.value),
            points_given_back=paid.points - sum(lot.points for lot in left_of(paid, order)),
        )


class OrderBody(Body):
    """What the ledger remembers of an order; `points` is what it earns now.

    While its purchase has not arrived, refunds of it wait, and all that the purchase says is null.
    `paidWithPoints` are the redemptions that pay for a part of it; that part earns nothing.
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
    paid_with_points: list[OrderPaymentBody]
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
            paid_with_points=[OrderPaymentBody.of(each, order) for each in order.paid],
            refunds=[
                *(
                    OrderRefundBody.of(each, accepted=True if bought else None)
                    for each in order.refunds
                ),
                *(OrderRefundBody.of(each, accepted=False) for each in order.refused),
            ],
        )
