"""Tiers: what a member's points inside the window make them, and what that is worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from loyalty_shared.domain.dates import last_day_of
from loyalty_shared.domain.qualification import LifetimeWindow, Qualification, Window


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

    def multiplier_of(self, name: str) -> Fraction:
        """Give a tier's multiplier; one that the program does not know earns plainly."""
        return next((level.multiplier for level in self.levels if level.name == name), Fraction(1))

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
