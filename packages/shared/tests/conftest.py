"""What the tests of the rules start from: programs as text, purchases as a few words."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from loyalty_shared.contracts.program_file import ProgramFile, default_program, read_program
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import LineAmounts, Purchase, Refund, Returned
from loyalty_shared.domain.program import Program

_PARTS = {
    "name": "name: Test",
    "currency": "currency: EUR",
    "timezone": "timezone: Europe/Amsterdam",
    "earning": "earning: {points_per_unit: 1}",
    "tiers": (
        "tiers: {window: {rolling_months: 12}, levels: ["
        "{name: Basic, from: 0, multiplier: 1},"
        "{name: Bronze, from: 500, multiplier: 1.1},"
        "{name: Silver, from: 1500, multiplier: 1.2},"
        "{name: Gold, from: 5000, multiplier: 1.5}]}"
    ),
}


def _rules(*changes: str) -> ProgramFile:
    parts = _PARTS | {change.partition(":")[0]: change for change in changes}
    return read_program("\n".join(parts.values()), "test.yaml")


def _bought(  # noqa: PLR0913 - as much as tests vary
    amount: str,
    at: str = "2026-05-04T10:00:00Z",
    *,
    member: str = "m-1",
    order: str = "A-1",
    currency: str = "EUR",
    goods: str | None = None,
    lines: str = "",
) -> Purchase:
    return Purchase(
        order_id=order,
        member_id=member,
        transaction_id=f"pay-{order}",
        total=Money.of(Decimal(amount), currency),
        goods=Money.of(Decimal(goods or amount), currency),
        occurred_at=datetime.fromisoformat(at),
        lines=_lines(lines, currency),
    )


def _refunded(  # noqa: PLR0913 - as much as tests vary
    what: str,
    at: str = "2026-05-05T10:00:00Z",
    *,
    refund: str = "R-1",
    member: str = "m-1",
    order: str = "A-1",
    currency: str = "EUR",
) -> Refund:
    amount, _, named = what.partition(" for ") if what[0].isdigit() else ("", "", what)
    lines = _lines(named, currency)
    minor = Money.of(Decimal(amount), currency).minor if amount else sum(each for _, each in lines)
    return Refund(
        order_id=order,
        member_id=member,
        returned=Returned(refund, Money(minor, currency), lines),
        occurred_at=datetime.fromisoformat(at),
    )


def _lines(text: str, currency: str) -> LineAmounts:
    pairs = (line.split() for line in text.split(",") if line)
    return tuple(
        sorted((line_id, Money.of(Decimal(amount), currency).minor) for line_id, amount in pairs)
    )


@pytest.fixture(scope="session")
def rules() -> Callable[..., ProgramFile]:
    """A program file like the default one, with parts of it replaced: `rules("expiry: never")`."""
    return _rules


@pytest.fixture(scope="session")
def bought() -> Callable[..., Purchase]:
    """A purchase: `bought("12.50", "2026-05-04T10:00:00Z", lines="a 8.00, b 4.50")`."""
    return _bought


@pytest.fixture(scope="session")
def refunded() -> Callable[..., Refund]:
    """A refund of an amount, of lines, or of both: "5.00", "a 8.00, b 2.00", "10.00 for a 8.00"."""
    return _refunded


@pytest.fixture(scope="session")
def program() -> Program:
    """The program that comes with the service."""
    return default_program().program()
