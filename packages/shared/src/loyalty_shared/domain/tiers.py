"""Tiers: what a member's points inside the window make them, and what that is worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from loyalty_shared.domain.dates import first_day_of, last_day_of, month_of
from loyalty_shared.domain.qualification import (
    MONTHS_KEPT,
    LifetimeWindow,
    Qualification,
    Window,
)


@dataclass(frozen=True, slots=True)
class TierLevel:
    """A tier: held from `from_points` inside the window on; purchases earn `multiplier` times."""

    name: str
    from_points: int
    multiplier: Fraction


@dataclass(frozen=True, slots=True)
class Tiers:
    """The levels, lowest first (the first from 0 points), and the window that they look at."""

    window: Window
    levels: tuple[TierLevel, ...]

    def level_in(self, month: int, qualification: Qualification) -> TierLevel:
        """Find the tier that the points inside the window give in a month."""
        earned = qualification.earned_within(self.window, month)
        return next(level for level in reversed(self.levels) if level.from_points <= earned)

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
        last = month
        while self.level_in(last + 1, qualification).from_points >= level.from_points:
            last += 1
        return last_day_of(last)


@dataclass(frozen=True, slots=True)
class TierStanding:
    """Where a member stands among the tiers on a day.

    `since` is the first day of the tier, `kept_until` its last one if nothing more is earned (None:
    time alone does not end it).
    """

    level: TierLevel
    since: date
    earned: int
    above: TierLevel | None
    kept_until: date | None

    @property
    def points_to_next(self) -> int | None:
        """Say how many points are missing to the next tier up, None at the top."""
        return self.above.from_points - self.earned if self.above else None


def standing_on(
    today: date, tiers: Tiers, qualification: Qualification, newest_since: date
) -> TierStanding:
    """Find where a member stands; `newest_since` is when the tier of the newest month began."""
    month = month_of(today)
    level = tiers.level_in(month, qualification)
    return TierStanding(
        level=level,
        since=_since(month, tiers, qualification, newest_since),
        earned=qualification.earned_within(tiers.window, month),
        above=tiers.level_above(level),
        kept_until=tiers.kept_until(month, qualification),
    )


def _since(month: int, tiers: Tiers, qualification: Qualification, newest_since: date) -> date:
    newest = qualification.newest_month
    # All that is kept by month has left every window by then, so nothing changes any more.
    first = min(month, newest + MONTHS_KEPT)
    level = tiers.level_in(first, qualification)
    while first > newest and tiers.level_in(first - 1, qualification) == level:
        first -= 1
    return newest_since if first <= newest else first_day_of(first)
