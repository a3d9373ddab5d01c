"""Cursors: where a page ends, as a text that callers hand back and need not understand."""

from __future__ import annotations

import base64
import binascii
import re

from loyalty_shared.contracts.identifiers import identifier
from loyalty_shared.domain.errors import Fault, InvalidInput

_BEFORE, _AFTER = "before:", "after:"
_SEQ = re.compile("[1-9][0-9]{0,11}")


def encode_cursor(before: int) -> str:
    """Write a cursor for the page of what is numbered below."""
    return _encoded(f"{_BEFORE}{before}")


def decode_cursor(cursor: str) -> int:
    """Read a cursor of what is numbered.

    Raises:
        InvalidInput: with code `invalid_cursor`, when it is none that we gave.
    """
    seq = _decoded(cursor, _BEFORE)
    if not _SEQ.fullmatch(seq):
        raise _invalid()
    return int(seq)


def encode_id_cursor(after: str) -> str:
    """Write a cursor for the page of ids above one."""
    return _encoded(f"{_AFTER}{after}")


def decode_id_cursor(cursor: str) -> str:
    """Read a cursor of ids.

    Raises:
        InvalidInput: with code `invalid_cursor`, when it is none that we gave.
    """
    try:
        return identifier(_decoded(cursor, _AFTER))
    except ValueError as error:
        raise _invalid() from error


def _encoded(content: str) -> str:
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _decoded(cursor: str, kind: str) -> str:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _invalid() from error
    # A text that is read the same and written otherwise is none that we gave.
    if not content.startswith(kind) or _encoded(content) != cursor:
        raise _invalid()
    return content.removeprefix(kind)


def _invalid() -> InvalidInput:
    fault = Fault("query/cursor", "must be a nextCursor that an answer gave")
    return InvalidInput("the cursor is not valid", code="invalid_cursor", faults=(fault,))
