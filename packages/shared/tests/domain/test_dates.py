from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_shared.domain.dates import add_months, first_month_of_year, last_day_of, month_of

DAYS = st.dates(date(1970, 1, 1), date(2200, 12, 31))


def test_months_are_numbered_so_that_they_can_be_subtracted() -> None:
    assert month_of(date(2026, 1, 31)) - month_of(date(2025, 12, 1)) == 1
    assert month_of(date(2026, 5, 4)) - month_of(date(2024, 5, 31)) == 24


def test_a_year_begins_with_its_january() -> None:
    december, january = month_of(date(2025, 12, 31)), month_of(date(2026, 1, 1))

    assert first_month_of_year(january) == january
    assert first_month_of_year(december) == january - 12


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 2, 28), date(2026, 2, 28)),
        (date(2028, 2, 1), date(2028, 2, 29)),
        (date(2100, 2, 1), date(2100, 2, 28)),  # a century is no leap year
        (date(2026, 12, 15), date(2026, 12, 31)),
    ],
)
def test_the_last_day_of_a_month(day: date, last: date) -> None:
    assert last_day_of(month_of(day)) == last


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 5, 4), 1, date(2026, 6, 4)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 5, 4), 0, date(2026, 5, 4)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_one(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


@given(DAYS, st.integers(0, 120))
def test_adding_months_moves_by_exactly_that_many_months(day: date, months: int) -> None:
    later = add_months(day, months)

    assert month_of(later) == month_of(day) + months
    assert later.day == min(day.day, last_day_of(month_of(later)).day)
