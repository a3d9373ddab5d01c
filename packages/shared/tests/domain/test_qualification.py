from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.qualification import (
    MONTHS_KEPT,
    CalendarYearWindow,
    LifetimeWindow,
    Qualification,
    RollingMonthsWindow,
    Window,
)

JANUARY_2026 = month_of(date(2026, 1, 1))
# Within three years, so that late months and gaps longer than what is kept turn up.
MONTHS = st.integers(JANUARY_2026 - 18, JANUARY_2026 + 18)
EARNED = st.lists(st.tuples(MONTHS, st.integers(0, 1000)), max_size=10)
WINDOWS: st.SearchStrategy[Window] = st.one_of(
    st.just(LifetimeWindow()),
    st.just(CalendarYearWindow()),
    st.builds(RollingMonthsWindow, st.integers(1, MONTHS_KEPT)),
)


def month(text: str) -> int:
    return month_of(date.fromisoformat(f"{text}-01"))


def qualification_of(earned: list[tuple[int, int]]) -> Qualification:
    qualification = Qualification()
    for in_month, points in earned:
        qualification = qualification.plus(points, in_month)
    return qualification


@pytest.mark.parametrize(
    ("window", "looked_at_in", "counts"),
    [
        (RollingMonthsWindow(12), "2026-05", 1 + 2 + 4),
        (RollingMonthsWindow(12), "2026-12", 2 + 4 + 8),  # January is the last month that counts
        (RollingMonthsWindow(12), "2027-01", 4 + 8),  # and now it is out
        (RollingMonthsWindow(1), "2026-05", 4),
        (RollingMonthsWindow(1), "2026-06", 0),
        (RollingMonthsWindow(24), "2026-12", 1 + 2 + 4 + 8),
        (CalendarYearWindow(), "2025-12", 1),
        (CalendarYearWindow(), "2026-01", 2),
        (CalendarYearWindow(), "2026-12", 2 + 4 + 8),
        (CalendarYearWindow(), "2027-01", 0),
        (LifetimeWindow(), "2025-01", 1 + 2 + 4 + 8),
        (LifetimeWindow(), "2040-01", 1 + 2 + 4 + 8),
    ],
)
def test_points_count_inside_the_window_and_not_outside(
    window: Window, looked_at_in: str, counts: int
) -> None:
    earned = qualification_of(
        [(month("2025-06"), 1), (month("2026-01"), 2), (month("2026-05"), 4), (month("2026-12"), 8)]
    )

    assert earned.earned_within(window, month(looked_at_in)) == counts


def test_nothing_earned_counts_nothing() -> None:
    for window in (LifetimeWindow(), CalendarYearWindow(), RollingMonthsWindow(12)):
        assert Qualification().earned_within(window, JANUARY_2026) == 0


def test_points_that_come_late_count_in_their_own_month() -> None:
    earned = qualification_of([(month("2026-05"), 100), (month("2026-02"), 7)])

    assert earned.newest_month == month("2026-05")
    assert earned.by_month == (7, 0, 0, 100)


def test_points_older_than_all_that_is_kept_count_for_the_lifetime_only() -> None:
    earned = qualification_of([(month("2026-05"), 100), (month("2024-05"), 7)])

    assert earned.lifetime == 107
    assert earned.earned_within(RollingMonthsWindow(MONTHS_KEPT), month("2026-05")) == 100
    assert earned.by_month == (100,)


def test_the_oldest_month_that_is_kept_still_counts() -> None:
    earned = qualification_of([(month("2026-05"), 100), (month("2024-06"), 7)])

    assert earned.earned_within(RollingMonthsWindow(MONTHS_KEPT), month("2026-05")) == 107


def test_a_long_gap_leaves_no_long_list() -> None:
    earned = qualification_of([(month("1990-01"), 7), (month("2026-05"), 100)])

    assert earned.by_month == (100,)


def test_what_is_kept_begins_with_the_first_month_that_has_points() -> None:
    earned = qualification_of(
        [(month("2026-02"), 0), (month("2026-03"), 7), (month("2026-05"), 5), (month("2026-06"), 0)]
    )

    assert (earned.newest_month, earned.by_month) == (month("2026-06"), (7, 0, 5, 0))
    assert next(iter(earned.months())) == (month("2026-03"), 7)


@pytest.mark.parametrize(
    ("taken_back", "by_month"),
    [
        ([("2026-03", 3)], (4, 0, 5)),
        ([("2026-03", 7)], (5,)),  # nothing is left of the first month
        ([("2026-05", 5)], (7, 0, 0)),  # the newest month stays the newest
        ([("2026-03", 7), ("2026-05", 5)], ()),
    ],
)
def test_points_that_are_taken_back_go_from_the_month_that_they_were_earned_in(
    taken_back: list[tuple[str, int]], by_month: tuple[int, ...]
) -> None:
    earned = qualification_of([(month("2026-03"), 7), (month("2026-05"), 5)])

    for in_month, points in taken_back:
        earned = earned.plus(-points, month(in_month))

    assert earned.lifetime == 12 - sum(points for _, points in taken_back)
    assert (earned.newest_month, earned.by_month) == (month("2026-05"), by_month)


def test_points_of_a_month_that_is_no_longer_kept_are_taken_from_the_lifetime_only() -> None:
    earned = qualification_of([(month("2024-01"), 7), (month("2026-05"), 5)])

    assert earned.plus(-7, month("2024-01")) == qualification_of([(month("2026-05"), 5)])


@given(EARNED, WINDOWS, MONTHS)
@example([(JANUARY_2026 + 18, 1), (JANUARY_2026 - 18, 2)], RollingMonthsWindow(24), JANUARY_2026)
def test_it_counts_as_a_plain_sum_over_months_does(
    earned: list[tuple[int, int]], window: Window, looked_at_in: int
) -> None:
    newest = max((in_month for in_month, _ in earned), default=0)

    def counts(in_month: int) -> bool:
        if isinstance(window, LifetimeWindow):
            return True
        kept = in_month > newest - MONTHS_KEPT
        if isinstance(window, CalendarYearWindow):
            return kept and in_month <= looked_at_in and in_month // 12 == looked_at_in // 12
        return kept and looked_at_in - window.months < in_month <= looked_at_in

    assert qualification_of(earned).earned_within(window, looked_at_in) == sum(
        points for in_month, points in earned if counts(in_month)
    )


@given(EARNED.flatmap(lambda earned: st.tuples(st.just(earned), st.permutations(earned))))
def test_the_order_in_which_points_come_does_not_matter(
    in_two_orders: tuple[list[tuple[int, int]], list[tuple[int, int]]],
) -> None:
    one, other = in_two_orders

    assert qualification_of(one) == qualification_of(other)


@given(EARNED)
def test_no_more_months_are_kept_than_the_longest_window_has(earned: list[tuple[int, int]]) -> None:
    assert len(qualification_of(earned).by_month) <= MONTHS_KEPT
