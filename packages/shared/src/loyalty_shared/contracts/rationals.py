"""Exact rates and multipliers, as a program file writes them: `1.1`, or `1/3`."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

LARGEST_PART = 10**9  # of a rational, so that no product grows without bound
_MOST_DIGITS = 20  # what is looked at first: writing 1.0e+999999999 out would take for ever
_MORE_THAN_0 = "[0-9]{1,20}([./][0-9]{1,20})?"
_RATIONAL = re.compile(f"-?{_MORE_THAN_0}")


def _rational(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("must be a number or a fraction such as 1/10")  # noqa: TRY004 - for pydantic
    if isinstance(value, Decimal) and abs(value.adjusted()) > _MOST_DIGITS:
        raise ValueError("must have fewer digits")
    if isinstance(value, str) and not _RATIONAL.fullmatch(value):
        raise ValueError("must be a number or a fraction such as 1/10")
    try:
        rational = Fraction(value)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise ValueError("must be a number or a fraction such as 1/10") from error
    if rational <= 0:
        raise ValueError("must be more than 0")
    if max(rational.numerator, rational.denominator) > LARGEST_PART:
        raise ValueError("must have fewer digits")
    return rational


_WRITTEN = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST_PART},
        {"type": "string", "pattern": f"^{_MORE_THAN_0}$"},
    ],
    "examples": [1, 0.5, "1/10"],
}

Rational = Annotated[
    Fraction,
    PlainValidator(_rational),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(_WRITTEN, mode="validation"),
    WithJsonSchema({"type": "string", "examples": ["1", "1/2", "1/10"]}, mode="serialization"),
]
