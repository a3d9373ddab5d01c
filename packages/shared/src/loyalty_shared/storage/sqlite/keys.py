"""The text that a reference is kept under.

Neither a program's id nor a kind has a `#` or a `:`, and the id comes last, so no two are alike.
"""

from __future__ import annotations

from loyalty_shared.service.ports import ReferenceKey


def text_key(key: ReferenceKey) -> str:
    """Write a reference's key."""
    return f"{key.program_id}#{key.kind}:{key.id}"


def key_in(text: str) -> ReferenceKey:
    """Read a reference's key."""
    program_id, _, rest = text.partition("#")
    kind, _, id_ = rest.partition(":")
    return ReferenceKey(program_id, kind, id_)
