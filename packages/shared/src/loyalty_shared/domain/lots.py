"""Lots: points that become active on the same date and expire on the same date."""

from __future__ import annotations

from collections.abc import Iterable
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

    @property
    def dates(self) -> LotDates:
        """Which lot it is: its first and its last day."""
        return self.activates_on, self.expires_on

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
LotDates = tuple[date | None, date | None]


def with_lot(lots: Lots, added: Lot) -> Lots:
    """Add points to the lot of the same dates, or as a new lot, in the order of use."""
    if added.points == 0:
        return lots
    for position, lot in enumerate(lots):
        if lot.dates == added.dates:
            grown = replace(lot, points=lot.points + added.points)
            return (*lots[:position], grown, *lots[position + 1 :])
    return in_order_of_use((*lots, added))


def in_order_of_use(lots: Iterable[Lot]) -> Lots:
    """Sort lots: what expires first is used first, and what never expires is used last."""
    return tuple(
        sorted(lots, key=lambda lot: (lot.expires_on or date.max, lot.activates_on or date.min))
    )


def lasting(lots: Lots, through: date) -> Lots:
    """Let lots be used through a day at the least."""
    return tuple(
        replace(lot, expires_on=max(lot.expires_on, through)) if lot.expires_on else lot
        for lot in lots
    )


def spent(lots: Lots, points: int, today: date) -> tuple[Lots, int]:
    """Spend points that can be used, in the order of use.

    Gives the lots that remain, and how many points were not there to spend.
    """
    usable = [lot for lot in lots if lot.is_available(today)]
    return _taken(lots, points, usable)


def first_of(lots: Lots, points: int) -> Lots:
    """Give the lots that so many points come from, with the points that come from each."""
    found = []
    for lot in lots:
        taken = min(lot.points, points)
        points -= taken
        if taken:
            found.append(replace(lot, points=taken))
    return tuple(found)


def taken_from(before: Lots, after: Lots) -> Lots:
    """Say which points of some lots are no longer there, in the order of use."""
    left = {lot.dates: lot.points for lot in after}
    gone = (replace(lot, points=lot.points - left.get(lot.dates, 0)) for lot in before)
    return tuple(lot for lot in gone if lot.points)


def taken_back(
    lots: Lots, points: int, first_of: Iterable[LotDates], today: date
) -> tuple[Lots, int]:
    """Take points back: from the lots that they went into, else from what the member has beside.

    The rest comes from what can be used, in the order of use, and then from what is pending. Gives
    the lots that remain, and how many points were not there to take.
    """
    sources = [lot for dates in first_of for lot in lots if lot.dates == dates]
    sources += [lot for lot in lots if lot.is_available(today)]
    sources += [lot for lot in lots if lot.is_pending(today)]
    return _taken(lots, points, sources)


def taken_out(lots: Lots, points: int, of: Iterable[LotDates]) -> tuple[Lots, int]:
    """Take points out of the lots of some dates only; gives what remains, and what was missing."""
    return _taken(lots, points, [lot for dates in of for lot in lots if lot.dates == dates])


def _taken(lots: Lots, points: int, sources: Iterable[Lot]) -> tuple[Lots, int]:
    left = {lot.dates: lot.points for lot in lots}
    for lot in sources:
        taken = min(left[lot.dates], points)
        left[lot.dates] -= taken
        points -= taken
    remaining = (replace(lot, points=left[lot.dates]) for lot in lots if left[lot.dates])
    return tuple(remaining), points
