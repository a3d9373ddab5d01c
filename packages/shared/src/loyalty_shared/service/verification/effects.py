"""What an entry of each type makes of the account before it.

A row of the table gives the account that has to come out. Where the entry alone does not say it all
(from which lots points are taken back depends on the day that it was done), that part is the one
that is stored, and the row's laws say what may be true of it. A new type is one more row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.entries import EntryType
from loyalty_shared.domain.lots import Lot, first_of, spent, taken_from, with_lot
from loyalty_shared.service.verification import laws
from loyalty_shared.service.verification.laws import Law
from loyalty_shared.service.verification.steps import Step


@dataclass(frozen=True, slots=True)
class Effect:
    """What entries of a type do: the account after one, and what else must hold."""

    account: Callable[[Step], Account]
    laws: tuple[Law, ...] = ()


def _earned(step: Step) -> Account:
    before, kept = step.before, step.entry.points
    whole = step.entry.earning.points if step.entry.earning else kept
    paid = min(before.debt, kept)
    life = before.lifetime
    credited = replace(
        before,
        lots=with_lot(before.lots, step.program.lot_of(step.day, kept - paid)),
        debt=before.debt - paid,
        lifetime=replace(life, earned=life.earned + whole, reversed=life.reversed + whole - kept),
    )
    qualified = credited.qualified(step.program.tiers, kept, month_of(step.day), step.day)
    return replace(qualified, tier_since=step.after.tier_since)


def _reversed(step: Step) -> Account:
    before, after, reversal = step.before, step.after, step.entry.reversal
    if reversal is None or reversal.kept is None:  # it waits for its order
        return before if before.tier else _with_tier(before, after)
    gone = reversal.expired.points if reversal.expired else 0
    back = reversal.before - reversal.kept.points
    life = before.lifetime
    taken = replace(
        before,
        lots=after.lots,
        debt=after.debt,
        lifetime=replace(
            life,
            reversed=life.reversed + back - reversal.forgiven,
            expired=life.expired - gone,
        ),
        qualification=replace(after.qualification, lifetime=before.qualification.lifetime - back),
    )
    return _with_tier(taken, after)  # by the rules in force, which the entry does not name


def _activated(step: Step) -> Account:
    lots = tuple(lot for lot in step.before.lots if not _starts(step, lot))
    for lot in step.before.lots:
        if _starts(step, lot):
            lots = with_lot(lots, replace(lot, activates_on=None))
    return replace(step.before, lots=lots)


def _expired(step: Step) -> Account:
    life = step.before.lifetime
    return replace(
        step.before,
        lots=tuple(lot for lot in step.before.lots if not lot.is_expired(step.day)),
        lifetime=replace(life, expired=life.expired - step.entry.points),
    )


def _corrected(step: Step) -> Account:
    # What the whole of the order earns changes too, which only the order's reference knows.
    earned = step.after.lifetime.earned
    account = _reversed(step)
    life = account.lifetime
    more = earned - life.earned
    return replace(account, lifetime=replace(life, earned=earned, reversed=life.reversed + more))


def _tier_changed(step: Step) -> Account:
    return _with_tier(step.before, step.after)


def _redeemed(step: Step) -> Account:
    before, points = step.before, -step.entry.points
    hold = step.ended_hold()
    if hold is None:
        lots, _ = spent(before.lots, points, step.day)
        spending = replace(before, lots=lots)
    else:
        rest = taken_from(hold.lots, first_of(hold.lots, points))
        spending = before.let_go(hold, rest)
    life = spending.lifetime
    return replace(spending, lifetime=replace(life, redeemed=life.redeemed + points))


def _held(step: Step) -> Account:
    made = step.after.holds[-1:]
    lots, _ = spent(step.before.lots, sum(hold.points for hold in made), step.day)
    return replace(step.before, lots=lots, holds=step.before.holds + made)


def _let_go(step: Step) -> Account:
    hold = step.ended_hold()
    if hold is None:
        return step.before
    return step.before.let_go(hold, hold.lots)


def _adjusted(step: Step) -> Account:
    points, life = step.entry.points, step.before.lifetime
    decided = _decided(step)
    if points > 0:
        lot = Lot(points, None, step.program.expiry.expires_on(step.day))
        changed = decided.begun(step.program.tiers, step.day).given_back((lot,))
    else:
        changed = replace(
            decided.begun(step.program.tiers, step.day), lots=step.after.lots, debt=step.after.debt
        )
    return replace(changed, lifetime=replace(life, adjusted=life.adjusted + points))


def _requested(step: Step) -> Account:
    begun = step.before.begun(step.program.tiers, step.day)
    return replace(begun, requests=(*begun.requests, step.transaction_id))


def _decided(step: Step) -> Account:
    left = tuple(each for each in step.before.requests if each != step.entry.follows)
    return replace(step.before, requests=left)


def _restored(step: Step) -> Account:
    before, points = step.before, step.entry.points
    life = before.lifetime
    return replace(
        before,
        lots=step.after.lots,
        debt=before.debt - min(before.debt, points),
        lifetime=replace(life, redeemed=life.redeemed - points),
    )


def _merged(step: Step) -> Account:
    before, after = step.before, step.after
    if after.merged_into is not None:
        return Account(tier_since=before.tier_since, merged_into=step.entry.other)
    # What came or went is in the other's history.
    return _with_tier(_moved(step), after)


def _moved(step: Step) -> Account:
    after = step.after
    return replace(
        step.before,
        lots=after.lots,
        debt=after.debt,
        lifetime=after.lifetime,
        qualification=after.qualification,
        merged=after.merged,
    )


def _parted(step: Step) -> Account:
    return replace(_merged(step), merged_into=None)


def _erased(step: Step) -> Account:
    return Account(tier_since=step.before.tier_since)


def _with_tier(account: Account, after: Account) -> Account:
    return replace(account, tier=after.tier, tier_since=after.tier_since)


def _starts(step: Step, lot: Lot) -> bool:
    return lot.activates_on is not None and lot.activates_on <= step.day


EFFECTS: Mapping[EntryType, Effect] = {
    EntryType.EARN: Effect(
        _earned, (laws.earned_by_arithmetic, laws.gives_or_nothing, laws.same_tier_since)
    ),
    EntryType.REVERSE: Effect(
        _reversed,
        (laws.kept_by_arithmetic, laws.only_takes, laws.owed_by_policy, laws.same_tier_since),
    ),
    EntryType.ACTIVATE: Effect(_activated, (laws.changes_lots, laws.starts_a_day)),
    EntryType.EXPIRE: Effect(_expired, (laws.takes, laws.changes_lots, laws.starts_a_day)),
    EntryType.TIER: Effect(_tier_changed, (laws.other_tier, laws.starts_a_day)),
    EntryType.REDEEM: Effect(_redeemed, (laws.takes, laws.tells_what_it_took)),
    EntryType.RESTORE: Effect(_restored, (laws.gives_or_nothing, laws.only_gives)),
    EntryType.CORRECT: Effect(
        _corrected, (laws.kept_by_arithmetic, laws.owed_by_policy, laws.same_tier_since)
    ),
    EntryType.HOLD: Effect(_held, (laws.holds_what_it_took,)),
    EntryType.RELEASE: Effect(_let_go, (laws.ends_a_hold,)),
    EntryType.LAPSE: Effect(_let_go, (laws.ends_a_hold, laws.lapses_in_time)),
    EntryType.ADJUST: Effect(_adjusted, (laws.adjusts_one_way, laws.decides_a_request)),
    EntryType.REQUEST: Effect(_requested),
    EntryType.DECLINE: Effect(_decided, (laws.decides_a_request,)),
    EntryType.MERGE: Effect(_merged, (laws.merges_another,)),
    EntryType.UNMERGE: Effect(_parted, (laws.parts_from_another,)),
    EntryType.ERASE: Effect(_erased),
}
