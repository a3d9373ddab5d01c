"""How the command shows things to people: aligned tables, thousands apart."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from loyalty_server.letters import Letter
from loyalty_shared.contracts.bodies import AccountBody, TransactionPageBody
from loyalty_shared.service.transfer import Counts


def show_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Print names and values, the values flush right."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in pairs:
        table.add_row(name, value)
    _console().print(table)


def show_counts(counts: Counts) -> None:
    """Print how much of a ledger went by."""
    show_pairs(
        [
            ("members", f"{counts.members:,}"),
            ("entries", f"{counts.entries:,}"),
            ("references", f"{counts.references:,}"),
        ]
    )


def show_letters(letters: Sequence[Letter]) -> None:
    """Print dead letters, without their bodies."""
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "received", "code", "reason"):
        table.add_column(heading, no_wrap=heading != "reason")
    for each in letters:
        table.add_row(each.id, f"{each.received_at:%Y-%m-%d %H:%M:%S}", each.code, each.reason)
    _console().print(table)


def show_account(account: AccountBody) -> None:
    """Print a member's account."""
    tier, points = account.tier, account.points
    upwards = f"{tier.points_to_next:,} points to {tier.next}" if tier.next else "the highest"
    expiry = account.next_expiry
    show_pairs(
        [
            ("member", account.member_id),
            ("available", f"{points.available:,}"),
            ("pending", f"{points.pending:,}"),
            ("held", f"{points.held:,}"),
            ("debt", f"{points.debt:,}"),
            ("tier", f"{tier.name}, {upwards}"),
            ("next expiry", f"{expiry.points:,} on {expiry.date}" if expiry else "none"),
            ("entries", f"{account.seq:,}"),
        ]
    )


def show_history(page: TransactionPageBody) -> None:
    """Print transactions, newest first."""
    table = Table(box=None, pad_edge=False)
    for heading, side in (
        ("#", "right"),
        ("occurred", "left"),
        ("type", "left"),
        ("points", "right"),
        ("available", "right"),
        ("order", "left"),
        ("how", "left"),
    ):
        table.add_column(heading, justify="right" if side == "right" else "left", no_wrap=True)
    for each in page.items:
        table.add_row(
            str(each.seq),
            f"{each.occurred_at:%Y-%m-%d %H:%M}",
            each.type,
            f"{each.points:+,}",
            f"{each.available:,}",
            each.order_id,
            each.breakdown.arithmetic if each.breakdown else "",
        )
    _console().print(table)


@contextmanager
def progress(what: str, total_bytes: int | None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal, nothing elsewhere; gives what to call to advance it."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn(what),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=total_bytes)
        yield lambda size: bar.advance(task, size)


def _console() -> Console:
    # A pipe has no width: nothing is cut off for it.
    # And what people called things is neither markup nor an emoji's name.
    width = None if sys.stdout.isatty() else 10_000
    return Console(width=width, markup=False, highlight=False, emoji=False)
