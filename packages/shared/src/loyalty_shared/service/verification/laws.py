"""What must hold of an entry of some type, beside the account that comes out of it.

Each gives what is wrong, None where nothing is.
"""

from __future__ import annotations

from collections.abc import Callable

from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.earning import Earning, earn
from loyalty_shared.domain.entries import EntryType
from loyalty_shared.domain.lots import first_of, taken_from
from loyalty_shared.domain.program import Program, WhenSpent
from loyalty_shared.domain.tiers import TierLevel
from loyalty_shared.service.verification.report import FaultCode
from loyalty_shared.service.verification.steps import Step

Wrong = tuple[FaultCode, str]
Law = Callable[[Step], Wrong | None]


def earned_by_arithmetic(step: Step) -> Wrong | None:
    """A purchase earns what its program gives for it, in the tier held before it."""
    entry, reversal = step.entry, step.entry.reversal
    if entry.earning is None:
        return FaultCode.ARITHMETIC_DIFFERS, "it does not say how its points were earned"
    tiers = step.program.tiers
    level = tiers.level_in(month_of(step.day), step.before.qualification)
    wrong = _wrong_arithmetic(step.program, level, entry.earning)
    if wrong is None and reversal is not None and reversal.kept is not None:
        wrong = _wrong_arithmetic(step.program, level, reversal.kept)
    whole = entry.earning.points
    if reversal is None:
        is_told, told = entry.points == whole, whole
    else:
        told = reversal.kept.points if reversal.kept else whole
        is_told = entry.points == told and reversal.before == whole
    if wrong is None and not is_told:
        return FaultCode.POINTS_DIFFER, f"its arithmetic gives {told} points, not {entry.points}"
    return wrong


def kept_by_arithmetic(step: Step) -> Wrong | None:
    """A refund leaves what the kept part earns, and takes the difference."""
    entry, reversal = step.entry, step.entry.reversal
    if reversal is None:
        return FaultCode.ARITHMETIC_DIFFERS, "it does not say which refund it is of"
    back = gone = 0
    if reversal.kept is not None:
        level = step.program.tiers.level_named(reversal.kept.tier)
        wrong = _wrong_arithmetic(step.program, level, reversal.kept)
        if wrong is not None:
            return wrong
        back = reversal.before - reversal.kept.points
        gone = reversal.expired.points if reversal.expired else 0
    told = gone + reversal.forgiven - back
    if entry.points != told:
        return FaultCode.POINTS_DIFFER, f"its arithmetic gives {told} points, not {entry.points}"
    return None


def only_takes(step: Step) -> Wrong | None:
    """No lot has more points than before, and no debt was paid."""
    if any(lot.points > 0 for lot in step.change.lots) or step.change.debt < 0:
        return FaultCode.ACCOUNT_DIFFERS, "it takes points back, and some came"
    return None


def only_gives(step: Step) -> Wrong | None:
    """No lot has fewer points than before."""
    if any(lot.points < 0 for lot in step.change.lots):
        return FaultCode.ACCOUNT_DIFFERS, "it gives points, and some went"
    return None


def owed_by_policy(step: Step) -> Wrong | None:
    """What a refund cannot take is owed or forgiven, as the program has it."""
    forgiven = step.entry.reversal.forgiven if step.entry.reversal else 0
    forgives = step.program.when_spent is WhenSpent.FORGIVE
    # What is set aside, or pays for the order, may come back: that is owed.
    may_be_owed = step.before.held or step.pays_orders or step.after.merged
    is_refund = step.entry.type is EntryType.REVERSE
    is_owed = forgives and is_refund and step.change.debt > 0 and not may_be_owed
    if forgiven < 0 or (forgiven and not forgives) or is_owed:
        return FaultCode.ACCOUNT_DIFFERS, "what was spent is not owed or forgiven as the rules say"
    return None


def tells_what_it_took(step: Step) -> Wrong | None:
    """The lots that spent points came from are those that are in the entry."""
    taken, hold = step.entry.taken, step.ended_hold()
    if hold is not None:
        gone = first_of(hold.lots, -step.entry.points)
    else:
        gone = taken_from(step.before.lots, step.after.lots)
    if taken != gone:
        return FaultCode.ACCOUNT_DIFFERS, "it tells of other lots than its points came from"
    return None


def holds_what_it_took(step: Step) -> Wrong | None:
    """What a hold sets aside are the points that were taken for it."""
    made = step.after.holds[-1:]
    gone = taken_from(step.before.lots, step.after.lots)
    if [(hold.hold_id, hold.lots) for hold in made] != [(step.transaction_id, gone)]:
        return FaultCode.ACCOUNT_DIFFERS, "the hold is not of the points that were taken for it"
    return None


def ends_a_hold(step: Step) -> Wrong | None:
    """There is a hold to end."""
    if step.ended_hold() is None:
        return FaultCode.ACCOUNT_DIFFERS, "it ends a hold that is not there"
    return None


def lapses_in_time(step: Step) -> Wrong | None:
    """A hold lapses when its time is over."""
    hold = step.ended_hold()
    if hold is not None and step.entry.occurred_at != hold.expires_at:
        return FaultCode.OUT_OF_TIME, f"the hold lapses at {hold.expires_at}"
    return None


def decides_a_request(step: Step) -> Wrong | None:
    """What is decided was asked for."""
    asked = step.entry.follows
    if asked is not None and asked not in step.before.requests:
        return FaultCode.ACCOUNT_DIFFERS, "it decides what nobody asked for"
    return None


def adjusts_one_way(step: Step) -> Wrong | None:
    """An adjustment gives points or takes them."""
    return only_gives(step) if step.entry.points > 0 else only_takes(step)


def merges_another(step: Step) -> Wrong | None:
    """Either all of it is another's from then on, or another one is new among its own."""
    other, after = step.entry.other, step.after
    is_others = after.merged_into is not None and after.merged_into == other
    before = set(step.before.merged)
    is_new = other in set(after.merged) - before and before <= set(after.merged)
    if not other or is_others == is_new:
        return FaultCode.ACCOUNT_DIFFERS, f"it does not merge {other}"
    return None


def parts_from_another(step: Step) -> Wrong | None:
    """It was merged into another one, or another one into it, and is no longer."""
    other, before, after = step.entry.other, step.before, step.after
    was_merged = before.merged_into == other or other in before.merged
    if not other or not was_merged or other in after.merged:
        return FaultCode.ACCOUNT_DIFFERS, f"it does not part from {other}"
    return None


def takes(step: Step) -> Wrong | None:
    """It takes points."""
    if step.entry.points >= 0:
        return FaultCode.POINTS_DIFFER, f"{step.entry.type} takes points, not {step.entry.points}"
    return None


def gives_or_nothing(step: Step) -> Wrong | None:
    """It gives points, or none."""
    if step.entry.points < 0:
        return FaultCode.POINTS_DIFFER, f"{step.entry.type} gives points, not {step.entry.points}"
    return None


def changes_lots(step: Step) -> Wrong | None:
    """Some lot is not what it was: time writes nothing for nothing."""
    if step.before.lots == step.after.lots:
        return FaultCode.ACCOUNT_DIFFERS, f"{step.entry.type} changes nothing"
    return None


def starts_a_day(step: Step) -> Wrong | None:
    """What time does happens at the beginning of a day: that on which the newest of it is due."""
    gone = [lot for lot in step.change.lots if lot.points < 0]
    days = {day for lot in gone for day in lot.changes_on() if day <= step.day}
    newest = max(days, default=step.day)
    if step.entry.occurred_at != step.program.start_of(newest):
        return FaultCode.OUT_OF_TIME, f"it did not occur when {newest} began"
    return None


def other_tier(step: Step) -> Wrong | None:
    """The tier is another than before, and one of the program's."""
    names = {level.name for level in step.program.tiers.levels}
    if step.after.tier == step.before.tier or step.after.tier not in names:
        return FaultCode.ACCOUNT_DIFFERS, f"the tier {step.after.tier} is not another of the rules'"
    return None


def same_tier_since(step: Step) -> Wrong | None:
    """A tier that stays is held since the day that it was."""
    before, after = step.before, step.after
    if before.tier == after.tier and before.tier_since != after.tier_since:
        return FaultCode.ACCOUNT_DIFFERS, "the tier is the same, but since another day"
    return None


def _wrong_arithmetic(program: Program, level: TierLevel, told: Earning) -> Wrong | None:
    # The amount is what the program looks at already, be it the total or the goods.
    right = earn(program.earning, level, total=told.amount, goods=told.amount)
    if told == right and told.amount.currency == program.currency:
        return None
    return FaultCode.ARITHMETIC_DIFFERS, f"it says {told}, and the rules say {right}"
