"""What time alone does, written down: points become active, points expire, a tier ends.

A balance is right without it, since what can be used is computed from the dates of the lots. This
gives the entries that say so, and the days on which there will be one to write.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.lots import Lots, with_lot
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.tiers import newest_month, standing_on


def decide_settling(program: Program, account: Account, today: date) -> Draft | None:
    """Decide the next entry that time asks for up to a day, None where all of it is written.

    Points become active before they expire, and a tier ends last. Each entry occurred at the
    beginning of the newest day that it is about.
    """
    return (
        _activation(program, account, today)
        or _expiry(program, account, today)
        or _tier_change(program, account, today)
    )


def due_days(program: Program, account: Account) -> set[date]:
    """List the days on which time alone will change an account: lots, holds and tier of it."""
    days = {day for lot in account.lots for day in lot.changes_on()}
    if account.holds:
        days |= {program.date_of(hold.expires_at) for hold in account.holds}
    month = newest_month(account.qualification, account.tier_since)
    kept_until = program.tiers.kept_until(month, account.qualification)
    return days | {kept_until + timedelta(days=1)} if kept_until else days


def _activation(program: Program, account: Account, today: date) -> Draft | None:
    started = [lot for lot in account.lots if lot.activates_on and not lot.is_pending(today)]
    if not started:
        return None
    lots: Lots = tuple(lot for lot in account.lots if lot not in started)
    for lot in started:
        lots = with_lot(lots, replace(lot, activates_on=None))
    newest = max(lot.activates_on for lot in started if lot.activates_on)
    settled = replace(account, lots=lots)
    return _draft(program, EntryType.ACTIVATE, 0, program.start_of(newest), settled)


def _expiry(program: Program, account: Account, today: date) -> Draft | None:
    expired = [lot for lot in account.lots if lot.is_expired(today)]
    if not expired:
        return None
    points = sum(lot.points for lot in expired)
    newest = max(lot.expires_on for lot in expired if lot.expires_on)
    life = account.lifetime
    settled = replace(
        account,
        lots=tuple(lot for lot in account.lots if lot not in expired),
        lifetime=replace(life, expired=life.expired + points),
    )
    occurred_at = program.start_of(newest + timedelta(days=1))
    return _draft(program, EntryType.EXPIRE, -points, occurred_at, settled)


def _tier_change(program: Program, account: Account, today: date) -> Draft | None:
    is_ahead = month_of(today) < newest_month(account.qualification, account.tier_since)
    if not account.tier or is_ahead:  # there is no entry yet, or a clock is ahead of ours
        return None
    standing = standing_on(today, program.tiers, account.qualification, account.tier_since)
    if standing.level.name == account.tier:
        return None
    since = standing.since if standing.since > account.tier_since else today
    settled = replace(account, tier=standing.level.name, tier_since=since)
    return _draft(program, EntryType.TIER, 0, program.start_of(since), settled)


def _draft(
    program: Program, type_: EntryType, points: int, occurred_at: datetime, account: Account
) -> Draft:
    return Draft(type_, points, occurred_at, program.version, account)
