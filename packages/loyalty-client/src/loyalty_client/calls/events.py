"""What the shop tells. An event may be sent again at any time: it takes effect once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loyalty_client.calls.call import Answer, Call
from loyalty_client.encoding import Amount, exact, moment_text, path_of, without_none


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """A line of an order; `amount` is what was paid for it, all of its quantity."""

    amount: Amount
    line_id: str | None = None
    sku: str | None = None
    quantity: Amount | None = None
    category: str | None = None
    brand: str | None = None


@dataclass(frozen=True, kw_only=True)
class RefundLine:
    """What was given back for a line of an order."""

    line_id: str
    amount: Amount


def send(events: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Call[int]:
    """Tell events; how many is what is answered."""
    return Call("POST", path_of("events"), _accepted, body=events)


def order_completed(  # noqa: PLR0913 - as many as a purchase has
    *,
    user_id: str,
    order_id: str,
    transaction_id: str,
    total_amount: Amount,
    currency: str | None,
    occurred_at: datetime | None,
    lines: Sequence[OrderLine],
    shipping: Amount | None,
    tax: Amount | None,
) -> Call[int]:
    """Tell a purchase."""
    ids = {"userId": user_id, "orderId": order_id, "transactionId": transaction_id}
    amounts = purchase_amounts(total_amount, currency, lines, shipping, tax)
    return send(_envelope("OrderCompleted", {**ids, **amounts, **_occurred(occurred_at)}))


def order_refunded(  # noqa: PLR0913 - as many as a refund has
    *,
    user_id: str,
    order_id: str,
    refund_id: str,
    amount: Amount | None,
    lines: Sequence[RefundLine],
    currency: str | None,
    occurred_at: datetime | None,
) -> Call[int]:
    """Tell a refund."""
    ids = {"userId": user_id, "orderId": order_id, "refundId": refund_id}
    given_back = without_none(
        amount=_exact_or_none(amount),
        currency=currency,
        lines=[{"lineId": line.line_id, "amount": exact(line.amount)} for line in lines] or None,
    )
    return send(_envelope("OrderRefunded", {**ids, **given_back, **_occurred(occurred_at)}))


def purchase_amounts(
    total_amount: Amount,
    currency: str | None,
    lines: Sequence[OrderLine],
    shipping: Amount | None,
    tax: Amount | None,
) -> dict[str, object]:
    """Write what is paid, as it stands in a purchase and in the question what one would earn."""
    return without_none(
        totalAmount=exact(total_amount),
        currency=currency,
        lines=[_line(each) for each in lines] or None,
        shipping=_exact_or_none(shipping),
        tax=_exact_or_none(tax),
    )


def _line(line: OrderLine) -> dict[str, object]:
    return without_none(
        lineId=line.line_id,
        sku=line.sku,
        quantity=_exact_or_none(line.quantity),
        amount=exact(line.amount),
        category=line.category,
        brand=line.brand,
    )


def _exact_or_none(amount: Amount | None) -> object:
    return None if amount is None else exact(amount)


def _occurred(occurred_at: datetime | None) -> dict[str, str]:
    return {} if occurred_at is None else {"occurredAt": moment_text(occurred_at)}


def _envelope(kind: str, detail: Mapping[str, object]) -> dict[str, object]:
    return {"detail-type": kind, "detail": detail}


def _accepted(answer: Answer) -> int:
    return int(answer.body["accepted"])
