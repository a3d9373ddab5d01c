"""The rules for adjustments: points given or taken by hand, large ones with a second person."""

from __future__ import annotations

from dataclasses import dataclass, replace

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.errors import (
    AlreadyDecided,
    InsufficientPoints,
    SecondPersonNeeded,
    TooManyRequests,
)
from loyalty_shared.domain.lots import Lot, spent, taken_back
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.program import Program

MOST_REQUESTS = 5  # each stands in the account, and so in every entry


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A wish to give points (or, negative, to take them), and why."""

    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """An adjustment that waits for a second person; `asked_by` is the first.

    `asked_for` is the id of the member that it was asked for.
    """

    request_id: str
    adjustment: Adjustment
    asked_by: str
    asked_for: str


def decide_adjustment(
    program: Program, adjustment: Adjustment, account: Account, occasion: Occasion
) -> Draft:
    """Decide what an adjustment does that needs nobody else.

    Points that are given can be used at once, and last as long as those of a purchase today. They
    count towards no tier.

    Raises:
        InsufficientPoints: when it takes more than is available, and the program does not let it.
    """
    today = program.date_of(occasion.now)
    points = adjustment.points
    if points > 0:
        lot = Lot(points, None, program.expiry.expires_on(today))
        changed = account.begun(program.tiers, today).given_back((lot,))
    else:
        changed = _taken(program, -points, account, occasion)
    life = changed.lifetime
    return Draft(
        type=EntryType.ADJUST,
        points=points,
        occurred_at=occasion.now,
        program_version=program.version,
        account=replace(changed, lifetime=replace(life, adjusted=life.adjusted + points)),
        note=adjustment.reason,
    )


def decide_request(
    program: Program, adjustment: Adjustment, account: Account, occasion: Occasion
) -> Draft:
    """Decide to let an adjustment wait for a second person.

    Raises:
        TooManyRequests: when as many wait for the member as may.
    """
    if len(account.requests) >= MOST_REQUESTS:
        raise TooManyRequests(f"{MOST_REQUESTS} adjustments of a member wait at the most")
    begun = account.begun(program.tiers, program.date_of(occasion.now))
    return Draft(
        type=EntryType.REQUEST,
        points=0,
        occurred_at=occasion.now,
        program_version=program.version,
        account=replace(begun, requests=(*begun.requests, occasion.transaction_id)),
        requested=adjustment.points,
        note=adjustment.reason,
    )


def decide_approval(
    program: Program, request: Request, approver: str, account: Account, occasion: Occasion
) -> Draft:
    """Decide what it does that somebody agrees to an adjustment.

    Raises:
        SecondPersonNeeded: when it is the one who asked for it.
        AlreadyDecided: when it was approved or declined before.
        InsufficientPoints: when it takes more than is available, and the program does not let it.
    """
    if approver == request.asked_by:
        raise SecondPersonNeeded("who asks for an adjustment cannot approve it")
    decided = _decided(request, account)
    draft = decide_adjustment(program, request.adjustment, decided, occasion)
    return replace(draft, follows=request.request_id, came_as=request.asked_for)


def decide_declining(
    program: Program, request: Request, account: Account, occasion: Occasion
) -> Draft:
    """Decide that an adjustment does not take place. Who asked for it may take it back so.

    Raises:
        AlreadyDecided: when it was approved or declined before.
    """
    return Draft(
        type=EntryType.DECLINE,
        points=0,
        occurred_at=occasion.now,
        program_version=program.version,
        account=_decided(request, account),
        note=request.adjustment.reason,
        follows=request.request_id,
        came_as=request.asked_for,
    )


def _decided(request: Request, account: Account) -> Account:
    if request.request_id not in account.requests:
        raise AlreadyDecided("the adjustment was approved or declined before")
    left = tuple(each for each in account.requests if each != request.request_id)
    return replace(account, requests=left)


def _taken(program: Program, points: int, account: Account, occasion: Occasion) -> Account:
    today = program.date_of(occasion.now)
    lots, missing = spent(account.lots, points, today)
    if missing and not program.adjustments.below_zero:
        raise InsufficientPoints(f"{points} are to be taken, {points - missing} are available")
    if missing:
        lots, missing = taken_back(account.lots, points, (), today)
    begun = account.begun(program.tiers, today)
    return replace(begun, lots=lots, debt=begun.debt + missing)
