"""A member's account as the API shows it, and members listed by tier."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import PlainSerializer

from loyalty_shared.contracts.bodies import Body
from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.tiers import standing_on

# A decimal number for people to read; what is computed with is the program's own rational.
Factor = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]


class PointsBody(Body):
    """Where a member's points are."""

    available: int
    pending: int
    held: int
    debt: int


class LifetimeBody(Body):
    """What ever happened to a member's points; `adjusted` is signed."""

    earned: int
    redeemed: int
    expired: int
    reversed: int
    adjusted: int

    @classmethod
    def of(cls, lifetime: Lifetime) -> LifetimeBody:
        """Show what happened."""
        return cls(
            earned=lifetime.earned,
            redeemed=lifetime.redeemed,
            expired=lifetime.expired,
            reversed=lifetime.reversed,
            adjusted=lifetime.adjusted,
        )


class TierBody(Body):
    """A member's tier; `keptUntil` is its last day if nothing more is earned.

    `pointsToStay` keep it beyond, earned by then and not before the next month's window begins:
    what is earned too early has left the window by then. `since` is null before the first entry.
    """

    name: str
    multiplier: Factor
    since: date | None
    points_in_window: int
    next: str | None
    points_to_next: int | None
    kept_until: date | None
    points_to_stay: int | None


class NextExpiryBody(Body):
    """The last day on which some points can be used, and how many they are."""

    date: date
    points: int


class AccountBody(Body):
    """A member's account as of a moment.

    `mergedInto` is the member who has all of it now, and `merged` are those whose this is as well.
    """

    member_id: str
    points: PointsBody
    lifetime: LifetimeBody
    tier: TierBody
    next_expiry: NextExpiryBody | None
    merged_into: str | None
    merged: list[str]
    seq: int
    as_of: datetime

    @classmethod
    def of(
        cls, program: Program, member_id: str, account: Account, seq: int, as_of: datetime
    ) -> AccountBody:
        """Look at the account after entry `seq` as of a moment."""
        today = program.date_of(as_of)
        account = account.at(as_of)
        points = account.points_on(today)
        expiry = account.next_expiry(today)
        life = account.lifetime
        return cls(
            member_id=member_id,
            points=PointsBody(
                available=points.available,
                pending=points.pending,
                held=account.held,
                debt=account.debt,
            ),
            lifetime=LifetimeBody.of(replace(life, expired=life.expired + points.expired)),
            tier=_tier(program, account, today),
            next_expiry=NextExpiryBody(date=expiry[0], points=expiry[1]) if expiry else None,
            merged_into=account.merged_into,
            merged=list(account.merged),
            seq=seq,
            as_of=as_of,
        )


class TierMemberBody(Body):
    """A member of a tier."""

    member_id: str
    tier: str
    tier_since: date


class TierMemberPageBody(Body):
    """Members of a tier by id; `nextCursor` asks for the page after, null on the last one."""

    items: list[TierMemberBody]
    next_cursor: str | None


def _tier(program: Program, account: Account, today: date) -> TierBody:
    standing = standing_on(today, program.tiers, account.qualification, account.tier_since)
    multiplier = standing.level.multiplier
    return TierBody(
        name=standing.level.name,
        multiplier=Decimal(multiplier.numerator) / multiplier.denominator,
        since=standing.since if account.tier else None,
        points_in_window=standing.earned,
        next=standing.above.name if standing.above else None,
        points_to_next=standing.points_to_next,
        kept_until=standing.kept_until,
        points_to_stay=standing.points_to_stay,
    )
