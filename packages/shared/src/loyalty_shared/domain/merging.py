"""The rules for merging two members into one, and for undoing it.

The one that is merged keeps its history, and ends with an entry that hands all it has over. From
then on whatever comes under its id is the other's. Undoing gives it back what it brought, and what
came under its id since; what the other spent of that meanwhile, it owes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.errors import CannotMerge, NotMerged
from loyalty_shared.domain.lots import Lot, taken_back, taken_out, with_lot
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.replay import Change, replayed

MOST_MERGED = 20  # each stands in the account, and so in every entry


@dataclass(frozen=True, slots=True)
class Party:
    """One of two members: its account, and where the entry about it will stand."""

    account: Account
    occasion: Occasion

    @property
    def member_id(self) -> str:
        """Whose account it is."""
        return self.occasion.member_id


def decide_merge(program: Program, source: Party, target: Party) -> tuple[Draft, Draft]:
    """Decide what handing over all that one member has does to both.

    Raises:
        CannotMerge: when these are one already, or one of them has holds or requests open.
    """
    if source.member_id == target.member_id:
        raise CannotMerge("these are one member already")
    if source.account.merged_into is not None:
        raise CannotMerge(f"{source.member_id} is merged into another member already")
    _require_settled(source)
    merged = (source.member_id, *source.account.merged)
    if len(target.account.merged) + len(merged) > MOST_MERGED:
        raise CannotMerge(f"{MOST_MERGED} members are merged into one at the most")
    left = Account(tier_since=source.account.tier_since, merged_into=target.member_id)
    today = program.date_of(target.occasion.now)
    both = _joined(program, target.account, source.account, today)
    return (
        _draft(program, EntryType.MERGE, source, left, target.member_id),
        _draft(
            program,
            EntryType.MERGE,
            target,
            replace(both, merged=(*both.merged, *merged)),
            source.member_id,
        ),
    )


def decide_undoing(
    program: Program, source: Party, target: Party, brought: Iterable[Change]
) -> tuple[Draft, Draft]:
    """Decide what undoing a merge does to both; `brought` is all that is the source's.

    The first of it gives what the source had, the others are what came under its ids since.

    Raises:
        NotMerged: when the source is not merged into the target.
        CannotMerge: when the target has holds or requests open.
    """
    if source.account.merged_into != target.member_id:
        raise NotMerged("the member is not merged into another one")
    _require_settled(target)
    today = program.date_of(target.occasion.now)
    # What lapses now is written with this, and so it is not among what was brought.
    share = replayed(brought).at(target.occasion.now)
    share = _paid_off(share, today).qualified(program.tiers, 0, month_of(today), today)
    gone = {source.member_id, *share.merged}
    rest = _parted(program, target.account, share, today)
    rest = replace(rest, merged=tuple(each for each in rest.merged if each not in gone))
    return (
        _draft(program, EntryType.UNMERGE, source, share, target.member_id),
        _draft(program, EntryType.UNMERGE, target, rest, source.member_id),
    )


def _require_settled(party: Party) -> None:
    if party.account.holds or party.account.requests:
        raise CannotMerge(f"{party.member_id} has open holds, or adjustments that wait")


def _draft(program: Program, type_: EntryType, party: Party, account: Account, other: str) -> Draft:
    return Draft(
        type=type_,
        points=account.inside - party.account.inside,
        occurred_at=party.occasion.now,
        program_version=program.version,
        account=account,
        other=other,
    )


def _joined(program: Program, target: Account, source: Account, today: date) -> Account:
    joined = target.begun(program.tiers, source.tier_since).given_back(source.lots)
    joined = _paid_off(replace(joined, debt=joined.debt + source.debt), today)
    joined = replace(
        joined,
        lifetime=joined.lifetime.joined_with(source.lifetime, 1),
        qualification=joined.qualification.joined_with(source.qualification, 1),
    )
    return joined.qualified(program.tiers, 0, month_of(today), today)


def _parted(program: Program, target: Account, share: Account, today: date) -> Account:
    lots, owed, expired = target.lots, target.debt - share.debt, 0
    if owed < 0:  # it paid with points of its own what the share owes
        lots, owed = with_lot(lots, Lot(-owed, None, None)), 0
    for lot in share.lots:
        where = (lot.dates, (None, lot.expires_on))
        if lot.is_expired(today):
            lots, missing = taken_out(lots, lot.points, where)
            expired += missing
        else:
            lots, missing = taken_back(lots, lot.points, where, today)
            owed += missing
    life = target.lifetime.joined_with(share.lifetime, -1)
    # What is not there of points that are over had expired, or was spent before it could.
    spent = max(expired - max(life.expired, 0), 0)
    expired, owed = expired - spent, owed + spent
    parted = replace(
        target,
        lots=lots,
        debt=owed,
        lifetime=replace(life, expired=life.expired - expired),
        qualification=target.qualification.joined_with(share.qualification, -1),
    )
    return _paid_off(parted, today).qualified(program.tiers, 0, month_of(today), today)


def _paid_off(account: Account, today: date) -> Account:
    # Nobody owes points and has some.
    lots, missing = taken_back(account.lots, account.debt, (), today)
    return replace(account, lots=lots, debt=missing)
