"""What a purchase earns.

    points = amount in major units x points per unit x the tier's multiplier, rounded once

The product is exact (integers and rationals); only the last step rounds, on the whole order.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from loyalty_shared.domain.money import Money, exponent_of
from loyalty_shared.domain.tiers import TierLevel


class Basis(StrEnum):
    """Which part of an order earns."""

    TOTAL = "total"
    GOODS = "goods"  # the total without shipping and tax


class Rounding(StrEnum):
    """How a fraction of a point ends."""

    FLOOR = "floor"
    NEAREST = "nearest"  # a half goes up
    CEILING = "ceiling"


@dataclass(frozen=True, slots=True)
class EarningRules:
    """How purchases earn; `pending_days` is how long the points wait before they can be used."""

    points_per_unit: Fraction
    basis: Basis
    rounding: Rounding
    pending_days: int


@dataclass(frozen=True, slots=True)
class Earning:
    """The points of one order and the arithmetic that gave them, so that it can be shown."""

    points: int
    amount: Money
    points_per_unit: Fraction
    tier: str
    multiplier: Fraction
    rounding: Rounding

    def __str__(self) -> str:
        rate, multiplier = rational_text(self.points_per_unit), rational_text(self.multiplier)
        return f"{self.amount} × {rate} × {self.tier} {multiplier} = {self.points}"  # noqa: RUF001 - the sign people read


def earn(rules: EarningRules, level: TierLevel, *, total: Money, goods: Money) -> Earning:
    """Compute what a purchase earns a member who holds a tier, or the kept part of one."""
    amount = goods if rules.basis is Basis.GOODS else total
    rate, multiplier = rules.points_per_unit, level.multiplier
    numerator = amount.minor * rate.numerator * multiplier.numerator
    denominator = 10 ** exponent_of(amount.currency) * rate.denominator * multiplier.denominator
    points = _rounded(numerator, denominator, rules.rounding)
    return Earning(points, amount, rate, level.name, multiplier, rules.rounding)


def rational_text(value: Fraction) -> str:
    """Write a rational as people do: `1.5` where it ends, `1/3` where it does not."""
    rest, places = value.denominator, 0
    while rest % 2 == 0 or rest % 5 == 0:
        rest //= 10 if rest % 10 == 0 else 2 if rest % 2 == 0 else 5
        places += 1
    if rest != 1:
        return str(value)
    if places == 0:
        return str(value.numerator)
    digits = value.numerator * 10**places // value.denominator
    return f"{digits // 10**places}.{digits % 10**places:0{places}d}"


def _rounded(numerator: int, denominator: int, rounding: Rounding) -> int:
    if rounding is Rounding.FLOOR:
        return numerator // denominator
    if rounding is Rounding.CEILING:
        return -(-numerator // denominator)
    return (2 * numerator + denominator) // (2 * denominator)
