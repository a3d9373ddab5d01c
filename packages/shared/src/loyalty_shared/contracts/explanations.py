"""What an entry says to people: what it is, by which rule, and the arithmetic."""

from __future__ import annotations

from loyalty_shared.domain.earning import Rounding, rational_text
from loyalty_shared.domain.entries import Entry, EntryType, Reversal
from loyalty_shared.domain.replay import Change

_ROUNDED = {
    Rounding.FLOOR: "a fraction of a point is dropped",
    Rounding.NEAREST: "rounded to the nearest point, a half up",
    Rounding.CEILING: "a fraction of a point counts as one",
}
_SPENDING = {
    EntryType.REDEEM: (
        "Points spent",
        "Points are spent in the order in which they expire, the first to expire first.",
    ),
    EntryType.RESTORE: (
        "Spent points given back",
        "Spent points go back to where they came from, and last some days more at the least.",
    ),
}
_SETTLED = {
    EntryType.ACTIVATE: ("Points can be used now", "Points can be used once they have waited."),
    EntryType.EXPIRE: ("Points expired", "Points that are not used by their last day expire."),
}


def description_of(entry: Entry) -> str:
    """Say in a few words what happened."""
    if entry.type is EntryType.EARN:
        return f"Points for order {entry.order_id}"
    if entry.type is EntryType.TIER:
        return f"Tier {entry.account.tier} begins"
    if entry.type in _SPENDING:
        return entry.note or _of_order(_SPENDING[entry.type][0], entry)
    if entry.reversal is not None:
        refund = f"Refund {', '.join(entry.reversal.refund_ids)} of order {entry.order_id}"
        return refund if entry.reversal.kept else f"{refund}, which has not arrived yet"
    return _SETTLED[entry.type][0]


def _of_order(what: str, entry: Entry) -> str:
    return f"{what} for order {entry.order_id}" if entry.order_id else what


def rule_of(entry: Entry, change: Change) -> str:
    """Say by which rule it happened."""
    earning, reversal = entry.earning, entry.reversal
    if earning is not None:
        rate, currency = rational_text(earning.points_per_unit), earning.amount.currency
        rule = (
            f"{rate} for each {currency}, times the multiplier of the tier held before it"
            f" ({earning.tier}); {_ROUNDED[earning.rounding]}."
        )
        return f"{rule} Refunds that arrived before the order are taken off." if reversal else rule
    if reversal is not None and reversal.kept is None:
        return "A refund that arrives before its order waits, and is taken off when that arrives."
    if reversal is not None:
        return (
            "An order keeps what its kept part would have earned by itself, under the version of"
            " the program and the tier that it was earned under."
        )
    if entry.type is EntryType.TIER:
        before, after = change.before.tier, change.after.tier
        return f"The points that count towards tiers give {after} now, and no longer {before}."
    return (_SPENDING.get(entry.type) or _SETTLED[entry.type])[1]


def arithmetic_of(entry: Entry) -> str | None:
    """Show the numbers behind the points, None where an entry has none."""
    parts = [str(entry.earning)] if entry.earning else []
    if entry.reversal is not None and entry.reversal.kept is not None:
        parts.append(_taken_back(entry.reversal))
    if entry.value is not None:
        parts.append(f"{-entry.points} points pay {entry.value} {entry.value.currency}")
    return "; ".join(parts) or None


def _taken_back(reversal: Reversal) -> str:
    assert reversal.kept is not None  # noqa: S101 - for the types: the caller looked
    back = reversal.before - reversal.kept.points
    text = f"kept {reversal.kept}; {reversal.before} − {reversal.kept.points} = {back} taken back"  # noqa: RUF001 - the sign people read
    if reversal.expired is not None:
        text += f", {reversal.expired.points} of them had expired"
    if reversal.forgiven:
        text += f", {reversal.forgiven} of them are forgiven"
    return text
