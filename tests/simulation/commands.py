"""What members and clerks ask for, and how it is asked of the real use cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from loyalty_shared.domain.adjustments import Adjustment
from loyalty_shared.domain.holds import Capture, Holding
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service.adjustments import adjust
from loyalty_shared.service.commands import Asking, Done
from loyalty_shared.service.holds import capture_hold, hold_points, release_hold
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.redemptions import redeem, restore
from loyalty_shared.service.transaction_ids import transaction_id


class Kind(StrEnum):
    """The commands there are."""

    REDEEM = "redeem"
    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"
    RESTORE = "restore"
    ADJUST = "adjust"


@dataclass(frozen=True)
class Command:
    """A wish under a key; `of` is the key of the hold or the redemption that it is about."""

    key: str
    member: str
    kind: Kind
    points: int = 0
    order: str | None = None
    of: str | None = None
    lasts: int = 0  # milliseconds


def ask(ledger: Ledger, command: Command, answers: Mapping[str, Done]) -> Done:
    """Ask for it, as the API does."""
    asking = Asking(command.member, command.key, "clerk")
    points, order = command.points, command.order
    if command.kind is Kind.REDEEM:
        return redeem(ledger, asking, Redemption(points, order))
    if command.kind is Kind.ADJUST:
        return adjust(ledger, asking, Adjustment(points, "by hand"))
    if command.kind is Kind.HOLD:
        lasts = timedelta(milliseconds=command.lasts)
        return hold_points(ledger, asking, Holding(points, lasts, order))
    assert command.of is not None
    about = answers[command.of]
    id_ = transaction_id(
        ledger.member_key(command.member), about.entry.seq, about.entry.recorded_at
    )
    if command.kind is Kind.CAPTURE:
        return capture_hold(ledger, asking, Capture(id_, points, order))
    if command.kind is Kind.RELEASE:
        return release_hold(ledger, asking, id_)
    return restore(ledger, asking, id_)
