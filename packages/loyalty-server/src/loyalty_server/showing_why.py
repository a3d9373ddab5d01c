"""Show transactions to a support agent: by which rule, with which numbers, out of which lots."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from loyalty_server.showing import console
from loyalty_shared.contracts.transaction_bodies import LotBody, TransactionBody


def show_one(transaction: TransactionBody) -> None:
    """Print a transaction with its explanation."""
    show_why([transaction])


def show_why(transactions: Sequence[TransactionBody]) -> None:
    """Print transactions, each with its explanation."""
    for each in transactions:
        heading = f"#{each.seq}  {each.occurred_at:%Y-%m-%d %H:%M}  {each.points:+,}"
        console().print(f"{heading}  {each.description}")
        console().print(_explained(each))


def _explained(transaction: TransactionBody) -> Table:
    table = Table(box=None, show_header=False, pad_edge=True, padding=(0, 1, 0, 3))
    table.add_column(no_wrap=True)
    table.add_column()
    breakdown = transaction.breakdown
    lines = [
        ("rule", breakdown.rule),
        ("arithmetic", breakdown.arithmetic),
        ("lots", "; ".join(_lot(lot) for lot in breakdown.lots)),
        ("held", f"{breakdown.held:+,}" if breakdown.held else None),
        ("debt", f"{breakdown.debt:+,}" if breakdown.debt else None),
        ("by", transaction.actor),
        ("program", f"version {breakdown.program_version}"),
        ("afterwards", f"{transaction.available:,} available"),
        ("follows", transaction.follows),
        ("transaction", transaction.transaction_id),
    ]
    for name, value in lines:
        if value:
            table.add_row(name, value)
    return table


def _lot(lot: LotBody) -> str:
    start = f" from {lot.activates_on}" if lot.activates_on else ""
    end = f" through {lot.expires_on}" if lot.expires_on else " without an end"
    return f"{lot.points:+,}{start}{end}"
