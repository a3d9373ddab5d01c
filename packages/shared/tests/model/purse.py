"""A member's points in the model, each by the days on which it can be used, and what is held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

Days = tuple[date | None, date | None]  # the first and the last; None where there is none


@dataclass(eq=False)
class Hold:
    """Points set aside until a moment; what comes back lasts through `returns` at least.

    Its `id` and the `days` of its points, in the order of use, are read where it was written.
    """

    member: str
    points: int
    until: datetime
    returns: date
    due: date
    order: str | None = None
    id: str = ""
    days: list[Days] = field(default_factory=list)


class Purse:
    """Points by their days, the holds that nobody has ended in writing, and what is owed."""

    def __init__(self) -> None:
        self.points: Counter[Days] = Counter()
        self.holds: list[Hold] = []
        self.debt = 0

    @property
    def held(self) -> int:
        return sum(len(hold.days) for hold in self.holds)

    @property
    def inside(self) -> int:
        return self.points.total() + self.held - self.debt

    def at(self, now: datetime) -> Purse:
        """Give it as it is at a moment: what has lapsed is back, whoever wrote so or not."""
        purse = Purse()
        purse.points, purse.holds, purse.debt = self.points.copy(), [*self.holds], self.debt
        for hold in sorted(self.holds, key=lambda each: each.until):
            if hold.until <= now:
                purse.let_go(hold)
        return purse

    def available(self, today: date) -> int:
        return sum(self.points[days] for days in self._usable(today))

    def put(self, days: Days, points: int) -> None:
        """Put points in; what is owed is paid first."""
        paid = min(self.debt, points)
        self.debt -= paid
        self.points[days] += points - paid

    def put_back(self, some: Iterable[Days], no_sooner: date) -> None:
        """Put points back that have been used, or set aside."""
        for first, last in some:
            self.put((first, max(last, no_sooner) if last else None), 1)

    def take(self, points: int, today: date) -> list[Days]:
        """Take points that can be used: those that are over first, first."""
        taken: list[Days] = []
        for days in self._usable(today):
            some = min(self.points[days], points - len(taken))
            self.points[days] -= some
            taken += [days] * some
        assert len(taken) == points, f"{points} were granted, of {len(taken)} that there were"
        return taken

    def take_back(self, points: int, own: Days, today: date) -> int:
        """Take points back from where they went, else from all there is; say how many lack."""
        started = (None, own[1])
        for days in (own, started, *self._usable(today), *self._pending(today)):
            taken = min(self.points[days], points)
            self.points[days] -= taken
            points -= taken
        return points

    def set_aside(self, hold: Hold, today: date) -> None:
        hold.days = self.take(hold.points, today)
        self.holds.append(hold)

    def let_go(self, hold: Hold, but: int = 0) -> list[Days]:
        """End a hold; all comes back but so many points, which are given."""
        self.holds.remove(hold)
        self.put_back(hold.days[but:], hold.returns)
        return hold.days[:but]

    def activate(self, day: date) -> None:
        for first, last in self._all():
            if first and first <= day:
                self.points[None, last] += self.points.pop((first, last))

    def expire(self, day: date) -> Counter[Days]:
        """Take out what is over before a day."""
        over = [days for days in self._all() if days[1] and days[1] < day]
        return Counter({days: self.points.pop(days) for days in over})

    def _usable(self, today: date) -> list[Days]:
        return [
            (first, last)
            for first, last in self._all()
            if (first is None or first <= today) and (last is None or last >= today)
        ]

    def _pending(self, today: date) -> list[Days]:
        return [(first, last) for first, last in self._all() if first and first > today]

    def _all(self) -> list[Days]:
        there = [days for days, points in self.points.items() if points]
        return sorted(there, key=lambda days: (days[1] or date.max, days[0] or date.min))
