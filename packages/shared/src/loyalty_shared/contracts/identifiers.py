"""Ids of members, orders and the like: 1 to 128 printable characters; integers are accepted."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from loyalty_shared.contracts.whole_numbers import whole
from loyalty_shared.domain.errors import Fault, InvalidInput

LONGEST_IDENTIFIER = 128

# What Python calls printable, as ECMA 262 (and so JSON Schema) writes it: no controls, no halves of
# characters, nothing that is for private use or not assigned, and no separator but the blank.
_PRINTABLE = r"^ *[^\p{C}\p{Z}]([^\p{C}\p{Z}]| )*$"

IDENTIFIER_SCHEMA: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": LONGEST_IDENTIFIER,
    "pattern": _PRINTABLE,
}


def identifier(value: object) -> str:
    """Check an id and give it as a string.

    Raises:
        ValueError: with the reason, for people.
    """
    if not isinstance(value, str):
        number = whole(value)
        if not isinstance(number, int) or isinstance(number, bool):
            raise ValueError("must be a string")  # noqa: TRY004 - pydantic collects ValueErrors
        value = str(number)
    if not value.strip():
        raise ValueError("must not be empty")
    if len(value) > LONGEST_IDENTIFIER:
        raise ValueError(f"must have at most {LONGEST_IDENTIFIER} characters")
    if not value.isprintable():
        raise ValueError("must have printable characters only")
    return value


def checked_identifier(value: str, location: str) -> str:
    """Check an id that came apart from a document, such as in a path.

    Raises:
        InvalidInput: with code `invalid_id` and the given location.
    """
    try:
        return identifier(value)
    except ValueError as error:
        fault = Fault(location, str(error))
        raise InvalidInput("the id is not valid", code="invalid_id", faults=(fault,)) from error


Identifier = Annotated[
    str,
    PlainValidator(identifier),
    WithJsonSchema({**IDENTIFIER_SCHEMA, "type": ["string", "integer"]}),
]
