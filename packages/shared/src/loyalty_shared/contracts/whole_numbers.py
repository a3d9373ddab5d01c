"""Whole numbers, however they are written: JSON has one kind of number, so 5.0 is 5."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BeforeValidator

# What is written as 1e999999 has as many digits once it is written out.
_MOST_DIGITS = 128


def whole(value: object) -> object:
    """Give a decimal without a fraction as an integer, and anything else as it is."""
    if not isinstance(value, Decimal) or not value.is_finite() or value.adjusted() >= _MOST_DIGITS:
        return value
    number = value.to_integral_value()
    return int(number) if number == value else value


WRITTEN_ANYHOW = BeforeValidator(whole)  # of an integer; it comes last in its `Annotated`
