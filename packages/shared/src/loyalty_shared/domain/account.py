"""An account: all that is known of a member after an entry."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime

from loyalty_shared.domain.dates import first_day_of, month_of
from loyalty_shared.domain.held import Hold, Holds, in_order_of_lapse
from loyalty_shared.domain.lots import Lots, lasting, with_lot
from loyalty_shared.domain.qualification import Qualification
from loyalty_shared.domain.tiers import Tiers, newest_month, standing_on


@dataclass(frozen=True, slots=True)
class Lifetime:
    """What ever happened to a member's points; `adjusted` is signed.

    `redeemed` is what was spent, less what was given back, and `expired` what expired, less what
    refunds took back of that.
    """

    earned: int = 0
    redeemed: int = 0
    expired: int = 0
    reversed: int = 0
    adjusted: int = 0

    def joined_with(self, other: Lifetime, sign: int) -> Lifetime:
        """Add what happened to another's points (`sign` 1), or take it away (-1)."""
        names = (each.name for each in fields(Lifetime))
        return Lifetime(
            **{name: getattr(self, name) + sign * getattr(other, name) for name in names}
        )


@dataclass(frozen=True, slots=True)
class Points:
    """Where a member's points are on a day; `expired` those whose entry is not written yet."""

    available: int
    pending: int
    expired: int


@dataclass(frozen=True, slots=True)
class Account:
    """The account after an entry.

    `lots` are in the order of use. `holds` have points set aside, those that have lapsed and nobody
    has written so among them. `requests` are the ids of adjustments that wait for a second person.
    `merged_into` is the member that has all of it now, and `merged` are those whose this is.
    `debt` is what a refund could not take back. `tier` is that of the
    newest month that it was written for, held since `tier_since`; before the first entry there is
    none.
    """

    lots: Lots = ()
    holds: Holds = ()
    requests: tuple[str, ...] = ()
    merged_into: str | None = None
    merged: tuple[str, ...] = ()
    debt: int = 0
    lifetime: Lifetime = field(default_factory=Lifetime)
    qualification: Qualification = field(default_factory=Qualification)
    tier: str = ""
    tier_since: date = date.min

    @property
    def inside(self) -> int:
        """How many points there are, whether or not they can be used, less what is owed."""
        return sum(lot.points for lot in self.lots) + self.held - self.debt

    @property
    def held(self) -> int:
        """How many points are set aside."""
        return sum(hold.points for hold in self.holds)

    def begun(self, tiers: Tiers, day: date) -> Account:
        """Give the lowest tier to an account of which nothing was ever written."""
        if self.tier:
            return self
        return replace(self, tier=tiers.levels[0].name, tier_since=day)

    def at(self, moment: datetime) -> Account:
        """Give the account as it is at a moment: what holds set aside that have lapsed is back."""
        account = self
        for hold in in_order_of_lapse(self.holds):
            if not hold.is_open(moment):
                account = account.let_go(hold, hold.lots)
        return account

    def let_go(self, hold: Hold, unspent: Lots) -> Account:
        """Take a hold away, and put back those of its points that were not spent."""
        left = replace(self, holds=tuple(each for each in self.holds if each != hold))
        return left.given_back(lasting(unspent, hold.returns_until))

    def given_back(self, lots: Lots) -> Account:
        """Put points back into lots of the given dates; what is owed is paid first."""
        owed = self.debt
        for_use = self.lots
        for lot in lots:
            kept = max(lot.points - owed, 0)
            owed -= lot.points - kept
            for_use = with_lot(for_use, replace(lot, points=kept))
        return replace(self, lots=for_use, debt=owed)

    def available_on(self, today: date) -> int:
        """Say how many points can be used on a day, whether or not time's entries are written."""
        return sum(lot.points for lot in self.lots if lot.is_available(today))

    def points_on(self, today: date) -> Points:
        """Say where the points are on a day, whether or not time's own entries are written."""
        return Points(
            available=self.available_on(today),
            pending=sum(lot.points for lot in self.lots if lot.is_pending(today)),
            expired=sum(lot.points for lot in self.lots if lot.is_expired(today)),
        )

    def next_expiry(self, today: date) -> tuple[date, int] | None:
        """Give the next date on which points expire, and how many; None where none will."""
        dates = [lot.expires_on for lot in self.lots if lot.expires_on and lot.expires_on >= today]
        if not dates:
            return None
        first = min(dates)
        return first, sum(lot.points for lot in self.lots if lot.expires_on == first)

    def qualified(self, tiers: Tiers, points: int, month: int, day: date) -> Account:
        """Count points of a month towards the tier, or no longer if negative; it changes on a day.

        That month is the one of the purchase, so what is taken back was counted there. The tier is
        that of the newest month there is: a purchase that comes late brings back none that is over.
        """
        qualification = self.qualification.plus(points, month)
        as_of = max(newest_month(qualification, self.tier_since), month_of(day))
        tier = tiers.level_in(as_of, qualification).name
        since = self.tier_since
        if tier != self.tier:
            changed_on = max(day, first_day_of(as_of))
            before = standing_on(changed_on, tiers, self.qualification, self.tier_since)
            # Time may have brought it before, and nobody has written so.
            is_older = self.tier and before.level.name == tier
            since = before.since if is_older else changed_on
        return replace(self, qualification=qualification, tier=tier, tier_since=since)

    def is_conserved(self) -> bool:
        """Check that every point issued is somewhere: the ledger's first law."""
        life = self.lifetime
        issued = life.earned + life.adjusted
        return issued == self.inside + life.redeemed + life.expired + life.reversed
