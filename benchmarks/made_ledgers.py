"""Ledgers with members of known histories, written by the real code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from loyalty_shared import system
from loyalty_shared.contracts.program_file import ProgramFile, default_program, read_program
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.service.archive import LedgerArchive, Row
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import LedgerStore
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.storage.memory import MemoryLedgerStore

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
OPEN_LOTS = 24

_PAID = Money(1_00, "EUR")
_MONTH = timedelta(days=365.25 / 12)
_ROWS_AT_A_TIME = 100
_PURCHASES_A_COMMIT = 1_000

_EXPIRING = f"""
name: Expiring
currency: EUR
timezone: Europe/Amsterdam
earning: {{points_per_unit: 1}}
expiry: {{after_months: {OPEN_LOTS}, at: month_end}}
tiers:
  window: {{rolling_months: {OPEN_LOTS}}}
  levels:
    - {{name: Basic, from: 0, multiplier: 1}}
    - {{name: Gold, from: 5000, multiplier: 1.5}}
"""


def expiring_program() -> ProgramFile:
    """Give a program under which a member who buys each month has `OPEN_LOTS` open lots."""
    return read_program(_EXPIRING, "the benchmark's program")


def new_ledger(store: LedgerStore, rules: ProgramFile | None = None) -> Ledger:
    """Open a ledger that remembers no entry, as a process that has just started; its clock stands.

    Its rules are kept already, so what is written next is what each further write costs.
    """
    ledger = Ledger(store, rules or default_program(), lambda: NOW, system.pause)
    with ledger.batch():
        pass
    return ledger


def purchase(member: str, number: int, occurred_at: datetime = NOW) -> Purchase:
    """Make a purchase, the only one of a member that has this number."""
    order = f"order-{number:09d}-of-{member}"
    return Purchase(order, member, f"payment-{number}", _PAID, _PAID, occurred_at)


def buy(
    ledger: Ledger, histories: Mapping[str, int], *, first: int = 1, each_month: bool = False
) -> None:
    """Let members buy so often each, their purchases numbered from `first`.

    If asked for, the first `OPEN_LOTS` of each are a month apart.
    """
    wanted = [
        (member, number)
        for member, count in histories.items()
        for number in range(first, first + count)
    ]
    for start in range(0, len(wanted), _PURCHASES_A_COMMIT):
        with ledger.batch():
            for member, number in wanted[start : start + _PURCHASES_A_COMMIT]:
                months = max(OPEN_LOTS - number, 0) if each_month else 0
                record_purchase(ledger, purchase(member, number, NOW - months * _MONTH))


def copy_into(store: LedgerArchive, memory: MemoryLedgerStore) -> None:
    """Copy a ledger from memory into a store, row by row."""
    rows: Sequence[Row] = list(memory.rows())
    for start in range(0, len(rows), _ROWS_AT_A_TIME):
        store.put_rows(rows[start : start + _ROWS_AT_A_TIME])
