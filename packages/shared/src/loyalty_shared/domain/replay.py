"""What an entry changed, and an account put together again from such changes.

An entry holds the account after it, so what it did to the account is the difference to the one
before. Summing the differences of some entries, and not of others, gives the account as it would be
had only those happened: that is how an account is looked at as of a day in the past.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.lots import (
    Lot,
    LotDates,
    Lots,
    in_order_of_use,
    taken_back,
    with_lot,
)
from loyalty_shared.domain.qualification import MONTHS_KEPT, Qualification

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Change:
    """What one entry did to an account; the points of `lots`, `held` and `debt` are signed."""

    before: Account
    after: Account

    @property
    def lots(self) -> Lots:
        """The lots that it touched, in the order of use, with the points that came or went."""
        points = Counter({lot.dates: lot.points for lot in self.after.lots})
        points.subtract({lot.dates: lot.points for lot in self.before.lots})
        return _lots(points)

    @property
    def held(self) -> int:
        """How many more points are set aside after it."""
        return self.after.held - self.before.held

    @property
    def debt(self) -> int:
        """How much more is owed after it."""
        return self.after.debt - self.before.debt


def replayed(changes: Iterable[Change]) -> Account:
    """Put an account together from changes, in the order of their entries; none give an empty one.

    The tier is the one that the newest of them brought.
    """
    account = Account()
    points: Counter[LotDates] = Counter()
    for change in changes:
        before, after = change.before, change.after
        points.update({lot.dates: lot.points for lot in change.lots})
        account = replace(
            account,
            holds=_replayed(account.holds, before.holds, after.holds),
            requests=_replayed(account.requests, before.requests, after.requests),
            merged=_replayed(account.merged, before.merged, after.merged),
            merged_into=after.merged_into,
            debt=account.debt + change.debt,
            lifetime=account.lifetime.joined_with(after.lifetime, 1).joined_with(
                before.lifetime, -1
            ),
            qualification=_requalified(account.qualification, change),
        )
        if (before.tier, before.tier_since) != (after.tier, after.tier_since):
            account = replace(account, tier=after.tier, tier_since=after.tier_since)
    return _with_lots(account, points)


def _with_lots(account: Account, points: Counter[LotDates]) -> Account:
    # A lot lacks points where what took them counts, and what brought them there does not: an
    # activation that came later, or a purchase that the shop dates after its refund. They are taken
    # from what else there is then, as any that are taken back, and owed where there is nothing.
    lots = _lots(Counter({dates: each for dates, each in points.items() if each > 0}))
    owed = account.debt
    for (_, expires_on), lacking in points.items():
        if lacking < 0:
            as_long = [lot.dates for lot in lots if lot.expires_on == expires_on]
            lots, missing = taken_back(lots, -lacking, as_long, date.min)
            owed += missing
    # Nor can a debt be paid that is not there: then the points that paid it are.
    lots = with_lot(lots, Lot(max(-owed, 0), None, None))
    return replace(account, lots=lots, debt=max(owed, 0))


def _replayed(
    total: tuple[Kept, ...], before: tuple[Kept, ...], after: tuple[Kept, ...]
) -> tuple[Kept, ...]:
    gone = set(before) - set(after)
    kept = tuple(each for each in total if each not in gone)
    return (*kept, *(each for each in after if each not in before))


def _lots(points: Counter[LotDates]) -> Lots:
    return in_order_of_use(Lot(each, *dates) for dates, each in points.items() if each)


def _requalified(total: Qualification, change: Change) -> Qualification:
    before, after = change.before.qualification, change.after.qualification
    if after.newest_month < before.newest_month:  # all of it became another member's
        return total.joined_with(before, -1).joined_with(after, 1)
    earned_before = dict(before.months())
    lifetime = total.lifetime + after.lifetime - before.lifetime
    earned_after = dict(after.months())
    # A month that is no longer kept after the entry has not lost its points by it.
    for month in range(after.newest_month - MONTHS_KEPT + 1, after.newest_month + 1):
        points = earned_after.get(month, 0) - earned_before.get(month, 0)
        if points:
            total = total.plus(points, month)
    # Nor does an entry bring a month that one before it brought, which may not be counted here.
    if after.newest_month > before.newest_month:
        total = total.plus(0, after.newest_month)
    return replace(total, lifetime=lifetime)
