"""Cursors: where a page ends, as a text that callers hand back and need not understand."""

from __future__ import annotations

import base64
import binascii
import re

from loyalty_shared.domain.errors import Fault, InvalidInput

_CONTENT = re.compile(rb"before:([1-9][0-9]{0,11})")


def encode_cursor(before: int) -> str:
    """Write a cursor for the page of what is numbered below."""
    return base64.urlsafe_b64encode(f"before:{before}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> int:
    """Read a cursor.

    Raises:
        InvalidInput: with code `invalid_cursor`, when it is none that we gave.
    """
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        content = b""
    match = _CONTENT.fullmatch(content)
    if match is None or encode_cursor(int(match[1])) != cursor:
        fault = Fault("query/cursor", "must be a nextCursor that an answer gave")
        raise InvalidInput("the cursor is not valid", code="invalid_cursor", faults=(fault,))
    return int(match[1])
