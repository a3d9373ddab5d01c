"""Cursors: where a page ends, as a text that callers hand back and need not understand."""

from __future__ import annotations

import base64
import binascii
import re
from enum import StrEnum

from loyalty_shared.contracts.identifiers import identifier
from loyalty_shared.domain.errors import Fault, InvalidInput


class Listing(StrEnum):
    """What is listed, as a cursor names it: that of one list is none of another."""

    TRANSACTIONS = "before"  # as all of them began once
    ROWS = "rows"
    MEMBERS = "after"
    APPROVALS = "approvals"


_SEQ = re.compile("[1-9][0-9]{0,11}", re.ASCII)


def encode_cursor(listing: Listing, seq: int) -> str:
    """Write a cursor for the page beyond what has a number."""
    return _encoded(f"{listing}:{seq}")


def decode_cursor(listing: Listing, cursor: str) -> int:
    """Read a cursor of what is numbered.

    Raises:
        InvalidInput: with code `invalid_cursor`, when it is none that we gave for this.
    """
    seq = _decoded(listing, cursor)
    if not _SEQ.fullmatch(seq):
        raise _invalid()
    return int(seq)


def encode_id_cursor(listing: Listing, after: str) -> str:
    """Write a cursor for the page of ids above one."""
    return _encoded(f"{listing}:{after}")


def decode_id_cursor(listing: Listing, cursor: str) -> str:
    """Read a cursor of ids.

    Raises:
        InvalidInput: with code `invalid_cursor`, when it is none that we gave for this.
    """
    try:
        return identifier(_decoded(listing, cursor))
    except ValueError as error:
        raise _invalid() from error


def _encoded(content: str) -> str:
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _decoded(listing: Listing, cursor: str) -> str:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _invalid() from error
    # A text that is read the same and written otherwise is none that we gave.
    if not content.startswith(f"{listing}:") or _encoded(content) != cursor:
        raise _invalid()
    return content.removeprefix(f"{listing}:")


def _invalid() -> InvalidInput:
    fault = Fault("query/cursor", "must be a nextCursor that an answer gave")
    return InvalidInput("the cursor is not valid", code="invalid_cursor", faults=(fault,))
