"""What an account says of its tier: how long it is kept, and how many points keep it or reach more.

Each number is put to the test: a member earns it, and one point less.
"""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from loyalty_shared.domain.dates import first_day_of, last_day_of, month_of
from loyalty_shared.domain.qualification import (
    CalendarYearWindow,
    LifetimeWindow,
    Qualification,
    RollingMonthsWindow,
    Window,
)
from loyalty_shared.domain.tiers import TierLevel, Tiers, standing_on

BASIC = TierLevel("Basic", 0, Fraction(1))
SILVER = TierLevel("Silver", 100, Fraction(6, 5))
GOLD = TierLevel("Gold", 500, Fraction(3, 2))
MAY = month_of(date(2026, 5, 1))

ENDING_WINDOWS: st.SearchStrategy[Window] = st.one_of(
    st.just(CalendarYearWindow()), st.builds(RollingMonthsWindow, st.integers(1, 12))
)
EARNED = st.lists(st.tuples(st.integers(MAY - 14, MAY), st.integers(0, 400)), max_size=6)


def tiers(window: Window, grace: int = 0) -> Tiers:
    return Tiers(window, (BASIC, SILVER, GOLD), grace)


def month(text: str) -> int:
    return month_of(date.fromisoformat(f"{text}-01"))


def qualified(*earned: tuple[int, int]) -> Qualification:
    qualification = Qualification().plus(0, MAY)
    for in_month, points in earned:
        qualification = qualification.plus(points, in_month)
    return qualification


# ------------------------------------------------------------------ grace


@pytest.mark.parametrize(
    ("window", "grace", "kept_until"),
    [
        # Gold by 500 points of March 2026.
        (RollingMonthsWindow(12), 0, "2027-02-28"),
        (RollingMonthsWindow(12), 1, "2027-03-31"),
        (RollingMonthsWindow(12), 2, "2027-04-30"),
        (RollingMonthsWindow(12), 12, "2028-02-29"),
        (RollingMonthsWindow(1), 0, "2026-03-31"),
        (RollingMonthsWindow(1), 3, "2026-06-30"),
        (CalendarYearWindow(), 0, "2026-12-31"),
        (CalendarYearWindow(), 1, "2027-01-31"),
        (CalendarYearWindow(), 3, "2027-03-31"),
        (CalendarYearWindow(), 12, "2027-12-31"),
        (LifetimeWindow(), 0, None),
    ],
)
def test_a_tier_is_kept_so_many_months_longer_than_the_window_supports_it(
    window: Window, grace: int, kept_until: str | None
) -> None:
    march = month("2026-03")
    qualification = Qualification().plus(500, march)
    of_program = tiers(window, grace)

    assert str(of_program.kept_until(march, qualification)) == str(kept_until)
    if kept_until:
        last = month_of(date.fromisoformat(kept_until))
        assert {of_program.level_in(each, qualification) for each in range(march, last + 1)} == {
            GOLD
        }
        assert of_program.level_in(last + 1, qualification) == BASIC


def test_after_grace_a_member_falls_to_what_the_window_supported_last() -> None:
    of_program = tiers(RollingMonthsWindow(2), 1)
    qualification = qualified((month("2026-03"), 450), (month("2026-04"), 100))

    levels = [of_program.level_in(each, qualification).name for each in range(MAY - 2, MAY + 4)]

    # March 450, April 550, May 100, June 0: each is held for a month longer.
    assert levels == ["Silver", "Gold", "Gold", "Silver", "Basic", "Basic"]


def test_grace_does_not_put_off_an_upgrade() -> None:
    of_program = tiers(RollingMonthsWindow(2), 3)

    assert of_program.level_in(MAY, qualified((MAY, 500))) == GOLD
    assert of_program.level_in(MAY, qualified((MAY - 4, 100), (MAY, 500))) == GOLD


def test_grace_gives_no_tier_for_a_month_before_it_was_reached() -> None:
    of_program = tiers(RollingMonthsWindow(12), 3)

    assert of_program.level_in(MAY - 1, qualified((MAY, 500))) == BASIC


@given(EARNED, ENDING_WINDOWS, st.integers(0, 6), st.integers(0, 30))
def test_grace_is_the_best_that_the_window_supported_in_those_months(
    earned: list[tuple[int, int]], window: Window, grace: int, ahead: int
) -> None:
    qualification = qualified(*earned)
    looked_at = MAY + ahead
    without = [tiers(window).level_in(looked_at - back, qualification) for back in range(grace + 1)]

    best = max(without, key=lambda level: level.from_points)
    assert tiers(window, grace).level_in(looked_at, qualification) == best


@given(EARNED, ENDING_WINDOWS, st.integers(0, 6))
def test_a_tier_with_grace_is_held_through_its_day_and_lost_on_the_next(
    earned: list[tuple[int, int]], window: Window, grace: int
) -> None:
    qualification = qualified(*earned)
    of_program = tiers(window, grace)
    held = of_program.level_in(MAY, qualification)

    until = of_program.kept_until(MAY, qualification)

    if until is None:
        assert held == BASIC
        return
    assert until == last_day_of(month_of(until))
    for each in range(MAY, month_of(until) + 1):
        assert of_program.level_in(each, qualification).from_points >= held.from_points
    after = of_program.level_in(month_of(until) + 1, qualification)
    assert after.from_points < held.from_points


# ------------------------------------------------------------------ points to stay


@pytest.mark.parametrize(
    ("window", "grace", "earned", "kept_until", "points_to_stay"),
    [
        # As of May 2026.
        (RollingMonthsWindow(12), 0, [("2026-05", 500)], "2027-04-30", 500),
        (RollingMonthsWindow(12), 0, [("2026-03", 300), ("2026-05", 200)], "2027-02-28", 300),
        (RollingMonthsWindow(12), 0, [("2026-03", 300), ("2026-05", 240)], "2027-02-28", 260),
        (RollingMonthsWindow(12), 0, [("2026-05", 100)], "2027-04-30", 100),
        (RollingMonthsWindow(12), 0, [("2026-05", 99)], None, None),
        (RollingMonthsWindow(2), 0, [("2026-04", 450), ("2026-05", 60)], "2026-05-31", 440),
        (RollingMonthsWindow(2), 1, [("2026-04", 450), ("2026-05", 60)], "2026-06-30", 440),
        # June's window has 100 and its grace ends with August; but what is earned in July is not
        # in it, and July's has nothing.
        (RollingMonthsWindow(2), 2, [("2026-04", 500), ("2026-05", 100)], "2026-07-31", 500),
        (CalendarYearWindow(), 2, [("2026-05", 500)], "2027-02-28", 500),
        (LifetimeWindow(), 0, [("2026-05", 500)], None, None),
        # What is earned in the only month that counts counts no more in the next: nothing keeps it.
        (CalendarYearWindow(), 0, [("2026-05", 500)], "2026-12-31", None),
        (RollingMonthsWindow(1), 0, [("2026-05", 500)], "2026-05-31", None),
    ],
)
def test_points_to_stay_are_what_is_missing_on_the_day_after_the_last(
    window: Window,
    grace: int,
    earned: list[tuple[str, int]],
    kept_until: str | None,
    points_to_stay: int | None,
) -> None:
    qualification = qualified(*((month(in_month), points) for in_month, points in earned))

    standing = standing_on(date(2026, 5, 20), tiers(window, grace), qualification, date(2026, 5, 1))

    assert str(standing.kept_until) == str(kept_until)
    assert standing.points_to_stay == points_to_stay


@given(EARNED, ENDING_WINDOWS, st.integers(0, 6), st.data())
@example([(MAY, 500)], CalendarYearWindow(), 0, None)
@example([(MAY - 1, 500), (MAY, 100)], RollingMonthsWindow(2), 2, None)
def test_earning_what_is_missing_by_the_last_day_keeps_the_tier_and_one_point_less_does_not(
    earned: list[tuple[int, int]], window: Window, grace: int, data: st.DataObject | None
) -> None:
    qualification = qualified(*earned)
    of_program = tiers(window, grace)
    held = of_program.level_in(MAY, qualification)
    kept_until = of_program.kept_until(MAY, qualification)
    missing = of_program.points_to_stay(MAY, qualification)

    if kept_until is None or missing is None:
        assert held == BASIC or lasts_one_period(window, grace)
        return
    assert missing > 0
    last = month_of(kept_until)

    def level_after(points: int, in_month: int) -> TierLevel:
        return of_program.level_in(last + 1, qualification.plus(points, in_month))

    assert level_after(missing, last).from_points >= held.from_points
    assert level_after(missing - 1, last).from_points < held.from_points
    if isinstance(window, RollingMonthsWindow) and data and last > MAY:
        sooner = data.draw(st.integers(MAY + 1, last))
        assert level_after(missing, sooner).from_points >= held.from_points


def lasts_one_period(window: Window, grace: int) -> bool:
    """Say whether what is earned in a period counts in no other, so that nothing keeps a tier."""
    return grace == 0 and window in (CalendarYearWindow(), RollingMonthsWindow(1))


# ------------------------------------------------------------------ points to next


@given(
    EARNED,
    st.one_of(ENDING_WINDOWS, st.just(LifetimeWindow())),
    st.integers(0, 6),
    st.integers(0, 12),
)
def test_earning_what_is_missing_reaches_the_next_tier_and_one_point_less_does_not(
    earned: list[tuple[int, int]], window: Window, grace: int, ahead: int
) -> None:
    assume(grace == 0 or not isinstance(window, LifetimeWindow))
    qualification = qualified(*earned)
    of_program = tiers(window, grace)
    today = last_day_of(MAY + ahead)

    standing = standing_on(today, of_program, qualification, date(2026, 5, 1))

    if standing.above is None:
        assert (standing.level, standing.points_to_next) == (GOLD, None)
        return
    assert standing.points_to_next is not None
    missing = standing.points_to_next
    reached = of_program.level_in(MAY + ahead, qualification.plus(missing, MAY + ahead))
    not_yet = of_program.level_in(MAY + ahead, qualification.plus(missing - 1, MAY + ahead))
    assert reached.from_points >= standing.above.from_points
    assert not_yet.from_points < standing.above.from_points


@given(EARNED, ENDING_WINDOWS, st.integers(0, 3), st.integers(0, 60))
def test_a_standing_is_held_since_a_day_and_until_a_day(
    earned: list[tuple[int, int]], window: Window, grace: int, days: int
) -> None:
    today = date(2026, 5, 4) + timedelta(days=days)

    standing = standing_on(today, tiers(window, grace), qualified(*earned), date(2026, 5, 1))

    assert date(2026, 5, 1) <= standing.since <= today
    assert standing.kept_until is None or standing.kept_until >= last_day_of(month_of(today))
    assert standing.since in (date(2026, 5, 1), first_day_of(month_of(standing.since)))
