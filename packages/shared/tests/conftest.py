"""What the tests of the rules start from: programs as text, purchases as a few words."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings

from loyalty_shared.contracts.program_file import ProgramFile, default_program, read_program
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.domain.program import Program

# The same examples on every run and machine: a red test is red for all.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")

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
) -> Purchase:
    return Purchase(
        order_id=order,
        member_id=member,
        transaction_id=f"pay-{order}",
        total=Money.of(Decimal(amount), currency),
        goods=Money.of(Decimal(goods or amount), currency),
        occurred_at=datetime.fromisoformat(at),
    )


@pytest.fixture(scope="session")
def rules() -> Callable[..., ProgramFile]:
    """A program file like the default one, with parts of it replaced: `rules("expiry: never")`."""
    return _rules


@pytest.fixture(scope="session")
def bought() -> Callable[..., Purchase]:
    """A purchase: `bought("12.50", "2026-05-04T10:00:00Z", order="A-1")`."""
    return _bought


@pytest.fixture(scope="session")
def program() -> Program:
    """The program that comes with the service."""
    return default_program().program()
