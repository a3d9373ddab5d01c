"""The programs that runs are about, and what they say, for the oracle to compute by."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from loyalty_shared.contracts.program_file import ProgramFile, read_program


@dataclass(frozen=True)
class Terms:
    """A program: what a euro gives, by tier, and whether points have days.

    `has_days` says that points start some days after they were bought, and expire.
    """

    rate: Fraction
    levels: tuple[tuple[str, int, Fraction], ...]
    has_days: bool

    @property
    def has_tiers(self) -> bool:
        return len(self.levels) > 1

    def points(self, cents: Fraction, tier: str) -> int:
        """Compute what is earned by an amount of money."""
        [times] = [each for name, _, each in self.levels if name == tier]
        return int(cents / 100 * self.rate * times)

    @cache  # noqa: B019 - there are three of them
    def file(self) -> ProgramFile:
        levels = ", ".join(
            f"{{name: {name}, from: {least}, multiplier: {times}}}"
            for name, least, times in self.levels
        )
        return read_program(
            f"""
name: Simulated
currency: EUR
timezone: Europe/Amsterdam
earning: {{points_per_unit: {self.rate}, pending_days: {2 if self.has_days else 0}}}
expiry: {"{after_days: 12}" if self.has_days else "never"}
adjustments: {{below_zero: true}}
tiers: {{window: {{rolling_months: 2}}, levels: [{levels}]}}
""",
            "simulated.yaml",
        )


_ONE_LEVEL = (("Basic", 0, Fraction(1)),)
_LEVELS = (*_ONE_LEVEL, ("Silver", 300, Fraction(11, 10)), ("Gold", 1200, Fraction(3, 2)))

PLAIN = Terms(Fraction(1), _ONE_LEVEL, has_days=False)
DATED = Terms(Fraction(3, 2), _ONE_LEVEL, has_days=True)
TIERED = Terms(Fraction(7, 10), _LEVELS, has_days=False)
ALL_TERMS = (PLAIN, DATED, TIERED)
