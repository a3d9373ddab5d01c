"""JSON as the contracts read it: exact numbers, no duplicate names, no NaN, bounded depth."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from loyalty_shared.domain.errors import InvalidInput

# Of objects and arrays in each other. Far below what Python can follow, which depends on who calls:
# what the API has accepted, the processor must be able to read.
DEEPEST = 100

_BLANK = re.compile(r"[ \t\n\r]*")


def decode(text: str) -> object:
    """Decode one JSON document; fractions become `Decimal`, never a float.

    Raises:
        InvalidInput: with code `malformed_json`.
    """
    value, end = _decode_at(text, _skip_blank(text, 0))
    _expect_end(text, end)
    return value


def decode_each(text: str) -> Iterator[tuple[str, object]]:
    """Decode a document, or the items of an array one by one, each with the text it was read from.

    Raises:
        InvalidInput: with code `malformed_json`, once the iteration gets to the bad place.
    """
    start = _skip_blank(text, 0)
    if not text.startswith("[", start):
        yield text, decode(text)
        return
    position = _skip_blank(text, start + 1)
    if text.startswith("]", position):
        _expect_end(text, position + 1)
        return
    while True:
        value, end = _decode_at(text, position)
        yield text[position:end], value
        end = _skip_blank(text, end)
        if text.startswith("]", end):
            _expect_end(text, end + 1)
            return
        if not text.startswith(",", end):
            raise _malformed("expected , or ]", end)
        position = _skip_blank(text, end + 1)


def text_of(body: bytes) -> str:
    """Read a body as UTF-8, with or without a byte order mark.

    Raises:
        InvalidInput: with code `malformed_json`.
    """
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _malformed("not UTF-8", error.start) from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    decoded = dict(pairs)
    if len(decoded) != len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise InvalidInput(f"the name {twice!r} stands twice in an object", code="malformed_json")
    return decoded


def _no_constant(name: str) -> NoReturn:
    raise InvalidInput(f"{name} is no JSON number", code="malformed_json")


_DECODER = json.JSONDecoder(
    parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_object
)


def _decode_at(text: str, position: int) -> tuple[object, int]:
    try:
        value: object
        value, end = _DECODER.raw_decode(text, position)
    except json.JSONDecodeError as error:
        raise _malformed(error.msg, error.pos) from error
    except RecursionError as error:
        raise _too_deep() from error
    except (InvalidOperation, ValueError) as error:
        # A number with an exponent or a length beyond what can be held.
        raise InvalidInput("a number is out of range", code="malformed_json") from error
    brackets = text.count("{", position, end) + text.count("[", position, end)
    if brackets > DEEPEST and _is_deeper(value):
        raise _too_deep()
    return value, end


def _is_deeper(value: object) -> bool:
    level = _inside([[value]])
    for _ in range(DEEPEST):
        level = _inside(level)
    return bool(level)


def _inside(level: list[object]) -> list[object]:
    """Give the objects and arrays that stand in those of a level."""
    return [
        inner
        for outer in level
        for inner in (outer.values() if isinstance(outer, dict) else outer)  # type: ignore[attr-defined]
        if isinstance(inner, dict | list)
    ]


def _too_deep() -> InvalidInput:
    return InvalidInput("nested too deeply", code="malformed_json")


def _skip_blank(text: str, position: int) -> int:
    blank = _BLANK.match(text, position)
    return blank.end() if blank else position


def _expect_end(text: str, position: int) -> None:
    end = _skip_blank(text, position)
    if end != len(text):
        raise _malformed("something follows the document", end)


def _malformed(reason: str, position: int) -> InvalidInput:
    return InvalidInput(f"not JSON: {reason} at character {position}", code="malformed_json")
