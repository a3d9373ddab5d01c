"""The public id of an entry: 16 bytes, ordered by time, from which the entry's place is read.

    48 bits  recordedAt, in milliseconds since 1970
     4       UUID version 8 (RFC 9562)
    12       digest of the member
     2       UUID variant
    22       digest of the member
    40       seq

It is derived, so it takes no room in the ledger and finds its entry in one read.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID  # noqa: TID251 - to write and read one, not to make it up

from loyalty_shared.service.ports import MemberKey

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEQ_BITS = 40
_VERSION, _VARIANT = 8, 0b10


def transaction_id(member: MemberKey, seq: int, recorded_at: datetime) -> str:
    """Derive the id of a member's entry."""
    name = f"{member.program_id}#{member.member_id}".encode()
    digest = int.from_bytes(hashlib.sha256(name).digest()[:5]) >> 6
    number = (recorded_at - _EPOCH) // timedelta(milliseconds=1)
    for bits, part in ((4, _VERSION), (12, digest >> 22), (2, _VARIANT), (22, digest % 2**22)):
        number = number << bits | part
    return str(UUID(int=number << _SEQ_BITS | seq))


def seq_in(text: str) -> int | None:
    """Read the place of an entry from its id, None where the text is no such id."""
    try:
        number = UUID(text).int
    except ValueError:
        return None
    return number & ((1 << _SEQ_BITS) - 1)
