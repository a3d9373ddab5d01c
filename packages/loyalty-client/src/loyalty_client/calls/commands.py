"""What is done once, under a key."""

from __future__ import annotations

from loyalty_client.calls.call import Answer, Call, command, done
from loyalty_client.encoding import path_of, without_none
from loyalty_client.results.approvals import Approval
from loyalty_client.results.erasures import Erasure
from loyalty_client.results.holds import Hold
from loyalty_client.results.transactions import Transaction

_ACCEPTED = 202  # asked for, not done


def redeem(
    member_id: str, points: int, order_id: str | None, description: str | None, key: str | None
) -> Call[Transaction]:
    """Spend points."""
    body = without_none(points=points, orderId=order_id, description=description)
    path = path_of("members", member_id, "redemptions")
    return command(path, done(Transaction), key=key, body=body)


def reverse(member_id: str, transaction_id: str, key: str | None) -> Call[Transaction]:
    """Give spent points back."""
    path = path_of("members", member_id, "transactions", transaction_id, "reversal")
    return command(path, done(Transaction), key=key, body={})


def hold(  # noqa: PLR0913 - as many as a hold has
    member_id: str,
    points: int,
    *,
    expires_in_seconds: int | None,
    order_id: str | None,
    description: str | None,
    key: str | None,
) -> Call[Hold]:
    """Set points aside."""
    body = without_none(
        points=points,
        expiresInSeconds=expires_in_seconds,
        orderId=order_id,
        description=description,
    )
    return command(path_of("members", member_id, "holds"), done(Hold), key=key, body=body)


def capture(  # noqa: PLR0913 - as many as a capture has
    member_id: str,
    hold_id: str,
    points: int | None,
    *,
    order_id: str | None,
    description: str | None,
    key: str | None,
) -> Call[Transaction]:
    """Spend what is set aside."""
    body = without_none(points=points, orderId=order_id, description=description)
    path = path_of("members", member_id, "holds", hold_id, "capture")
    return command(path, done(Transaction), key=key, body=body)


def release(member_id: str, hold_id: str, key: str | None) -> Call[Transaction]:
    """Give back what is set aside."""
    path = path_of("members", member_id, "holds", hold_id, "release")
    return command(path, done(Transaction), key=key, body={})


def adjust(
    member_id: str, points: int, reason: str, key: str | None, actor: str | None
) -> Call[Transaction | Approval]:
    """Add or take points by hand."""
    body = without_none(points=points, reason=reason, actor=actor)
    path = path_of("members", member_id, "adjustments")
    return command(path, _adjusted, key=key, body=body)


def decide(
    approval_id: str, decision: str, key: str | None, actor: str | None
) -> Call[Transaction]:
    """Approve or decline."""
    path = path_of("approvals", approval_id, decision)
    return command(path, done(Transaction), key=key, body=without_none(actor=actor))


def erase(member_id: str, key: str | None) -> Call[Erasure]:
    """Forget a member."""
    return command(path_of("members", member_id, "erasure"), done(Erasure), key=key, body={})


def merge(member_id: str, into: str, key: str | None) -> Call[Transaction]:
    """Make two members one."""
    path = path_of("members", member_id, "merge")
    return command(path, done(Transaction), key=key, body={"into": into})


def undo_merge(member_id: str, key: str | None) -> Call[Transaction]:
    """Make them two again."""
    path = path_of("members", member_id, "merge", "undo")
    return command(path, done(Transaction), key=key, body={})


def _adjusted(answer: Answer) -> Transaction | Approval:
    if answer.status == _ACCEPTED:
        return done(Approval)(answer)
    return done(Transaction)(answer)
