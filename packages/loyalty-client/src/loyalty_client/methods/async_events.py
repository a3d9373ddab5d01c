"""What an asynchronous client tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from loyalty_client.calls import events as calls
from loyalty_client.calls.events import OrderLine, RefundLine
from loyalty_client.encoding import Amount
from loyalty_client.methods.async_sender import AsyncSender


class AsyncEvents(AsyncSender):
    """Tells what happened to orders."""

    async def send_event(self, event: Mapping[str, Any]) -> int:
        """Tell an event, as a shop publishes it; 1 is answered once it is on disk.

        The same event may be sent at any time again: it takes effect once.

        Raises:
            TypeError: for a float in it; a Decimal is written as the number that it is.
        """
        return await self.send(calls.send(event))

    async def send_events(self, events: Sequence[Mapping[str, Any]]) -> int:
        """Tell up to 1,000 events, all or none; gives how many."""
        return await self.send(calls.send(events))

    async def order_completed(  # noqa: PLR0913 - as many as a purchase has
        self,
        *,
        user_id: str,
        order_id: str,
        transaction_id: str,
        total_amount: Amount,
        currency: str | None = None,
        occurred_at: datetime | None = None,
        lines: Sequence[OrderLine] = (),
        shipping: Amount | None = None,
        tax: Amount | None = None,
    ) -> int:
        """Tell a purchase; `transaction_id` is the payment's. Points are there a moment later.

        Raises:
            TypeError: for an amount that is a float.
        """
        call = calls.order_completed(
            user_id=user_id,
            order_id=order_id,
            transaction_id=transaction_id,
            total_amount=total_amount,
            currency=currency,
            occurred_at=occurred_at,
            lines=lines,
            shipping=shipping,
            tax=tax,
        )
        return await self.send(call)

    async def order_refunded(  # noqa: PLR0913 - as many as a refund has
        self,
        *,
        user_id: str,
        order_id: str,
        refund_id: str,
        amount: Amount | None = None,
        lines: Sequence[RefundLine] = (),
        currency: str | None = None,
        occurred_at: datetime | None = None,
    ) -> int:
        """Tell a refund: of an `amount`, of `lines`, or of lines and more, such as shipping.

        Raises:
            TypeError: for an amount that is a float.
        """
        call = calls.order_refunded(
            user_id=user_id,
            order_id=order_id,
            refund_id=refund_id,
            amount=amount,
            lines=lines,
            currency=currency,
            occurred_at=occurred_at,
        )
        return await self.send(call)
