"""How an order is written in its reference, in the canonical form."""

from __future__ import annotations

from typing import Any

from loyalty_shared.domain.errors import LedgerDamaged
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Bought, LineAmounts, Order, Paid, Returned
from loyalty_shared.service.account_encoding import lot_in, lot_out
from loyalty_shared.service.canonical import decode, decode_moment, encode, encode_moment


def encode_order(order: Order) -> str:
    """Write what an order's reference holds."""
    fields: dict[str, object] = {"member": order.member_id, "points": order.points}
    if order.bought is not None:
        fields |= _bought_out(order.bought)
        if order.bought.earned != order.points:
            fields["earned"] = order.bought.earned
    else:
        fields["currency"] = _currency_of(order)
    if order.paid:
        fields["paid"] = [_paid_out(each, order.member_id) for each in order.paid]
    for name, refunds in (("refunds", order.refunds), ("refused", order.refused)):
        if refunds:
            fields[name] = [_returned_out(each) for each in refunds]
    return encode(fields)


def decode_order(order_id: str, body: str) -> Order:
    """Read what an order's reference holds.

    Raises:
        LedgerDamaged: when it is no order.
    """
    try:
        return _order_in(order_id, decode(body))
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerDamaged(f"what is remembered of order {order_id} cannot be read") from error


def _order_in(order_id: str, fields: dict[str, Any]) -> Order:
    currency = fields["currency"]
    return Order(
        order_id=order_id,
        member_id=fields["member"],
        bought=_bought_in(fields) if "seq" in fields else None,
        points=fields["points"],
        refunds=tuple(_returned_in(each, currency) for each in fields.get("refunds", ())),
        refused=tuple(_returned_in(each, currency) for each in fields.get("refused", ())),
        paid=tuple(_paid_in(each, currency, fields["member"]) for each in fields.get("paid", ())),
    )


def _currency_of(order: Order) -> str:
    amounts = [each.amount for each in order.refunds] + [each.value for each in order.paid]
    return amounts[0].currency if amounts else ""


def _paid_out(paid: Paid, member_id: str) -> dict[str, object]:
    fields: dict[str, object] = {
        "transaction": paid.transaction_id,
        "lots": [lot_out(lot) for lot in paid.taken],
        "value": paid.value.minor,
    }
    if paid.spent_by != member_id:
        fields["spentBy"] = paid.spent_by
    return fields


def _paid_in(fields: dict[str, Any], currency: str, member_id: str) -> Paid:
    lots = tuple(lot_in(lot) for lot in fields["lots"])
    spent_by = fields.get("spentBy", member_id)
    return Paid(fields["transaction"], spent_by, lots, Money(fields["value"], currency))


def _bought_out(bought: Bought) -> dict[str, object]:
    fields: dict[str, object] = {
        "transaction": bought.transaction_id,
        "total": bought.total.minor,
        "currency": bought.total.currency,
        "occurredAt": encode_moment(bought.occurred_at),
        "program": bought.program_version,
        "tier": bought.tier,
        "seq": bought.seq,
    }
    if bought.goods != bought.total:
        fields["goods"] = bought.goods.minor
    if bought.lines:
        fields["lines"] = dict(bought.lines)
    if bought.entered_for is not None:
        fields["enteredFor"] = bought.entered_for
    return fields


def _bought_in(fields: dict[str, Any]) -> Bought:
    currency = fields["currency"]
    return Bought(
        transaction_id=fields["transaction"],
        total=Money(fields["total"], currency),
        goods=Money(fields.get("goods", fields["total"]), currency),
        lines=_lines_in(fields.get("lines", {})),
        occurred_at=decode_moment(fields["occurredAt"]),
        program_version=fields["program"],
        tier=fields["tier"],
        earned=fields.get("earned", fields["points"]),
        seq=fields["seq"],
        entered_for=fields.get("enteredFor"),
    )


def _returned_out(returned: Returned) -> dict[str, object]:
    fields: dict[str, object] = {"id": returned.refund_id, "amount": returned.amount.minor}
    if returned.lines:
        fields["lines"] = dict(returned.lines)
    return fields


def _returned_in(fields: dict[str, Any], currency: str) -> Returned:
    amount = Money(fields["amount"], currency)
    return Returned(fields["id"], amount, _lines_in(fields.get("lines", {})))


def _lines_in(fields: dict[str, int]) -> LineAmounts:
    return tuple(fields.items())
