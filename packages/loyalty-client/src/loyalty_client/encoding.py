"""How values go to the wire: ids in paths, moments, exact numbers, JSON without a float in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias
from urllib.parse import quote

Amount: TypeAlias = Decimal | int | str


def path_of(*segments: str) -> str:
    """Give the path under `/loyalty` that segments make, each of them encoded wholly.

    Raises:
        ValueError: when one is empty: the path would be another route's.
    """
    return "/loyalty/" + "/".join(map(_segment, segments))


def _segment(text: str) -> str:
    if not text:
        raise ValueError("an id must not be empty")
    if text in {".", ".."}:
        # Left as they are, they would be taken for a step up the path.
        return text.replace(".", "%2E")
    return quote(text, safe="")


def moment_text(moment: datetime) -> str:
    """Write a moment as RFC 3339, in UTC.

    Raises:
        ValueError: when it has no time zone: nobody could tell when it is.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; give it one, such as datetime.UTC")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def exact(amount: Amount) -> Decimal:
    """Give an amount of money as an exact number.

    Raises:
        TypeError: for a float, which is seldom the amount that was meant.
        ValueError: for what is no number.
    """
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int | str):
        raise TypeError(f"{amount!r} is not exact: give an amount as a Decimal or a text")
    try:
        number = Decimal(amount)
    except InvalidOperation as error:
        raise ValueError(f"{amount!r} is no amount") from error
    if not number.is_finite():
        raise ValueError(f"{amount!r} is no amount")
    return number


def without_none(**fields: object) -> dict[str, object]:
    """Give the fields that there are: the API takes no field for absent that is there as null."""
    return {name: value for name, value in fields.items() if value is not None}


def json_text(value: object) -> str:
    """Write JSON in which a Decimal is the number that it is.

    Raises:
        TypeError: for a float, wherever it stands, and for what JSON does not have.
    """
    match value:
        case float():
            raise TypeError(f"{value!r} is a float, which is not exact: give a Decimal")
        case Decimal():
            return str(exact(value))
        case Mapping():
            fields = (f"{json.dumps(name)}: {json_text(each)}" for name, each in value.items())
            return "{" + ", ".join(fields) + "}"
        case str():
            return json.dumps(value)
        case Sequence():
            return "[" + ", ".join(map(json_text, value)) + "]"
        case _:
            return json.dumps(value)
