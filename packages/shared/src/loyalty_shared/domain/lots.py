"""Lots: points that become active on the same date and expire on the same date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Lot:
    """Some points of a member.

    They can be used from `activates_on` (None: from the start) through `expires_on` (None: for
    good), both dates in the program's time zone.
    """

    points: int
    activates_on: date | None
    expires_on: date | None

    def is_pending(self, today: date) -> bool:
        """Say whether the points are not active yet."""
        return self.activates_on is not None and today < self.activates_on

    def is_expired(self, today: date) -> bool:
        """Say whether the last day to use the points is over."""
        return self.expires_on is not None and self.expires_on < today

    def is_available(self, today: date) -> bool:
        """Say whether the points can be used."""
        return not self.is_pending(today) and not self.is_expired(today)

    def changes_on(self) -> tuple[date, ...]:
        """List the days on which time alone changes the points: they activate, they are gone."""
        gone_on = self.expires_on + timedelta(days=1) if self.expires_on else None
        return tuple(day for day in (self.activates_on, gone_on) if day)


Lots = tuple[Lot, ...]


def with_lot(lots: Lots, added: Lot) -> Lots:
    """Add points to the lot of the same dates, or as a new lot, in the order of use."""
    if added.points == 0:
        return lots
    for position, lot in enumerate(lots):
        if lot.expires_on == added.expires_on and lot.activates_on == added.activates_on:
            grown = replace(lot, points=lot.points + added.points)
            return (*lots[:position], grown, *lots[position + 1 :])
    return tuple(sorted((*lots, added), key=_order_of_use))


def _order_of_use(lot: Lot) -> tuple[date, date]:
    # What expires first is used first, and what never expires is used last.
    return (lot.expires_on or date.max, lot.activates_on or date.min)
