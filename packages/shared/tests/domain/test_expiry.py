from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.expiry import (
    ExpiresAfterDays,
    ExpiresAfterMonths,
    ExpiryPoint,
    NeverExpires,
)

DAYS = st.dates(date(1970, 1, 1), date(2200, 12, 31))
MONTHS = st.integers(1, 120)


@pytest.mark.parametrize(
    ("purchased_on", "months", "at", "last_day"),
    [
        ("2026-05-04", 12, "same_day", "2027-05-04"),
        ("2026-01-31", 1, "same_day", "2026-02-28"),
        ("2028-01-31", 1, "same_day", "2028-02-29"),  # a leap year
        ("2028-02-29", 12, "same_day", "2029-02-28"),
        ("2026-05-04", 12, "month_end", "2027-05-31"),
        ("2026-05-31", 12, "month_end", "2027-05-31"),
        ("2027-02-01", 12, "month_end", "2028-02-29"),
        ("2026-01-31", 1, "month_end", "2026-02-28"),
        ("2026-05-04", 12, "year_end", "2027-12-31"),
        ("2026-01-01", 1, "year_end", "2026-12-31"),
        ("2026-12-31", 1, "year_end", "2027-12-31"),
        ("2026-12-01", 1, "month_end", "2027-01-31"),
    ],
)
def test_points_last_a_number_of_months_and_to_the_end_of_the_period(
    purchased_on: str, months: int, at: str, last_day: str
) -> None:
    rule = ExpiresAfterMonths(months, ExpiryPoint(at))

    assert rule.expires_on(date.fromisoformat(purchased_on)) == date.fromisoformat(last_day)


@pytest.mark.parametrize(
    ("purchased_on", "days", "last_day"),
    [
        ("2026-05-04", 90, "2026-08-02"),
        ("2026-12-31", 1, "2027-01-01"),
        ("2028-02-28", 1, "2028-02-29"),
        ("2026-02-28", 1, "2026-03-01"),
    ],
)
def test_points_last_a_number_of_days(purchased_on: str, days: int, last_day: str) -> None:
    rule = ExpiresAfterDays(days)

    assert rule.expires_on(date.fromisoformat(purchased_on)) == date.fromisoformat(last_day)


def test_points_that_never_expire_have_no_last_day() -> None:
    assert NeverExpires().expires_on(date(2026, 5, 4)) is None


@given(DAYS, MONTHS)
def test_a_period_ends_in_or_after_the_month_and_is_over_on_the_next_day(
    day: date, months: int
) -> None:
    same_day, month_end, year_end = (
        ExpiresAfterMonths(months, at).expires_on(day) or date.max for at in ExpiryPoint
    )

    assert month_of(same_day) == month_of(month_end) == month_of(day) + months
    assert same_day <= month_end <= year_end
    assert (month_end + timedelta(days=1)).day == 1
    assert (year_end.year, year_end.month, year_end.day) == (same_day.year, 12, 31)


@given(DAYS, DAYS, MONTHS, st.sampled_from(ExpiryPoint))
def test_what_is_bought_later_never_expires_earlier(
    one: date, other: date, months: int, at: ExpiryPoint
) -> None:
    rule = ExpiresAfterMonths(months, at)
    first, second = sorted((one, other))

    assert (rule.expires_on(first) or date.max) <= (rule.expires_on(second) or date.max)
