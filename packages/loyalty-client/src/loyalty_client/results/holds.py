"""Points that are set aside."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from loyalty_client.results.money import Money


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Points set aside until a moment; `status` is open, captured, released or lapsed.

    `captured_points` is how many were spent, where it was captured; `ended_at` is when it ended.
    `replayed` says that the hold had been made before, under the same key.
    """

    hold_id: str
    member_id: str
    points: int
    status: str
    order_id: str | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None
    captured_points: int | None = None
    ended_at: datetime | None = None
    value: Money | None = None
    description: str | None = None
    replayed: bool = field(default=False, compare=False)
