from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.domain.money import EXPONENT_BY_CURRENCY, LARGEST_AMOUNT, Money, exponent_of

CURRENCIES = st.sampled_from(sorted(EXPONENT_BY_CURRENCY))


@pytest.mark.parametrize(
    ("amount", "currency", "minor", "shown"),
    [
        ("125", "EUR", 12500, "125.00"),
        ("100.99", "EUR", 10099, "100.99"),
        ("0.1", "EUR", 10, "0.10"),
        ("0.01", "EUR", 1, "0.01"),
        ("1.000", "EUR", 100, "1.00"),  # more digits, but nothing in them
        ("1e2", "EUR", 10000, "100.00"),
        ("-0.0", "EUR", 0, "0.00"),
        ("0e999999999", "EUR", 0, "0.00"),
        ("1200", "JPY", 1200, "1200"),
        ("1.234", "BHD", 1234, "1.234"),
        ("0.0001", "CLF", 1, "0.0001"),
        ("1000000000000", "EUR", 10**14, "1000000000000.00"),
    ],
)
def test_an_amount_is_held_in_minor_units(
    amount: str, currency: str, minor: int, shown: str
) -> None:
    money = Money.of(Decimal(amount), currency)

    assert money == Money(minor, currency)
    assert str(money) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "reason"),
    [
        ("1.001", "EUR", "an amount in EUR has at most 2 decimals"),
        ("0.5", "JPY", "an amount in JPY has at most 0 decimals"),
        ("1.2345", "BHD", "an amount in BHD has at most 3 decimals"),
        ("1e-999999999", "EUR", "an amount in EUR has at most 2 decimals"),
        ("0." + "0" * 5000 + "1", "EUR", "an amount in EUR has at most 2 decimals"),
        ("-0.01", "EUR", "an amount must not be negative"),
        ("-1e-999999999", "EUR", "an amount must not be negative"),
        ("1000000000000.01", "EUR", "an amount must not be over 1000000000000"),
        ("1e999999999", "EUR", "an amount must not be over 1000000000000"),
        ("NaN", "EUR", "an amount must be a finite number"),
        ("sNaN", "EUR", "an amount must be a finite number"),
        ("Infinity", "EUR", "an amount must be a finite number"),
        ("-Infinity", "EUR", "an amount must be a finite number"),
    ],
)
def test_what_is_no_amount_of_money_is_refused(amount: str, currency: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Money.of(Decimal(amount), currency)

    assert refused.value.code == "invalid_amount"
    assert refused.value.detail == reason


@pytest.mark.parametrize("code", ["XXX", "eur", "EURO", "", "XAU", "€"])
def test_a_code_that_iso_4217_does_not_list_is_refused(code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        exponent_of(code)

    assert refused.value.code == "unknown_currency"


@pytest.mark.parametrize(
    ("currency", "exponent"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4)]
)
def test_a_currency_has_the_exponent_of_iso_4217(currency: str, exponent: int) -> None:
    assert exponent_of(currency) == exponent


def test_every_listed_code_has_three_capital_letters() -> None:
    assert all(
        code.isascii() and code.isupper() and len(code) == 3 for code in EXPONENT_BY_CURRENCY
    )


@given(st.decimals(allow_nan=False, allow_infinity=False), CURRENCIES)
@example(Decimal("0.1"), "EUR")
@example(Decimal("99999999999999999999999999999999999999999.99"), "EUR")
def test_an_amount_is_held_exactly_or_not_at_all(amount: Decimal, currency: str) -> None:
    minor = Fraction(amount) * 10 ** exponent_of(currency)
    fits = 0 <= amount <= LARGEST_AMOUNT and minor.denominator == 1

    try:
        held = Money.of(amount, currency)
    except InvalidInput:
        assert not fits
    else:
        assert fits
        assert held.minor == minor


@given(st.integers(0, LARGEST_AMOUNT), CURRENCIES)
def test_money_reads_back_from_its_text(minor: int, currency: str) -> None:
    money = Money(minor, currency)

    assert Money.of(Decimal(str(money)), currency) == money
