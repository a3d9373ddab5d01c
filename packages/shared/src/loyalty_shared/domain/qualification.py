"""Which points count towards a tier: those earned inside the program's window.

Spending them changes nothing here; this is apart from the balance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from loyalty_shared.domain.dates import first_month_of_year

MONTHS_KEPT = 24  # bounds what an entry carries; the longest rolling window may not exceed it


@dataclass(frozen=True, slots=True)
class LifetimeWindow:
    """All points ever earned count."""


@dataclass(frozen=True, slots=True)
class CalendarYearWindow:
    """Points earned since 1 January count."""


@dataclass(frozen=True, slots=True)
class RollingMonthsWindow:
    """Points earned in this calendar month and the `months - 1` before it count."""

    months: int


Window = LifetimeWindow | CalendarYearWindow | RollingMonthsWindow


def reaches_back(window: Window, month: int) -> bool:
    """Say whether the window, as it lies in a month, holds the month before it as well."""
    if isinstance(window, RollingMonthsWindow):
        return window.months > 1
    return isinstance(window, LifetimeWindow) or month != first_month_of_year(month)


@dataclass(frozen=True, slots=True)
class Qualification:
    """The points a member earned, for all time and by month.

    `by_month` ends with `newest_month` and goes back one month an item, at most `MONTHS_KEPT`, to
    the first in which there are any.
    """

    lifetime: int = 0
    newest_month: int = 0
    by_month: tuple[int, ...] = ()

    def earned_within(self, window: Window, month: int) -> int:
        """Sum the points inside the window as it lies in a given month."""
        if isinstance(window, LifetimeWindow):
            return self.lifetime
        if isinstance(window, CalendarYearWindow):
            first = first_month_of_year(month)
        else:
            first = month - window.months + 1
        oldest = self.newest_month - len(self.by_month) + 1
        return sum(self.by_month[max(first - oldest, 0) : max(month - oldest + 1, 0)])

    def plus(self, points: int, month: int) -> Qualification:
        """Count points that were earned in a month.

        Points of a month older than all that are kept count for the lifetime only.
        """
        newest = max(self.newest_month, month)
        by_month = dict(self.months())
        by_month[month] = by_month.get(month, 0) + points
        kept = range(newest - MONTHS_KEPT + 1, newest + 1)
        oldest = next((each for each in kept if by_month.get(each)), newest + 1)
        return Qualification(
            lifetime=self.lifetime + points,
            newest_month=newest,
            by_month=tuple(by_month.get(each, 0) for each in range(oldest, newest + 1)),
        )

    def joined_with(self, other: Qualification, sign: int) -> Qualification:
        """Add what another member earned (`sign` 1), or take it away (-1)."""
        joined = self
        for month, points in other.months():
            joined = joined.plus(sign * points, month)
        older = other.lifetime - sum(points for _, points in other.months())
        return replace(joined, lifetime=joined.lifetime + sign * older)

    def months(self) -> Iterator[tuple[int, int]]:
        """Go through the months that are kept, with the points earned in each."""
        oldest = self.newest_month - len(self.by_month) + 1
        return zip(range(oldest, self.newest_month + 1), self.by_month, strict=True)
