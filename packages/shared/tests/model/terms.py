"""The rules of a program as the model computes them: by hand, exactly, with none of `domain`."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from math import ceil, floor
from typing import Literal
from zoneinfo import ZoneInfo

from loyalty_shared.contracts.program_file import ProgramFile, read_program

Months = tuple[int, Literal["same_day", "month_end", "year_end"]]
Level = tuple[str, int, str]

PLAIN: tuple[Level, ...] = (("Basic", 0, "1"), ("Gold", 300, "3/2"), ("Platinum", 1000, "2"))


@dataclass(frozen=True)
class Terms:
    """One version of a program.

    `window` is a number of rolling months, or a word; `expiry` a number of days, months and where
    they end, or None for never. So many points pay a euro; they are spent in steps, the least of
    which is `least_spent`.
    """

    rate: str = "1"
    rounding: Literal["floor", "nearest", "ceiling"] = "floor"
    basis: Literal["total", "goods"] = "total"
    pending_days: int = 0
    expiry: int | Months | None = None
    when_spent: Literal["debt", "forgive"] = "debt"
    window: int | Literal["lifetime", "calendar_year"] = 12
    grace_months: int = 0
    levels: tuple[Level, ...] = PLAIN
    timezone: str = "Europe/Amsterdam"
    points_a_euro: str = "100"
    least_spent: int = 1
    spent_in_steps: int = 1
    return_days: int = 30

    def file(self) -> ProgramFile:
        return _file(self)

    @property
    def version(self) -> str:
        return self.file().version()

    def points(self, total: int, goods: int, tier: str) -> int:
        """Compute what minor units of an order earn in a tier."""
        multiplier = next(Fraction(times) for name, _, times in self.levels if name == tier)
        minor = goods if self.basis == "goods" else total
        exact = Fraction(minor, 100) * Fraction(self.rate) * multiplier
        if self.rounding == "floor":
            return floor(exact)
        return ceil(exact) if self.rounding == "ceiling" else floor(exact + Fraction(1, 2))

    def cents(self, points: int) -> int:
        """Compute what points pay."""
        return floor(points * 100 / Fraction(self.points_a_euro))

    def can_be_spent(self, points: int) -> bool:
        return points >= self.least_spent and points % self.spent_in_steps == 0

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    def midnight(self, day: date) -> datetime:
        # In UTC, where adding hours is adding hours.
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.timezone)).astimezone(
            UTC
        )

    def first_day(self, bought_on: date) -> date | None:
        return bought_on + timedelta(days=self.pending_days) if self.pending_days else None

    def last_day(self, bought_on: date) -> date | None:
        if self.expiry is None:
            return None
        if isinstance(self.expiry, int):
            return bought_on + timedelta(days=self.expiry)
        months, end = self.expiry
        year, month = divmod(month_number(bought_on) + months, 12)
        days = monthrange(year, month + 1)[1]
        if end == "year_end":
            return date(year, 12, 31)
        return date(year, month + 1, days if end == "month_end" else min(bought_on.day, days))


def month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def first_of_month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _expiry_text(expiry: int | Months | None) -> str:
    if expiry is None:
        return "never"
    if isinstance(expiry, int):
        return f"{{after_days: {expiry}}}"
    return f"{{after_months: {expiry[0]}, at: {expiry[1]}}}"


@cache
def _file(terms: Terms) -> ProgramFile:
    window = (
        f"{{rolling_months: {terms.window}}}" if isinstance(terms.window, int) else terms.window
    )
    levels = "".join(
        f"{{name: {name}, from: {least}, multiplier: {times}}}, "
        for name, least, times in terms.levels
    )
    text = f"""
name: Model
currency: EUR
timezone: {terms.timezone}
earning:
  points_per_unit: {terms.rate}
  rounding: {terms.rounding}
  basis: {terms.basis}
  pending_days: {terms.pending_days}
expiry: {_expiry_text(terms.expiry)}
refunds: {{when_spent: {terms.when_spent}}}
redemption:
  points_per_unit: {terms.points_a_euro}
  minimum: {terms.least_spent}
  step: {terms.spent_in_steps}
  return_days: {terms.return_days}
tiers:
  window: {window}
  grace_months: {terms.grace_months}
  levels: [{levels}]
"""
    return read_program(text, "model.yaml")


# What a retailer might change the rules to and back: every kind of each rule is in one of them.
VERSIONS = (
    Terms(expiry=30),
    Terms(
        rate="1/3",
        rounding="nearest",
        pending_days=10,
        expiry=(2, "month_end"),
        window=2,
        points_a_euro="1/3",
        return_days=3,
    ),
    Terms(
        rate="3/2",
        basis="goods",
        expiry=(1, "same_day"),
        window="calendar_year",
        grace_months=2,
        points_a_euro="150",
        return_days=0,
    ),
    Terms(
        rate="7/10",
        rounding="ceiling",
        pending_days=3,
        expiry=(12, "year_end"),
        when_spent="forgive",
        window="lifetime",
        levels=(("Basic", 0, "1"), ("Silver", 500, "11/10"), ("Gold", 900, "4/3")),
        timezone="America/New_York",
        points_a_euro="10",
        least_spent=5,
        spent_in_steps=5,
    ),
    Terms(rate="20", window=3, grace_months=1, when_spent="forgive"),
)
