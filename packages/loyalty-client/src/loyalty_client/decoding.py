"""JSON to dataclasses: camelCase to snake_case, texts to dates and exact numbers.

What a class does not have is ignored, so that an older client reads what a newer service answers;
what an answer does not have takes the field's default, where there is one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def read_json(content: bytes) -> Any:  # noqa: ANN401 - JSON may hold anything
    """Read a JSON document, every number with a fraction as an exact one.

    Raises:
        ValueError: when it is none.
    """
    return json.loads(content, parse_float=Decimal)


def as_object(body: object, name: str) -> Mapping[str, Any]:
    """Give what is a JSON object as one.

    Raises:
        ValueError: when it is none.
    """
    if not isinstance(body, Mapping):
        raise ValueError(f"{name} must be an object, not {body!r}")  # noqa: TRY004 - one kind of error for every answer that cannot be read
    return body


def decode(kind: type[T], body: object) -> T:
    """Make a dataclass of a JSON object.

    Raises:
        ValueError: when something that must be there is not, or is of another kind.
    """
    body = as_object(body, kind.__name__)
    hints = _hints(kind)  # type: ignore[arg-type]  # a class is hashable
    found = {}
    for field in fields(kind):  # type: ignore[arg-type]  # every kind is a dataclass
        name = _camel(field.name)
        if name in body:
            found[field.name] = _value(hints[field.name], body[name], f"{kind.__name__}.{name}")
        elif not _has_default(field):
            raise ValueError(f"{kind.__name__}.{name} is missing")
    return kind(**found)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _value(hint: Any, value: object, place: str) -> object:  # noqa: ANN401 - what a type hint is
    if isinstance(hint, UnionType):
        if value is None and NoneType in get_args(hint):
            return None
        [hint] = set(get_args(hint)) - {NoneType}
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{place} must be an array, not {value!r}")
        return tuple(_value(get_args(hint)[0], each, place) for each in value)
    if is_dataclass(hint) and isinstance(hint, type):
        return decode(hint, value)
    if hint in {date, datetime, Decimal}:
        return _read(hint, value, place)
    if hint in {int, str, bool} and type(value) is not hint:
        raise ValueError(f"{place} must be of type {hint.__name__}, not {value!r}")
    return value


def _read(hint: type[date | Decimal], value: object, place: str) -> date | Decimal:
    try:
        if issubclass(hint, Decimal):
            return hint(value)  # type: ignore[arg-type]  # refused below
        return hint.fromisoformat(value)  # type: ignore[arg-type]  # as above
    except (TypeError, ValueError, InvalidOperation) as error:
        raise ValueError(f"{place} must be a {hint.__name__}, not {value!r}") from error
