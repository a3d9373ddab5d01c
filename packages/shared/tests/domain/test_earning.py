from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loyalty_shared.domain.earning import (
    Basis,
    Earning,
    EarningRules,
    Rounding,
    earn,
    rational_text,
)
from loyalty_shared.domain.money import EXPONENT_BY_CURRENCY, Money
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.tiers import TierLevel

RATIONALS = st.fractions(min_value=Fraction(1, 10**6), max_value=10**6, max_denominator=10**6)


def rules(rate: str = "1", rounding: Rounding = Rounding.FLOOR) -> EarningRules:
    return EarningRules(Fraction(rate), Basis.TOTAL, rounding, pending_days=0)


def euros(amount: str) -> Money:
    return Money.of(Decimal(amount), "EUR")


def earned(by: EarningRules, money: Money, held: TierLevel) -> Earning:
    return earn(by, held, total=money, goods=money)


def level(tier: str, multiplier: Fraction) -> TierLevel:
    return TierLevel(tier, 0, multiplier)


@pytest.mark.parametrize(
    ("amount", "tier", "points"),
    [
        ("125", "Basic", 125),
        ("100.99", "Basic", 100),
        ("0.1", "Basic", 0),
        ("0", "Basic", 0),
        ("100.9", "Gold", 151),
        ("100.5", "Silver", 120),
        ("100.9", "Bronze", 110),
        ("100", "Bronze", 110),  # 109 in floats on another day
        ("100.9", "Platinum", 100),  # a tier that the program does not know
        ("1000000000000", "Gold", 1_500_000_000_000),
    ],
)
def test_the_default_program_gives_a_point_a_euro_times_the_tier(
    program: Program, amount: str, tier: str, points: int
) -> None:
    held = program.tiers.level_named(tier)

    assert earned(program.earning, euros(amount), held).points == points


@pytest.mark.parametrize(
    ("amount", "rate", "floor_", "nearest", "ceiling"),
    [
        ("10.00", "1", 10, 10, 10),
        ("10.49", "1", 10, 10, 11),
        ("10.50", "1", 10, 11, 11),  # a half goes up
        ("11.50", "1", 11, 12, 12),  # always, not to the even number
        ("10.01", "1", 10, 10, 11),
        ("0.01", "1", 0, 0, 1),
        ("0", "1", 0, 0, 0),
        ("99.99", "1/10", 9, 10, 10),
        ("10.00", "1/3", 3, 3, 4),
        ("1.50", "1/3", 0, 1, 1),
        ("9.00", "1/3", 3, 3, 3),
        ("0.99", "100", 99, 99, 99),
    ],
)
def test_a_fraction_of_a_point_ends_as_the_program_says(
    amount: str, rate: str, floor_: int, nearest: int, ceiling: int
) -> None:
    points = {
        rounding: earned(rules(rate, rounding), euros(amount), level("Basic", Fraction(1))).points
        for rounding in Rounding
    }

    assert points == {
        Rounding.FLOOR: floor_,
        Rounding.NEAREST: nearest,
        Rounding.CEILING: ceiling,
    }


@pytest.mark.parametrize(
    ("amount", "currency", "points"),
    [("125", "JPY", 125), ("1.999", "BHD", 1), ("2.9999", "CLF", 2), ("1.99", "USD", 1)],
)
def test_a_unit_is_the_major_unit_of_the_currency(amount: str, currency: str, points: int) -> None:
    money = Money.of(Decimal(amount), currency)

    assert earned(rules(), money, level("Basic", Fraction(1))).points == points


@pytest.mark.parametrize(("basis", "points"), [(Basis.TOTAL, 105), (Basis.GOODS, 100)])
def test_the_basis_says_which_amount_earns(basis: Basis, points: int) -> None:
    by = EarningRules(Fraction(1), basis, Rounding.FLOOR, pending_days=0)

    earning = earn(by, level("Basic", Fraction(1)), total=euros("105"), goods=euros("100"))

    assert (earning.points, earning.amount) == (points, euros(str(points)))


def test_rounding_happens_once_after_the_multiplier() -> None:
    # Rounded before it too, this would be 100.
    assert earned(rules(), euros("100.9"), level("Bronze", Fraction(11, 10))).points == 110
    assert earned(rules("1/10"), euros("19.99"), level("Gold", Fraction(3, 2))).points == 2


@pytest.mark.parametrize(
    ("amount", "rate", "tier", "multiplier", "shown"),
    [
        ("120", "1", "Gold", "3/2", "120.00 x 1 x Gold 1.5 = 180"),
        ("100.9", "1", "Bronze", "11/10", "100.90 x 1 x Bronze 1.1 = 110"),
        ("10", "1/3", "Basic", "1", "10.00 x 1/3 x Basic 1 = 3"),
    ],
)
def test_an_earning_shows_its_arithmetic(
    amount: str, rate: str, tier: str, multiplier: str, shown: str
) -> None:
    earning = earned(rules(rate), euros(amount), level(tier, Fraction(multiplier)))

    assert str(earning) == shown.replace(" x ", " × ")  # noqa: RUF001 - the sign people read


@pytest.mark.parametrize(
    ("rational", "text"),
    [
        ("1", "1"),
        ("100", "100"),
        ("3/2", "1.5"),
        ("11/10", "1.1"),
        ("1/20", "0.05"),
        ("1/8", "0.125"),
        ("101/100", "1.01"),
        ("1/1024", "0.0009765625"),
        ("1/3", "1/3"),
        ("7/6", "7/6"),
    ],
)
def test_a_rational_is_written_as_people_do(rational: str, text: str) -> None:
    assert rational_text(Fraction(rational)) == text


@given(
    st.integers(0, 10**14),
    st.sampled_from(sorted(EXPONENT_BY_CURRENCY)),
    RATIONALS,
    RATIONALS,
    st.sampled_from(Rounding),
)
@example(1, "EUR", Fraction(1, 3), Fraction(3), Rounding.NEAREST)
def test_points_are_the_exact_product_rounded_once(
    minor: int, currency: str, rate: Fraction, multiplier: Fraction, rounding: Rounding
) -> None:
    product = Fraction(minor, 10 ** EXPONENT_BY_CURRENCY[currency]) * rate * multiplier
    rounded = {
        Rounding.FLOOR: floor(product),
        Rounding.NEAREST: floor(product + Fraction(1, 2)),
        Rounding.CEILING: ceil(product),
    }

    money = Money(minor, currency)
    earning = earned(rules(str(rate), rounding), money, level("Any", multiplier))

    assert earning.points == rounded[rounding]


@given(RATIONALS)
def test_a_rational_reads_back_from_its_text(rational: Fraction) -> None:
    text = rational_text(rational)

    assert Fraction(text) == rational
    ends = 10**64 % rational.denominator == 0
    assert ("/" in text) == (not ends)
    assert "." not in text or not text.endswith("0")
