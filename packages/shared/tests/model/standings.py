"""A member's tier in the model, by the points of their purchases."""

from __future__ import annotations

from dataclasses import dataclass, field

from packages.shared.tests.model.terms import Terms

_MONTHS_REMEMBERED = 24  # docs/decisions/0004: what is older counts for the lifetime only


@dataclass(frozen=True)
class Standing:
    """A member's points by the month of their purchases, looked at under some terms."""

    terms: Terms
    by_month: dict[int, int] = field(default_factory=dict)

    @property
    def newest_month(self) -> int:
        return max(self.by_month, default=0)

    def tier(self, month: int) -> str:
        months = range(month - self.terms.grace_months, month + 1)
        earned = max(self._earned_in_the_window_of(each) for each in months)
        return [name for name, least, _ in self.terms.levels if least <= earned][-1]

    def ends_after(self, month: int) -> int | None:
        """Find the last month of the tier of a month, None where time alone does not end it."""
        names = [name for name, _, _ in self.terms.levels]
        rank = names.index(self.tier(month))
        if rank == 0 or self.terms.window == "lifetime":
            return None
        while names.index(self.tier(month + 1)) >= rank:
            month += 1
        return month

    def _earned_in_the_window_of(self, month: int) -> int:
        if self.terms.window == "lifetime":
            return sum(self.by_month.values())
        first = month - month % 12
        if isinstance(self.terms.window, int):
            first = month - self.terms.window + 1
        first = max(first, self.newest_month - _MONTHS_REMEMBERED + 1)
        return sum(points for each, points in self.by_month.items() if first <= each <= month)
