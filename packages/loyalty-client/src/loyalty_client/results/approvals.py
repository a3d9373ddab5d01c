"""Adjustments that wait for somebody's consent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Approval:
    """An adjustment that is asked for; `status` is waiting, approved or declined.

    `replayed` says that it had been asked for before, under the same key.
    """

    approval_id: str
    member_id: str
    points: int
    reason: str | None = None
    status: str
    asked_by: str | None = None
    asked_at: datetime | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    replayed: bool = field(default=False, compare=False)
