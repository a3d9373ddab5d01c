"""An adjustment that waits for a second person, as the API shows it."""

from __future__ import annotations

from datetime import datetime

from loyalty_shared.contracts.bodies import Body
from loyalty_shared.domain.adjustments import Request
from loyalty_shared.domain.entries import Entry, EntryType


class ApprovalBody(Body):
    """An adjustment that waits for a second person; `status` is waiting, approved or declined.

    `decidedBy` is null while it waits, and where nobody said who decided.
    """

    approval_id: str
    member_id: str
    points: int
    reason: str
    status: str
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None

    @classmethod
    def of(
        cls,
        approval_id: str,
        member_id: str,
        request: Request,
        asked: Entry,
        decided: Entry | None,
    ) -> ApprovalBody:
        """Show a request, the entry that made it and the one that decided it."""
        status = "waiting"
        if decided is not None:
            status = "approved" if decided.type is EntryType.ADJUST else "declined"
        return cls(
            approval_id=approval_id,
            member_id=member_id,
            points=request.adjustment.points,
            reason=request.adjustment.reason,
            status=status,
            asked_by=request.asked_by,
            asked_at=asked.recorded_at,
            decided_by=decided.actor if decided else None,
            decided_at=decided.recorded_at if decided else None,
        )


class ApprovalPageBody(Body):
    """Adjustments that wait, by member; `nextCursor` asks for the page after."""

    items: list[ApprovalBody]
    next_cursor: str | None
