"""A hold as the API shows it."""

from __future__ import annotations

from datetime import datetime

from loyalty_shared.contracts.bodies import Body, MoneyBody
from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.held import Hold
from loyalty_shared.domain.program import Program


class HoldBody(Body):
    """Points set aside for a time. `status` is `open`, `captured`, `released` or `lapsed`.

    `value` is what all of them would pay. `capturedPoints` is how many were spent when it was
    captured, and `endedAt` when it ended; both null while it is open.
    """

    hold_id: str
    member_id: str
    points: int
    value: MoneyBody
    status: str
    order_id: str | None
    description: str | None
    created_at: datetime
    expires_at: datetime
    captured_points: int | None
    ended_at: datetime | None

    @classmethod
    def of(
        cls,
        program: Program,
        member_id: str,
        hold: Hold,
        made: Entry,
        ended: tuple[str, int | None, datetime | None],
    ) -> HoldBody:
        """Show a hold that an entry made; `ended` is its status, how much was spent, and when."""
        status, captured, ended_at = ended
        return cls(
            hold_id=hold.hold_id,
            member_id=member_id,
            points=hold.points,
            value=MoneyBody.of(program.redemption.value_of(hold.points, program.currency)),
            status=status,
            order_id=hold.order_id,
            description=made.note,
            created_at=made.recorded_at,
            expires_at=hold.expires_at,
            captured_points=captured,
            ended_at=ended_at,
        )


class HoldListBody(Body):
    """The open holds of a member, the oldest first."""

    items: list[HoldBody]
