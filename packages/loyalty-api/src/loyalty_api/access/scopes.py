"""The rights that a token may carry beyond a member's own data."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """A right, as tokens name it. `ADMIN` holds the others; `WRITE` does not hold `READ`."""

    READ = "loyalty:read"
    WRITE = "loyalty:write"
    ADMIN = "loyalty:admin"
