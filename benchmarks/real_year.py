"""Ingest a real year of shopping with the real command, and check every household.

python benchmarks/real_year.py [--households N] [--kill [N]] [--seed N]

Ends with 1 where something differs from what is expected.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from checks import Check, print_checks
from complete_journey import Year
from expected_points import Expected, expected_points, read_events
from ingesting import LEDGER, Report, entries_in, ingest, ingest_until_killed
from ledger_reading import Found, read_members
from order_events import write_events
from rich.console import Console
from sqlite_bound import seconds_to_write

_MOST_SHOWN = 10
_LONGEST_WAIT_SECONDS = 0.2  # longer than a commit takes, so that a kill strikes anywhere in one


@dataclass(frozen=True)
class Shopping:
    """A file of events, what each of its households should have in the end, and how many orders."""

    events: Path
    members: dict[str, Expected]
    orders: int


def _go_shopping(folder: Path, households: int | None, console: Console) -> Shopping:
    year = Year(households)
    events = folder / "events.jsonl"
    with events.open("w", encoding="utf-8", newline="\n") as file:
        write_events(year, file)
    members = expected_points(read_events(events))
    orders = sum(member.purchases for member in members.values())
    console.print(f"{len(members):,} households, {orders:,} orders, {year.line_count:,} lines")
    return Shopping(events, members, orders)


def _kill(
    shopping: Shopping, data: Path, times: int, chance: random.Random, console: Console
) -> None:
    """Ingest, and end that with kill -9 at random moments."""
    for time in range(times):
        share = (shopping.orders - entries_in(data)) / (times - time + 1)
        entries = entries_in(data) + round(chance.uniform(0, 1.5 * share))
        wait = chance.uniform(0, _LONGEST_WAIT_SECONDS)
        if not ingest_until_killed(shopping.events, data, entries=entries, then_seconds=wait):
            sys.exit(f"it came to its end before kill {time + 1}: take more households")
        console.print(f"kill -9, number {time + 1}: {entries_in(data):,} orders are in the ledger")


def _check_members(shopping: Shopping, found: dict[str, Found], console: Console) -> Check:
    wrong = []
    for name, member in shopping.members.items():
        expected = Found(member.points, member.points, member.purchases, member.tier)
        if found[name] != expected:
            wrong.append(f"household {name}: expected {expected}, found {found[name]}")
    for difference in wrong[:_MOST_SHOWN]:
        console.print(difference)
    total = len(shopping.members)
    return Check("households with the right points, tier, entries", total, total - len(wrong))


def _check_once(shopping: Shopping, report: Report, before: int) -> list[Check]:
    checks = [
        Check("orders processed", shopping.orders - before, report.processed),
        Check("orders known before", before, report.duplicate),
        Check("orders rejected", 0, report.rejected),
    ]
    if not before:
        points = sum(member.points for member in shopping.members.values())
        checks.append(Check("points issued", points, report.points_issued))
    return checks


def _check_again(shopping: Shopping, data: Path, found: dict[str, Found]) -> list[Check]:
    """Ingest the same once more, which must change nothing."""
    report = ingest(shopping.events, data)
    after = read_members(data, shopping.members)
    changed = sum(after[name] != found[name] for name in shopping.members)
    return [
        Check("again: orders processed", 0, report.processed),
        Check("again: orders known before", shopping.orders, report.duplicate),
        Check("again: orders rejected", 0, report.rejected),
        Check("again: points issued", 0, report.points_issued),
        Check("again: households changed", 0, changed),
        Check("again: entries in the ledger", shopping.orders, entries_in(data)),
    ]


def _print_speed(console: Console, orders: int, service: float, bare: float) -> None:
    console.print()
    for name, seconds in (("loyalty ingest", service), ("the same rows, bare SQLite", bare)):
        console.print(f"{name:<28}{seconds:>8.1f} s{orders / seconds:>10,.0f} orders/s")
    console.print(f"{'ratio':<28}{service / bare:>8.1f}")


def _run(folder: Path, options: argparse.Namespace, console: Console) -> bool:
    data = folder / "data"
    shopping = _go_shopping(folder, options.households, console)
    if options.kill:
        chance = random.Random(options.seed)  # noqa: S311 - the same moments again, no secret
        _kill(shopping, data, options.kill, chance, console)
    before = entries_in(data)
    report = ingest(shopping.events, data)
    found = read_members(data, shopping.members)
    checks = [
        *_check_once(shopping, report, before),
        _check_members(shopping, found, console),
        *_check_again(shopping, data, found),
    ]
    print_checks(console, checks)
    if not options.kill:
        bare = seconds_to_write(data / LEDGER, folder / "bare.db")
        _print_speed(console, shopping.orders, report.seconds, bare)
    return all(check.holds for check in checks)


def _main() -> None:
    parser = argparse.ArgumentParser(description="A real year of shopping through the service.")
    parser.add_argument("--households", type=int, metavar="N", help="take a sample of so many")
    parser.add_argument(
        "--kill", type=int, metavar="N", nargs="?", const=5, help="kill -9 it so often (5) first"
    )
    parser.add_argument("--seed", type=int, default=1, help="for the moments of the kills")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="loyalty-real-year-") as folder:
        is_right = _run(Path(folder), options, Console(soft_wrap=True))
    sys.exit(0 if is_right else 1)


if __name__ == "__main__":
    _main()
