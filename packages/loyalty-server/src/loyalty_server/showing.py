"""How the command shows things to people: aligned tables, thousands apart."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from loyalty_server.letters import Letter
from loyalty_shared.contracts.account_bodies import AccountBody
from loyalty_shared.contracts.transaction_bodies import TransactionPageBody
from loyalty_shared.service.transfer import Counts


def show_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Print names and values, the values flush right."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in pairs:
        table.add_row(name, value)
    console().print(table)


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
    console().print(table)


def show_account(account: AccountBody) -> None:
    """Print a member's account."""
    tier, points = account.tier, account.points
    upwards = f"{tier.points_to_next:,} points to {tier.next}" if tier.next else "the highest"
    kept = f"until {tier.kept_until}" if tier.kept_until else "for good"
    if tier.points_to_stay is not None:
        kept += f", {tier.points_to_stay:,} points to stay"
    expiry = account.next_expiry
    merged = ", ".join(account.merged)
    show_pairs(
        [
            ("member", account.member_id),
            *([("merged into", account.merged_into)] if account.merged_into else []),
            *([("merged with", merged)] if merged else []),
            ("available", f"{points.available:,}"),
            ("pending", f"{points.pending:,}"),
            ("held", f"{points.held:,}"),
            ("debt", f"{points.debt:,}"),
            ("tier", f"{tier.name}, {upwards}"),
            ("tier kept", kept),
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
            each.breakdown.arithmetic or each.description,
        )
    console().print(table)


@contextmanager
def progress(what: str, total_bytes: int | None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal, nothing elsewhere; gives what to call to advance it."""
    columns = (BarColumn(), TaskProgressColumn(), DownloadColumn(), TimeRemainingColumn())
    with _bar(what, columns, total_bytes) as advance:
        yield advance


@contextmanager
def progress_of_members(what: str) -> Iterator[Callable[[int], None]]:
    """Show how many members are done, on a terminal; gives what to call to advance it."""
    columns = (SpinnerColumn(), MofNCompleteColumn(), TextColumn("members"), TimeElapsedColumn())
    with _bar(what, columns, None) as advance:
        yield advance


@contextmanager
def _bar(
    what: str, columns: Sequence[ProgressColumn], total: int | None
) -> Iterator[Callable[[int], None]]:
    on_stderr = Console(stderr=True)
    bar = Progress(TextColumn(what), *columns, console=on_stderr, disable=not on_stderr.is_terminal)
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda size: bar.advance(task, size)


def console() -> Console:
    """Give what to print on."""
    # A pipe has no width: nothing is cut off for it.
    # And what people called things is neither markup nor an emoji's name.
    width = None if sys.stdout.isatty() else 10_000
    return Console(width=width, markup=False, highlight=False, emoji=False)
