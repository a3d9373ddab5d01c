"""Give or take points by hand; large amounts wait until a second person agrees."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from loyalty_shared.domain.adjustments import (
    Adjustment,
    Request,
    decide_adjustment,
    decide_approval,
    decide_declining,
    decide_request,
)
from loyalty_shared.domain.entries import Draft, Entry
from loyalty_shared.domain.errors import ActorRequired, ApprovalNotFound
from loyalty_shared.service.canonical import decode
from loyalty_shared.service.commands import Asking, Done, perform
from loyalty_shared.service.entries import entries_of, entry_at, newest_of
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import UNDECIDED, ReferenceKey
from loyalty_shared.service.standing import Standing, claimed_by
from loyalty_shared.service.transaction_ids import seq_in, transaction_id

_KIND = "approval"


@dataclass(frozen=True, slots=True)
class Approval:
    """An adjustment that waits, or waited: the entry that asks for it, and the one that decided."""

    approval_id: str
    member_id: str
    asked: Entry
    request: Request
    decided: Entry | None


@dataclass(frozen=True, slots=True)
class Approvals:
    """A page of adjustments that wait; `next_after` asks for the page after it."""

    approvals: tuple[Approval, ...]
    next_after: str | None


def adjust(ledger: Ledger, asking: Asking, adjustment: Adjustment) -> Done:
    """Give or take points, or, where they are many, ask for it: by the type of the entry.

    Raises:
        InsufficientPoints: when it takes more than is available, and the program does not let it.
        ActorRequired: when a second person is needed, and nobody knows who the first is.
        TooManyRequests: when as many wait for the member as may.
        IdempotencyKeyReused: when the key was used for another request.
        TryAgain: when the ledger could not be written for now.
    """
    wish = {"adjust": adjustment.points, "reason": adjustment.reason, "actor": asking.actor}
    if not ledger.program.adjustments.needs_approval(adjustment.points):

        def decide(standing: Standing) -> Draft:
            account, occasion = standing.account, standing.occasion()
            return decide_adjustment(ledger.program, adjustment, account, occasion)

        return perform(ledger, asking.command(wish), decide)
    if asking.actor is None:
        raise ActorRequired("so many points need a second person, so the first must be known")

    def ask(standing: Standing) -> Draft:
        account, occasion = standing.account, standing.occasion()
        return decide_request(ledger.program, adjustment, account, occasion)

    once = ReferenceKey(ledger.program.id, _KIND, _approval_id(ledger, asking.key))
    return perform(ledger, asking.command(wish, once=(once,)), ask)


def approve(ledger: Ledger, asking: Asking, approval: Approval) -> Done:
    """Agree to an adjustment, which takes place by it.

    Raises:
        ActorRequired: when nobody knows who agrees.
        SecondPersonNeeded: when it is the one who asked for it.
        AlreadyDecided: when it was approved or declined before.
        InsufficientPoints: when it takes more than is available, and the program does not let it.
        IdempotencyKeyReused: when the key was used for another request.
        TryAgain: when the ledger could not be written for now.
    """
    approver = asking.actor
    if approver is None:
        raise ActorRequired("who agrees must be known, since it cannot be the one who asked")

    def decide(standing: Standing) -> Draft:
        account, occasion = standing.account, standing.occasion()
        return decide_approval(ledger.program, approval.request, approver, account, occasion)

    return _decided(ledger, asking, "approve", approval, decide)


def decline(ledger: Ledger, asking: Asking, approval: Approval) -> Done:
    """Refuse an adjustment, or take it back.

    Raises:
        AlreadyDecided: when it was approved or declined before.
        IdempotencyKeyReused: when the key was used for another request.
        TryAgain: when the ledger could not be written for now.
    """

    def decide(standing: Standing) -> Draft:
        account, occasion = standing.account, standing.occasion()
        return decide_declining(ledger.program, approval.request, account, occasion)

    return _decided(ledger, asking, "decline", approval, decide)


def find_approval(ledger: Ledger, approval_id: str) -> Approval:
    """Give an adjustment that waits, or waited.

    Raises:
        ApprovalNotFound: when there never was one of that id.
    """
    stored = ledger.store.reference(ReferenceKey(ledger.program.id, _KIND, approval_id))
    if stored is None:
        raise ApprovalNotFound("no adjustment of that id ever waited")
    named = decode(stored.body)
    member_id, seq = named["member"], named["seq"]
    approval = _approval(ledger, approval_id, member_id, entry_at(ledger, member_id, seq))
    for later in entries_of(ledger, member_id, after=seq):
        if later.follows == approval.request.request_id:
            return replace(approval, decided=later)
    return approval


def asked_by_command(ledger: Ledger, asking: Asking, done: Done) -> Approval:
    """Give the adjustment that a command asked for, as it was then."""
    return _approval(ledger, _approval_id(ledger, asking.key), done.member_id, done.entry)


def waiting_approvals(ledger: Ledger, *, after: str | None, limit: int) -> Approvals:
    """List adjustments that wait for somebody, by member; a page has those of `limit` members."""
    marked = ledger.store.due_members(ledger.program.id, UNDECIDED)
    members = sorted(each for each in marked if after is None or each > after)
    found = [each for member in members[:limit] for each in _waiting(ledger, member)]
    return Approvals(tuple(found), members[limit - 1] if len(members) > limit else None)


def _waiting(ledger: Ledger, member_id: str) -> list[Approval]:
    newest = newest_of(ledger, member_id)
    found = []
    for request_id in newest.account.requests if newest else ():
        entry = entry_at(ledger, member_id, seq_in(request_id) or 0)  # no entry has the number 0
        claimed = claimed_by(ledger.program.id, entry)
        approval_id = next(key.id for key in claimed if key.kind == _KIND)
        found.append(_approval(ledger, approval_id, member_id, entry))
    return found


def _decided(
    ledger: Ledger,
    asking: Asking,
    verb: str,
    approval: Approval,
    decide: Callable[[Standing], Draft],
) -> Done:
    wish = {verb: approval.approval_id, "actor": asking.actor}
    done = perform(ledger, asking.command(wish), decide)
    if not done.entry.account.requests:
        member = ledger.member_key(approval.member_id)
        ledger.store.forget_due(member, UNDECIDED)
        # Somebody may have asked for another one meanwhile.
        if _waiting(ledger, approval.member_id):
            ledger.store.mark_due(member, UNDECIDED)
    return done


def _approval(ledger: Ledger, approval_id: str, member_id: str, asked: Entry) -> Approval:
    id_ = transaction_id(ledger.member_key(member_id), asked.seq, asked.recorded_at)
    adjustment = Adjustment(asked.requested, asked.note or "")
    request = Request(id_, adjustment, asked.actor or "", asked.came_as or member_id)
    return Approval(approval_id, member_id, asked, request, None)


def _approval_id(ledger: Ledger, key: str) -> str:
    return hashlib.sha256(f"{ledger.program.id}#{key}".encode()).hexdigest()[:32]
