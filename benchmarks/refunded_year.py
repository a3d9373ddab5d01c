"""A real year of shopping with refunds anywhere in it: every order keeps what its kept part earns.

python benchmarks/refunded_year.py [--households N] [--permutations N] [--seed N]

Ends with 1 where something differs from what is expected. Under the default program each order is
computed again from what was kept and from the tier that it was earned under. Under a program with
one tier, where no order depends on another, all accounts must be the same whatever came when.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from checks import Check, print_checks
from complete_journey import Year
from expected_points import read_events
from ingesting import ingest, settle
from ledger_reading import accounts_in, orders_in
from order_events import write_events
from rich.console import Console
from seeded_refunds import RefundedOrder, refunded_orders, shuffled

_MULTIPLIERS = {
    "Basic": Fraction(1),
    "Bronze": Fraction("1.1"),
    "Silver": Fraction("1.2"),
    "Gold": Fraction("1.5"),
}
_ONE_TIER = """
name: One tier
currency: EUR
timezone: Europe/Amsterdam
earning: {points_per_unit: 1, pending_days: 14}
expiry: {after_months: 120, at: month_end}
tiers: {window: lifetime, levels: [{name: Basic, from: 0, multiplier: 1}]}
"""


def _check(
    data: Path, orders: dict[str, RefundedOrder], name: str, rejected: int
) -> tuple[list[Check], dict[str, object]]:
    found = orders_in(data, orders)
    right = sum(
        found[order_id].points
        == Fraction(order.kept_cents, 100) * _MULTIPLIERS[found[order_id].tier] // 1
        for order_id, order in orders.items()
    )
    accounts = accounts_in(data, {order.member for order in orders.values()})
    points_of: dict[str, int] = dict.fromkeys(accounts, 0)
    for order_id, order in orders.items():
        points_of[order.member] += found[order_id].points
    sums = sum(account.total == points_of[member] for member, account in accounts.items())
    conserved = sum(account.is_conserved for account in accounts.values())
    checks = [
        Check(f"{name}: events rejected", 0, rejected),
        Check(f"{name}: orders with the points of what was kept", len(orders), right),
        Check(f"{name}: households with the sum of their orders", len(accounts), sums),
        Check(f"{name}: households in which no point is lost", len(accounts), conserved),
    ]
    return checks, {member: account.whole for member, account in accounts.items()}


def _run(folder: Path, options: argparse.Namespace, console: Console) -> bool:
    file = folder / "events.jsonl"
    with file.open("w", encoding="utf-8", newline="\n") as lines:
        write_events(Year(options.households), lines)
    purchases = file.read_text("utf-8").splitlines()
    chance = random.Random(options.seed)  # noqa: S311 - the same refunds again, no secret
    orders = refunded_orders(list(read_events(file)), chance)
    refunds = sum(len(order.parts) for order in orders.values())
    console.print(f"{len(orders):,} orders, {refunds:,} refunds of them")
    (folder / "one-tier.yaml").write_text(_ONE_TIER, "utf-8")

    checks: list[Check] = []
    for program in (None, folder / "one-tier.yaml"):
        seen: list[dict[str, object]] = []
        for number in range(1, options.permutations + 1):
            data = folder / f"data-{program.stem if program else 'default'}-{number}"
            file.write_text("\n".join(shuffled(purchases, orders, chance)) + "\n", "utf-8")
            report = ingest(file, data, program)
            settle(data)  # all of it came years late
            name = f"{program.stem if program else 'default'} {number}"
            found, accounts = _check(data, orders, name, report.rejected)
            checks += found
            seen.append(accounts)
        if program is not None:
            same = sum(len({json.dumps(each[member]) for each in seen}) == 1 for member in seen[0])
            checks.append(Check("households the same in every order", len(seen[0]), same))
    print_checks(console, checks)
    return all(check.holds for check in checks)


def _main() -> None:
    parser = argparse.ArgumentParser(description="A real year of shopping with refunds in it.")
    parser.add_argument("--households", type=int, metavar="N", help="take a sample of so many")
    parser.add_argument("--permutations", type=int, metavar="N", default=3)
    parser.add_argument("--seed", type=int, default=1, help="for the refunds and their places")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="loyalty-refunded-year-") as folder:
        is_right = _run(Path(folder), options, Console(soft_wrap=True))
    sys.exit(0 if is_right else 1)


if __name__ == "__main__":
    _main()
