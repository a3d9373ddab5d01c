"""Tiers: what a member's points inside the window make them, and what that is worth."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from loyalty_shared.domain.dates import first_day_of, last_day_of, month_of
from loyalty_shared.domain.qualification import (
    MONTHS_KEPT,
    LifetimeWindow,
    Qualification,
    Window,
    reaches_back,
)


@dataclass(frozen=True, slots=True)
class TierLevel:
    """A tier: held from `from_points` inside the window on; purchases earn `multiplier` times."""

    name: str
    from_points: int
    multiplier: Fraction


@dataclass(frozen=True, slots=True)
class Tiers:
    """The levels, lowest first (the first from 0 points), and the window that they look at.

    A tier that the window no longer supports is kept for `grace_months` more.
    """

    window: Window
    levels: tuple[TierLevel, ...]
    grace_months: int = 0

    def level_in(self, month: int, qualification: Qualification) -> TierLevel:
        """Find the tier of a month: the best that its window supports, or that of a month of grace.

        It is a function of the points alone, so it is the same whatever order they came in, and
        points that are taken back take the tier along that they alone supported.
        """
        earned = self._most_earned(month - self.grace_months, month, qualification)
        held = (level for level in reversed(self.levels) if level.from_points <= earned)
        # Looked at as of a past day, more may be taken back by then than there was.
        return next(held, self.levels[0])

    def level_above(self, level: TierLevel) -> TierLevel | None:
        """Find the next tier up, None at the top."""
        return next((each for each in self.levels if each.from_points > level.from_points), None)

    def level_named(self, name: str) -> TierLevel:
        """Find a tier by its name; one that the program does not know earns plainly."""
        plain = TierLevel(name, 0, Fraction(1))
        return next((level for level in self.levels if level.name == name), plain)

    def kept_until(self, month: int, qualification: Qualification) -> date | None:
        """Give the last day on which the tier of a month is held if nothing more is earned.

        None where time alone never ends it: the lowest tier, and any under a lifetime window.
        """
        level = self.level_in(month, qualification)
        if isinstance(self.window, LifetimeWindow) or level is self.levels[0]:
            return None

        def is_lost(later: int) -> bool:
            first = later - self.grace_months
            return self._most_earned(first, later, qualification) < level.from_points

        # Windows only lose points as they move on, and after so many months all grace is over too.
        later = range(month + 1, month + MONTHS_KEPT + 1)
        return last_day_of(month + bisect_left(later, True, key=is_lost))  # noqa: FBT003 - bisect's own

    def points_to_stay(self, month: int, qualification: Qualification) -> int | None:
        """Say how many points, earned in the last month of a month's tier, keep it beyond that.

        None where time alone never ends it, and where the next month's window is all new and there
        is no grace: then nothing that is earned before it helps.
        """
        kept_until = self.kept_until(month, qualification)
        if kept_until is None:
            return None
        last = month_of(kept_until)
        helped = [last] if self.grace_months else []
        if reaches_back(self.window, last + 1):
            helped.append(last + 1)
        earned = [qualification.earned_within(self.window, each) for each in helped]
        level = self.level_in(month, qualification)
        return level.from_points - max(earned) if earned else None

    def _most_earned(self, first: int, last: int, qualification: Qualification) -> int:
        if first == last:  # most programs have no grace, and every purchase asks
            return qualification.earned_within(self.window, last)
        months = range(first, last + 1)
        return max([qualification.earned_within(self.window, month) for month in months])


@dataclass(frozen=True, slots=True)
class TierStanding:
    """Where a member stands among the tiers on a day.

    `since` is the first day of the tier, `kept_until` its last one if nothing more is earned, and
    `points_to_stay` what keeps it beyond (None: time alone does not end it).
    """

    level: TierLevel
    since: date
    earned: int
    above: TierLevel | None
    kept_until: date | None
    points_to_stay: int | None

    @property
    def points_to_next(self) -> int | None:
        """Say how many points are missing to the next tier up, None at the top."""
        return self.above.from_points - self.earned if self.above else None


def newest_month(qualification: Qualification, tier_since: date) -> int:
    """Give the newest month that a member's tier was written for: a purchase's or a settle's."""
    return max(qualification.newest_month, month_of(tier_since))


def standing_on(
    today: date, tiers: Tiers, qualification: Qualification, tier_since: date
) -> TierStanding:
    """Find where a member stands; `tier_since` is when the tier that is written began."""
    month = month_of(today)
    level = tiers.level_in(month, qualification)
    return TierStanding(
        level=level,
        since=_since(today, tiers, qualification, tier_since),
        earned=qualification.earned_within(tiers.window, month),
        above=tiers.level_above(level),
        kept_until=tiers.kept_until(month, qualification),
        points_to_stay=tiers.points_to_stay(month, qualification),
    )


def _since(today: date, tiers: Tiers, qualification: Qualification, tier_since: date) -> date:
    month = month_of(today)
    # Of a purchase that is still to come, as of this day, it says nothing.
    is_written = tier_since <= today
    written = newest_month(qualification, tier_since) if is_written else month - MONTHS_KEPT
    # All that is kept by month has left every window, and all grace is over, by then.
    first = min(month, max(written, qualification.newest_month) + MONTHS_KEPT)
    level = tiers.level_in(first, qualification)
    while first > written and tiers.level_in(first - 1, qualification) == level:
        first -= 1
    return tier_since if is_written and first <= written else first_day_of(first)
