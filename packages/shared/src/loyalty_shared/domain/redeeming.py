"""What points are worth, and in which amounts they can be spent."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from loyalty_shared.domain.errors import PointsNotRedeemable
from loyalty_shared.domain.money import Money, exponent_of


@dataclass(frozen=True, slots=True)
class RedemptionRules:
    """`points_per_unit` points pay one major unit of money; so many at least, and in such steps.

    Points that come back after their last day can be used for `return_days` more.
    """

    points_per_unit: Fraction
    minimum: int
    step: int
    return_days: int

    def value_of(self, points: int, currency: str) -> Money:
        """Give what points pay, as much as they pay in full: a fraction of a cent is dropped."""
        minor = points * 10 ** exponent_of(currency) / self.points_per_unit
        return Money(minor.numerator // minor.denominator, currency)

    @property
    def least(self) -> int:
        """Give the fewest points that can be spent at once."""
        return -(-self.minimum // self.step) * self.step

    def most_of(self, points: int) -> int:
        """Give the most of some points that can be spent at once: 0 where they are too few."""
        most = points - points % self.step
        return most if most >= self.minimum else 0

    def require(self, points: int) -> None:
        """See to it that so many points can be spent.

        Raises:
            PointsNotRedeemable: when they are fewer than the minimum, or no multiple of the step.
        """
        if points < self.minimum:
            raise PointsNotRedeemable(f"at least {self.minimum} points are spent at once")
        if points % self.step:
            raise PointsNotRedeemable(f"points are spent in steps of {self.step}")
