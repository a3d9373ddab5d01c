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
_BY_SOMEBODY = {
    EntryType.REDEEM: (
        "Points spent",
        "Points are spent in the order in which they expire, the first to expire first.",
    ),
    EntryType.RESTORE: (
        "Spent points given back",
        "Spent points go back to where they came from, and last some days more at the least.",
    ),
    EntryType.HOLD: (
        "Points set aside",
        "Points that are set aside are nobody else's to spend, until the hold ends.",
    ),
    EntryType.RELEASE: (
        "Points no longer set aside",
        "Points of a hold go back to where they came from, and last some days more at the least.",
    ),
}
_BY_HAND = {
    EntryType.ADJUST: (
        "Points adjusted",
        "Points are given or taken by hand, for the reason told.",
    ),
    EntryType.REQUEST: (
        "Adjustment asked for",
        "So many points are given or taken only if a second person agrees.",
    ),
    EntryType.DECLINE: (
        "Adjustment declined",
        "A second person did not agree, or the first let it be.",
    ),
}
_LAST = {EntryType.ERASE: ("Forgotten", "A member who is forgotten has nothing any longer.")}
_OF_TWO = {
    EntryType.MERGE: (
        "Merged with",
        "Members that are merged have one account; what comes under either id is its.",
    ),
    EntryType.UNMERGE: (
        "No longer merged with",
        "Each has what came under its own id; what the other spent of that, the other owes.",
    ),
}
_CORRECTED = (
    "Points earn no points: an order earns on what is paid with money, under the version of the"
    " program and the tier that it was earned under."
)
_SETTLED = {
    EntryType.LAPSE: (
        "Points no longer set aside",
        (
            "A hold lapses when its time is over. Its points go back to where they came from, and"
            " last some days more at the least."
        ),
    ),
    EntryType.ACTIVATE: ("Points can be used now", "Points can be used once they have waited."),
    EntryType.EXPIRE: ("Points expired", "Points that are not used by their last day expire."),
}

_SENTENCES = _BY_SOMEBODY | _BY_HAND | _OF_TWO | _SETTLED | _LAST


def description_of(entry: Entry) -> str:
    """Say in a few words what happened."""
    if entry.type in _BY_SOMEBODY:
        return entry.note or _of_order(_BY_SOMEBODY[entry.type][0], entry)
    if entry.type in _BY_HAND:
        return f"{_BY_HAND[entry.type][0]}: {entry.note}"
    if entry.type in _OF_TWO:
        return f"{_OF_TWO[entry.type][0]} {entry.other}"
    if entry.order_id is not None:
        return _description_of_order(entry)
    return (
        f"Tier {entry.account.tier} begins"
        if entry.type is EntryType.TIER
        else _SENTENCES[entry.type][0]
    )


def _description_of_order(entry: Entry) -> str:
    order = f"order {entry.order_id}"
    if entry.type is EntryType.CORRECT:
        return f"Points for {order}, computed again"
    if entry.type is EntryType.LAPSE:
        return _of_order(_SETTLED[entry.type][0], entry)
    if entry.type is EntryType.EARN or entry.reversal is None:
        return f"Points for {order}"
    refund = f"Refund {', '.join(entry.reversal.refund_ids)} of {order}"
    return refund if entry.reversal.kept else f"{refund}, which has not arrived yet"


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
    if entry.type is EntryType.CORRECT:
        return _CORRECTED
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
    return _SENTENCES[entry.type][1]


def arithmetic_of(entry: Entry) -> str | None:
    """Show the numbers behind the points, None where an entry has none."""
    parts = [str(entry.earning)] if entry.earning else []
    if entry.reversal is not None and entry.reversal.kept is not None:
        parts.append(_taken_back(entry.reversal))
    if entry.requested:
        parts.append(f"{entry.requested:+d} points are asked for")
    if entry.value is not None:
        parts.append(f"{-entry.points} points pay {entry.value} {entry.value.currency}")
    return "; ".join(parts) or None


def _taken_back(reversal: Reversal) -> str:
    assert reversal.kept is not None  # noqa: S101 - for the types: the caller looked
    back = reversal.before - reversal.kept.points
    kept = f"kept {reversal.kept}" if reversal.refund_ids else str(reversal.kept)
    if back < 0:
        return f"{kept}; {reversal.kept.points} − {reversal.before} = {-back} more"  # noqa: RUF001 - the sign people read
    text = f"{kept}; {reversal.before} − {reversal.kept.points} = {back} taken back"  # noqa: RUF001 - as above
    if reversal.expired is not None:
        text += f", {reversal.expired.points} of them had expired"
    if reversal.forgiven:
        text += f", {reversal.forgiven} of them are forgiven"
    return text
