from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loyalty_shared.domain.dates import last_day_of, month_of
from loyalty_shared.domain.program import Program
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


def tiers(window: Window) -> Tiers:
    return Tiers(window, (BASIC, SILVER, GOLD))


@pytest.mark.parametrize(
    ("earned", "tier", "next_tier"),
    [
        (0, "Basic", "Bronze"),
        (499, "Basic", "Bronze"),
        (500, "Bronze", "Silver"),
        (1499, "Bronze", "Silver"),
        (1500, "Silver", "Gold"),
        (4999, "Silver", "Gold"),
        (5000, "Gold", None),
        (10**9, "Gold", None),
    ],
)
def test_a_tier_is_held_from_its_threshold_on(
    program: Program, earned: int, tier: str, next_tier: str | None
) -> None:
    level = program.tiers.level_in(MAY, Qualification().plus(earned, MAY))
    above = program.tiers.level_above(level)

    assert level.name == tier
    assert (above.name if above else None) == next_tier


@pytest.mark.parametrize(
    ("tier", "multiplier"),
    [
        ("Basic", Fraction(1)),
        ("Bronze", Fraction(11, 10)),
        ("Silver", Fraction(6, 5)),
        ("Gold", Fraction(3, 2)),
        ("Platinum", Fraction(1)),  # not known to this version of the program
        ("gold", Fraction(1)),
    ],
)
def test_a_tier_multiplies_and_one_that_is_not_known_does_not(
    program: Program, tier: str, multiplier: Fraction
) -> None:
    assert program.tiers.level_named(tier).multiplier == multiplier


@pytest.mark.parametrize(
    ("window", "earned", "kept_until"),
    [
        (RollingMonthsWindow(12), [("2026-05", 100)], "2027-04-30"),
        (RollingMonthsWindow(12), [("2026-02", 50), ("2026-05", 50)], "2027-01-31"),
        (RollingMonthsWindow(12), [("2026-02", 1), ("2026-05", 100)], "2027-04-30"),
        (RollingMonthsWindow(1), [("2026-05", 500)], "2026-05-31"),
        (RollingMonthsWindow(12), [("2026-02", 450), ("2026-05", 50)], "2027-01-31"),  # from Gold
        (CalendarYearWindow(), [("2026-05", 100)], "2026-12-31"),
        (LifetimeWindow(), [("2026-05", 500)], None),
        (RollingMonthsWindow(12), [("2026-05", 99)], None),  # nothing is below the lowest
        (RollingMonthsWindow(12), [], None),
    ],
)
def test_a_tier_is_kept_to_the_end_of_the_month_after_which_too_little_is_left(
    window: Window, earned: list[tuple[str, int]], kept_until: str | None
) -> None:
    qualification = Qualification()
    for in_month, points in earned:
        qualification = qualification.plus(points, month_of(date.fromisoformat(f"{in_month}-01")))

    until = tiers(window).kept_until(MAY, qualification)

    assert until == (date.fromisoformat(kept_until) if kept_until else None)


@given(
    st.lists(st.tuples(st.integers(MAY - 23, MAY), st.integers(0, 300)), max_size=6),
    st.one_of(st.just(CalendarYearWindow()), st.builds(RollingMonthsWindow, st.integers(1, 24))),
)
def test_a_tier_is_held_through_that_day_and_lost_on_the_next(
    earned: list[tuple[int, int]], window: RollingMonthsWindow | CalendarYearWindow
) -> None:
    qualification = Qualification()
    for in_month, points in earned:
        qualification = qualification.plus(points, in_month)
    all_tiers = tiers(window)
    held = all_tiers.level_in(MAY, qualification)

    until = all_tiers.kept_until(MAY, qualification)

    if until is None:
        assert held == BASIC
        return
    lost_in = month_of(until + timedelta(days=1))
    assert lost_in == month_of(until) + 1
    for month in range(MAY, lost_in):
        assert all_tiers.level_in(month, qualification).from_points >= held.from_points
    assert all_tiers.level_in(lost_in, qualification).from_points < held.from_points


@pytest.mark.parametrize(
    ("today", "tier", "since"),
    [
        ("2024-01-31", "Gold", "2024-01-05"),
        ("2024-12-31", "Gold", "2024-01-05"),
        ("2025-01-01", "Basic", "2025-01-01"),
        ("2026-05-04", "Basic", "2025-01-01"),
        ("2099-05-04", "Basic", "2025-01-01"),
    ],
)
def test_a_tier_that_time_ended_is_followed_by_one_that_began_then(
    program: Program, today: str, tier: str, since: str
) -> None:
    january = date(2024, 1, 5)
    qualification = Qualification().plus(6000, month_of(january))

    standing = standing_on(date.fromisoformat(today), program.tiers, qualification, january)

    assert (standing.level.name, str(standing.since)) == (tier, since)


def test_a_calendar_year_of_gold_is_followed_by_a_year_that_begins_anew() -> None:
    qualification = Qualification().plus(500, month_of(date(2024, 7, 1)))
    of_a_year = tiers(CalendarYearWindow())

    standing = standing_on(date(2025, 8, 1), of_a_year, qualification, date(2024, 7, 1))

    assert (standing.level, standing.since) == (BASIC, date(2025, 1, 1))
    assert (standing.above, standing.points_to_next) == (SILVER, 100)


@pytest.mark.parametrize(
    ("earned", "tier", "next_tier", "missing"),
    [
        (0, "Basic", "Bronze", 500),
        (499, "Basic", "Bronze", 1),
        (500, "Bronze", "Silver", 1000),
        (4990, "Silver", "Gold", 10),
        (5000, "Gold", None, None),
    ],
)
def test_a_standing_says_how_far_the_next_tier_is(
    program: Program, earned: int, tier: str, next_tier: str | None, missing: int | None
) -> None:
    today = date(2026, 5, 4)
    qualification = Qualification().plus(earned, MAY)

    standing = standing_on(today, program.tiers, qualification, today)

    assert (standing.level.name, standing.earned) == (tier, earned)
    assert (standing.above.name if standing.above else None) == next_tier
    assert standing.points_to_next == missing


@given(
    st.lists(st.tuples(st.integers(MAY - 23, MAY), st.integers(0, 300)), max_size=6),
    st.one_of(st.just(CalendarYearWindow()), st.builds(RollingMonthsWindow, st.integers(1, 24))),
    st.integers(0, 40),
)
@example([(MAY, 500)], RollingMonthsWindow(24), 30)
def test_a_tier_is_held_since_the_first_day_of_the_months_that_it_lasts(
    earned: list[tuple[int, int]], window: RollingMonthsWindow | CalendarYearWindow, ahead: int
) -> None:
    reached = date(2026, 5, 4)
    qualification = Qualification().plus(0, MAY)
    for in_month, points in earned:
        qualification = qualification.plus(points, in_month)
    all_tiers = tiers(window)
    levels = [all_tiers.level_in(MAY + later, qualification) for later in range(ahead + 1)]
    held_for = next(
        (months for months, level in enumerate(reversed(levels)) if level != levels[-1]),
        len(levels),
    )

    standing = standing_on(last_day_of(MAY + ahead), all_tiers, qualification, reached)

    assert standing.level == levels[-1]
    if held_for == len(levels):
        assert standing.since == reached
    else:
        assert standing.since == last_day_of(MAY + ahead - held_for) + timedelta(days=1)
