"""Calendar arithmetic. A month is numbered year * 12 + (month - 1), so months can be subtracted."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

_MONTHS_A_YEAR = 12


def month_of(day: date) -> int:
    """Number the month a day is in."""
    return day.year * _MONTHS_A_YEAR + day.month - 1


def first_month_of_year(month: int) -> int:
    """Number the January of the year that a month is in."""
    return month - month % _MONTHS_A_YEAR


def first_day_of(month: int) -> date:
    """Give the first day of a numbered month."""
    return date(month // _MONTHS_A_YEAR, month % _MONTHS_A_YEAR + 1, 1)


def last_day_of(month: int) -> date:
    """Give the last day of a numbered month."""
    year, months_before = divmod(month, _MONTHS_A_YEAR)
    return date(year, months_before + 1, monthrange(year, months_before + 1)[1])


def add_months(day: date, months: int) -> date:
    """Give the same day so many months on, or that month's last day where it is shorter."""
    last = last_day_of(month_of(day) + months)
    return last.replace(day=min(day.day, last.day))
