"""Set points aside for a time, and then spend them, or let go of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from loyalty_shared.domain.entries import Draft, Entry, EntryType
from loyalty_shared.domain.errors import HoldNotFound, HoldNotOpen, TransactionNotFound
from loyalty_shared.domain.held import Hold
from loyalty_shared.domain.holds import (
    Capture,
    Holding,
    decide_capture,
    decide_hold,
    decide_release,
    open_hold,
    order_of,
)
from loyalty_shared.service import queries
from loyalty_shared.service.commands import Asking, Done, perform
from loyalty_shared.service.entries import entries_of, newest_of
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.order_terms import occasion_of
from loyalty_shared.service.standing import Standing
from loyalty_shared.service.transaction_ids import transaction_id


class HoldStatus(StrEnum):
    """What has become of a hold."""

    OPEN = "open"
    CAPTURED = "captured"
    RELEASED = "released"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class FoundHold:
    """A hold, the entry that made it, and the one that ended it, None while nobody wrote one."""

    hold: Hold
    made: Entry
    status: HoldStatus
    ended: Entry | None


_STATUS_AFTER = {
    EntryType.REDEEM: HoldStatus.CAPTURED,
    EntryType.RELEASE: HoldStatus.RELEASED,
    EntryType.LAPSE: HoldStatus.LAPSED,
}


def hold_points(ledger: Ledger, asking: Asking, holding: Holding) -> Done:
    """Set a member's points aside for a time.

    Raises:
        PointsNotRedeemable: when the program does not let so many be spent.
        InsufficientPoints: when fewer can be used now.
        TooManyHolds: when the member has as many open holds as anybody may have.
        IdempotencyKeyReused: when the key was used for another request.
        TryAgain: when the ledger could not be written for now.
    """
    wish = {
        "hold": holding.points,
        "seconds": int(holding.lasts.total_seconds()),
        "order": holding.order_id,
        "note": holding.note,
    }

    def decide(standing: Standing) -> Draft:
        return decide_hold(ledger.program, holding, standing.account, standing.occasion())

    return perform(ledger, asking.command(wish), decide)


def made_by(ledger: Ledger, done: Done) -> FoundHold:
    """Give the hold that a command made, as it was then."""
    entry = done.entry
    id_ = transaction_id(ledger.member_key(done.member_id), entry.seq, entry.recorded_at)
    return FoundHold(open_hold(entry.account, id_), entry, HoldStatus.OPEN, None)


def capture_hold(ledger: Ledger, asking: Asking, capture: Capture) -> Done:
    """Spend points of a hold, and give back the rest of it.

    Raises:
        HoldNotFound: when the member never had it.
        HoldNotOpen: when it was captured or released before, or has lapsed.
        HoldOfAnotherOrder, InsufficientPoints, PointsNotRedeemable, OrderOfAnotherMember,
        RedemptionExceedsOrder: as `decide_capture` does.
        IdempotencyKeyReused: when the key was used for another request.
        TryAgain: when the ledger could not be written for now.
    """
    capture = replace(capture, hold_id=capture.hold_id.lower())
    wish = {
        "capture": capture.hold_id,
        "points": capture.points,
        "order": capture.order_id,
        "note": capture.note,
    }

    def decide(standing: Standing) -> Draft:
        hold = _open_hold(ledger, asking, standing, capture.hold_id)
        occasion = occasion_of(ledger, standing, order_of(hold, capture))
        return decide_capture(ledger.program, capture, standing.account, occasion)

    return perform(ledger, asking.command(wish), decide)


def release_hold(ledger: Ledger, asking: Asking, hold_id: str) -> Done:
    """Let go of a hold: its points can be used again.

    Raises:
        HoldNotFound: when the member never had it.
        HoldNotOpen: when it was captured or released before, or has lapsed.
        IdempotencyKeyReused: when the key was used for another request.
        TryAgain: when the ledger could not be written for now.
    """
    hold_id = hold_id.lower()

    def decide(standing: Standing) -> Draft:
        _open_hold(ledger, asking, standing, hold_id)
        return decide_release(ledger.program, hold_id, standing.account, standing.occasion())

    return perform(ledger, asking.command({"release": hold_id}), decide)


def find_hold(ledger: Ledger, member_id: str, hold_id: str) -> FoundHold:
    """Give a hold of a member, and what has become of it.

    Raises:
        HoldNotFound: when the member never had it.
    """
    found = _made(ledger, member_id, hold_id)
    made, hold = found.entry, open_hold(found.entry.account, found.transaction_id)
    for entry in entries_of(ledger, found.member_id, after=made.seq):
        if entry.follows == hold.hold_id:
            return FoundHold(hold, made, _STATUS_AFTER[entry.type], entry)
    is_open = hold.is_open(ledger.clock())
    return FoundHold(hold, made, HoldStatus.OPEN if is_open else HoldStatus.LAPSED, None)


def open_holds(ledger: Ledger, member_id: str) -> tuple[FoundHold, ...]:
    """List the holds of a member that are open, the oldest first.

    Raises:
        MemberNotFound: when the ledger has no entry of the member.
    """
    newest = newest_of(ledger, member_id)
    if newest is None:
        raise queries.no_member()
    now = ledger.clock()
    return tuple(
        FoundHold(hold, _made(ledger, member_id, hold.hold_id).entry, HoldStatus.OPEN, None)
        for hold in newest.account.holds
        if hold.is_open(now)
    )


def _open_hold(ledger: Ledger, asking: Asking, standing: Standing, hold_id: str) -> Hold:
    try:
        return open_hold(standing.account, hold_id)
    except HoldNotOpen:
        _made(ledger, asking.member_id, hold_id)  # which says so where the member never had it
        raise


def _made(ledger: Ledger, member_id: str, hold_id: str) -> queries.Transaction:
    try:
        found = queries.anywhere(ledger, member_id, hold_id)
    except TransactionNotFound as error:
        raise no_hold() from error
    if found.entry.type is not EntryType.HOLD:
        raise no_hold()
    return found


def no_hold() -> HoldNotFound:
    """Make the error for a hold that the member never had."""
    return HoldNotFound("the member never had a hold of that id")
