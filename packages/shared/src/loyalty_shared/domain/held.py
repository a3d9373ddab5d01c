"""Holds: points that are set aside for a time, so that nobody else can spend them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from loyalty_shared.domain.lots import Lots


@dataclass(frozen=True, slots=True)
class Hold:
    """Points set aside until they are captured or released, or the hold lapses by itself.

    It has lapsed at `expires_at` and from then on. `lots` are those that the points came from, with
    the points that were taken; what goes back can be used through `returns_until` at the least.
    `order_id` is the order that they are meant for, if any, and `came_as` the id under which it was
    made, where that is of a member merged into this one.
    """

    hold_id: str
    lots: Lots
    expires_at: datetime
    returns_until: date
    order_id: str | None = None
    came_as: str | None = None

    @property
    def points(self) -> int:
        """How many points are set aside."""
        return sum(lot.points for lot in self.lots)

    def is_open(self, moment: datetime) -> bool:
        """Say whether it has not lapsed."""
        return moment < self.expires_at


Holds = tuple[Hold, ...]


def in_order_of_lapse(holds: Holds) -> Holds:
    """Sort holds by when they lapse: what comes back first pays first what is owed."""
    return tuple(sorted(holds, key=lambda hold: hold.expires_at))
