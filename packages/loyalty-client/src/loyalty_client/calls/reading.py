"""What is asked without changing anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from loyalty_client.calls.call import Answer, Call, PageAt, get, one, pages
from loyalty_client.calls.events import OrderLine, purchase_amounts
from loyalty_client.decoding import as_object, decode
from loyalty_client.encoding import Amount, moment_text, path_of, without_none
from loyalty_client.results.accounts import Account, Balance, TierMember
from loyalty_client.results.approvals import Approval
from loyalty_client.results.holds import Hold
from loyalty_client.results.orders import Order
from loyalty_client.results.programs import Program
from loyalty_client.results.quotes import Quote
from loyalty_client.results.transactions import Transaction


def points(user_id: str) -> Call[Balance]:
    """Ask what a user can use."""
    return get(path_of("points", user_id), Balance)


def member(member_id: str, as_of: datetime | None, known_at: datetime | None) -> Call[Account]:
    """Ask for an account."""
    moments = {"asOf": as_of, "knownAt": known_at}
    texts = {name: moment_text(moment) for name, moment in moments.items() if moment is not None}
    return get(path_of("members", member_id), Account, **texts)


def transactions(member_id: str, page_size: int) -> PageAt[Transaction]:
    """Ask for a history."""
    path = path_of("members", member_id, "transactions")
    return pages(path, lambda item: decode(Transaction, item), limit=page_size)


def transaction(member_id: str, transaction_id: str) -> Call[Transaction]:
    """Ask for one transaction."""
    return get(path_of("members", member_id, "transactions", transaction_id), Transaction)


def order(order_id: str) -> Call[Order]:
    """Ask for an order."""
    return get(path_of("orders", order_id), Order)


def members_in_tier(tier: str, page_size: int) -> PageAt[TierMember]:
    """Ask who is in a tier."""
    path = path_of("members")
    return pages(path, lambda item: decode(TierMember, item), tier=tier, limit=page_size)


def program() -> Call[Program]:
    """Ask for the rules."""
    return get(path_of("program"), Program)


def holds(member_id: str) -> PageAt[Hold]:
    """Ask for the open holds."""
    return pages(path_of("members", member_id, "holds"), lambda item: decode(Hold, item))


def get_hold(member_id: str, hold_id: str) -> Call[Hold]:
    """Ask for a hold."""
    return get(path_of("members", member_id, "holds", hold_id), Hold)


def approvals() -> PageAt[Approval]:
    """Ask for the adjustments that wait."""
    return pages(path_of("approvals"), lambda item: decode(Approval, item))


def get_approval(approval_id: str) -> Call[Approval]:
    """Ask for an adjustment that waits, or waited."""
    return get(path_of("approvals", approval_id), Approval)


def quote(  # noqa: PLR0913 - as many as a basket has
    member_id: str,
    total_amount: Amount,
    *,
    currency: str | None,
    lines: Sequence[OrderLine],
    shipping: Amount | None,
    tax: Amount | None,
    points: int | None,
    occurred_at: datetime | None,
) -> Call[Quote]:
    """Ask what a basket would earn. It is a POST that writes nothing, and needs no key."""
    amounts = purchase_amounts(total_amount, currency, lines, shipping, tax)
    moment = moment_text(occurred_at) if occurred_at else None
    more = without_none(points=points, occurredAt=moment)
    body = {"memberId": member_id, **amounts, **more}
    return Call("POST", path_of("quotes"), one(Quote), body=body)


def export_member(member_id: str) -> PageAt[Mapping[str, Any]]:
    """Ask for all that is kept of a member."""
    return pages(path_of("members", member_id, "export"), _row)


def health(name: str) -> Call[bool]:
    """Ask how the service is, once: who asks wants to know of now."""
    return Call("GET", f"/health/{name}", _is_well, is_repeated=False)


def _is_well(answer: Answer) -> bool:
    return bool(as_object(answer.body, "health")["status"] == "ok")


def _row(item: object) -> Mapping[str, Any]:
    return as_object(item, "a row")
