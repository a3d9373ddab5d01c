"""How the commands show holds, approvals, quotes and what is left of somebody to people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from loyalty_server.showing import console
from loyalty_server.showing_why import show_one
from loyalty_shared.contracts.approval_bodies import ApprovalBody, ApprovalPageBody
from loyalty_shared.contracts.bodies import MoneyBody
from loyalty_shared.contracts.hold_bodies import HoldBody, HoldListBody
from loyalty_shared.contracts.lifecycle_bodies import ErasureBody
from loyalty_shared.contracts.quote_bodies import QuoteBody
from loyalty_shared.contracts.transaction_bodies import TransactionBody


def show_hold(hold: HoldBody) -> None:
    """Print a hold."""
    _show_named(
        [
            ("hold", hold.hold_id),
            ("member", hold.member_id),
            ("status", hold.status),
            ("points", f"{hold.points:,}, worth {_money(hold.value)}"),
            ("order", hold.order_id),
            ("what for", hold.description),
            ("made", f"{hold.created_at:%Y-%m-%d %H:%M:%S}"),
            ("lasts until", f"{hold.expires_at:%Y-%m-%d %H:%M:%S}"),
            ("captured", f"{hold.captured_points:,}" if hold.captured_points else None),
            ("ended", f"{hold.ended_at:%Y-%m-%d %H:%M:%S}" if hold.ended_at else None),
        ]
    )


def show_holds(found: HoldListBody) -> None:
    """Print open holds, the oldest first."""
    table = _table("hold", "points>", "worth>", "made", "lasts until", "order", "what for")
    for each in found.items:
        table.add_row(
            each.hold_id,
            f"{each.points:,}",
            _money(each.value),
            f"{each.created_at:%Y-%m-%d %H:%M:%S}",
            f"{each.expires_at:%Y-%m-%d %H:%M:%S}",
            each.order_id,
            each.description,
        )
    console().print(table)


def show_adjustment(adjustment: TransactionBody | ApprovalBody) -> None:
    """Print an adjustment, or how it can take place where it waits."""
    if isinstance(adjustment, TransactionBody):
        show_one(adjustment)
        return
    show_approval(adjustment)
    console().print(
        f"It waits for a second person: loyalty approvals approve {adjustment.approval_id}"
        " --actor NAME"
    )


def show_approval(approval: ApprovalBody) -> None:
    """Print an adjustment that waits for a second person, or waited."""
    decided_at = approval.decided_at
    _show_named(
        [
            ("approval", approval.approval_id),
            ("member", approval.member_id),
            ("status", approval.status),
            ("points", f"{approval.points:+,}"),
            ("reason", approval.reason),
            ("asked by", approval.asked_by),
            ("asked", f"{approval.asked_at:%Y-%m-%d %H:%M:%S}"),
            ("decided by", approval.decided_by),
            ("decided", f"{decided_at:%Y-%m-%d %H:%M:%S}" if decided_at else None),
        ]
    )


def show_approvals(page: ApprovalPageBody) -> None:
    """Print adjustments that wait."""
    table = _table("approval", "member", "points>", "asked by", "asked", "reason")
    for each in page.items:
        table.add_row(
            each.approval_id,
            each.member_id,
            f"{each.points:+,}",
            each.asked_by,
            f"{each.asked_at:%Y-%m-%d %H:%M:%S}",
            each.reason,
        )
    console().print(table)


def show_quote(quote: QuoteBody) -> None:
    """Print what a purchase would come to."""
    earns = quote.earns
    usable = f"from {earns.activates_on}" if earns.activates_on else "at once"
    usable += f", through {earns.expires_on}" if earns.expires_on else ", without an end"
    redeemed = f"{quote.redeemed.points:,}, worth {_money(quote.redeemed.value)}"
    _show_named(
        [
            ("member", quote.member_id),
            ("earns", f"{earns.points:,}: {earns.arithmetic}"),
            ("to be used", usable),
            ("available", f"{quote.available:,}"),
            ("redeemable", f"{quote.redeemable.points:,}, worth {_money(quote.redeemable.value)}"),
            ("redeemed", redeemed if quote.redeemed.points else None),
            ("to pay", _money(quote.to_pay)),
        ]
    )


def show_erasure(erasure: ErasureBody) -> None:
    """Print what is left of a member who was forgotten."""
    _show_named(
        [
            ("forgotten", f"{erasure.erased_at:%Y-%m-%d %H:%M:%S}"),
            ("entries", f"{erasure.entries:,}"),
            ("points lost", f"{erasure.points:,}"),
        ]
    )


def _money(money: MoneyBody) -> str:
    return f"{money.amount} {money.currency}"


def _show_named(lines: Sequence[tuple[str, str | None]]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for name, value in lines:
        if value:
            table.add_row(name, value)
    console().print(table)


def _table(*headings: str) -> Table:
    """Make a table; a heading that ends with `>` stands over numbers, flush right."""
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        is_number = heading.endswith(">")
        table.add_column(
            heading.removesuffix(">"), justify="right" if is_number else "left", no_wrap=True
        )
    return table
