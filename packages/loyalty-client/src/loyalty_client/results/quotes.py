"""What a basket would earn and could be paid with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from loyalty_client.results.money import Money


@dataclass(frozen=True, kw_only=True)
class QuotedEarning:
    """What a purchase would earn, how, and when these points can be used."""

    points: int
    amount: Money | None = None
    points_per_unit: str | None = None
    tier: str | None = None
    multiplier: str | None = None
    rounding: str | None = None
    arithmetic: str | None = None
    activates_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Worth:
    """Points and what they pay."""

    points: int
    value: Money


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What would be, were it bought now; nothing is written.

    `redeemable` is the most that could pay for it, `redeemed` what was asked to, `to_pay` the rest.
    """

    member_id: str
    available: int
    earns: QuotedEarning
    redeemable: Worth
    redeemed: Worth
    to_pay: Money
