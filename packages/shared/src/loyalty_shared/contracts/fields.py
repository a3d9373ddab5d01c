"""The kinds of fields that events have: exact amounts, moments, short texts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema

# The first hours of year 1 have no date west of Greenwich.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

_LAST_YEAR = 9000  # beyond it a date in some time zone, or the month after, may not exist
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _amount(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise ValueError("must be a number")


def moment(value: object) -> datetime:
    """Read an RFC 3339 date and time, and give it in UTC.

    Raises:
        ValueError: with the reason, for people.
    """
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("must be an RFC 3339 date and time, such as 2026-05-04T10:00:00Z")
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("must be a date and time that exists") from error
    if moment < EARLIEST:
        raise ValueError(f"must not be before {EARLIEST.year}")
    return moment


def past_or_future(text: str) -> datetime:
    """Read a moment to look at an account as of.

    Raises:
        ValueError: with the reason, for people.
    """
    found = moment(text)
    if found.year >= _LAST_YEAR:
        raise ValueError(f"must be before the year {_LAST_YEAR}")
    return found


Amount = Annotated[
    Decimal,
    PlainValidator(_amount),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 10**12}),
]
Moment = Annotated[
    datetime, PlainValidator(moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
Quantity = Annotated[
    Decimal, PlainValidator(_amount), WithJsonSchema({"type": "number", "minimum": 0})
]
Text = Annotated[str, Field(strict=True, max_length=256)]
