"""What a member has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Balance:
    """The points that a user can use now; 0 for a user that is not known."""

    user_id: str
    points: int


@dataclass(frozen=True, kw_only=True)
class Points:
    """What can be used, what is waited for, what is set aside, what is owed."""

    available: int
    pending: int = 0
    held: int = 0
    debt: int = 0


@dataclass(frozen=True, kw_only=True)
class Lifetime:
    """Sums over a member's whole history."""

    earned: int = 0
    redeemed: int = 0
    expired: int = 0
    reversed: int = 0
    adjusted: int = 0


@dataclass(frozen=True, kw_only=True)
class Tier:
    """A member's tier, and the way to the next one (None at the top)."""

    name: str
    multiplier: Decimal
    since: date | None = None
    points_in_window: int | None = None
    next: str | None = None
    points_to_next: int | None = None
    kept_until: date | None = None
    points_to_stay: int | None = None


@dataclass(frozen=True, kw_only=True)
class NextExpiry:
    """The next points to expire: `date` is the last day on which they can be used."""

    date: date
    points: int


@dataclass(frozen=True, kw_only=True)
class Account:
    """A member's account as of a moment; `seq` is the number of the newest entry in it.

    `merged_into` is the member who has all of it now, `merged` are those whose this is as well.
    """

    member_id: str
    points: Points
    lifetime: Lifetime
    tier: Tier
    next_expiry: NextExpiry | None = None
    merged_into: str | None = None
    merged: tuple[str, ...] = ()
    seq: int
    as_of: datetime


@dataclass(frozen=True, kw_only=True)
class TierMember:
    """A member of a tier."""

    member_id: str
    tier: str
    tier_since: date | None = None
