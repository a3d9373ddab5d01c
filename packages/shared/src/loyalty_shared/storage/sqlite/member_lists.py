"""Members found by what they have in common: the tier that is shown, the day they are due on.

SQLite compares texts by their bytes, which are UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from loyalty_shared.service.ports import MemberKey, MemberRecord, TierMember
from loyalty_shared.storage.sqlite.database import Database

_MOST_DUE_MEMBERS_A_READ = 1_000

_IN_TIER = """
SELECT member, tier_since FROM member WHERE program = ? AND tier = ? AND member > ?
ORDER BY member LIMIT ?
"""
_NEXT_DUE_DAY = """
SELECT day FROM due WHERE program = ? AND day > ? AND day <= ? ORDER BY day LIMIT 1
"""
_NEXT_DUE_MEMBERS = """
SELECT member FROM due WHERE program = ? AND day = ? AND member > ? ORDER BY member LIMIT ?
"""
MARK_DUE = "INSERT OR IGNORE INTO due (program, day, member) VALUES (?, ?, ?)"
FORGET_DUE = "DELETE FROM due WHERE program = ? AND day = ? AND member = ?"

_BEFORE_ANY = ""  # day or id


def members_in_tier(
    database: Database, program_id: str, tier: str, after: str | None, limit: int
) -> list[TierMember]:
    """List up to `limit` members whose record shows a tier, ascending by id."""
    rows = database.read(_IN_TIER, (program_id, tier, after or _BEFORE_ANY, limit))
    return [
        TierMember(str(member), MemberRecord(tier, date.fromisoformat(str(since))))
        for member, since in rows
    ]


def due_days(database: Database, program_id: str, through: date) -> list[date]:
    """List the days up to and including `through` that a member is due on, ascending.

    From one day to the next is one seek, past all who share the first: a day may have a million.
    """
    days: list[str] = []
    while rows := database.read(
        _NEXT_DUE_DAY, (program_id, days[-1] if days else _BEFORE_ANY, str(through))
    ):
        days.append(str(rows[0][0]))
    return [date.fromisoformat(day) for day in days]


def due_members(database: Database, program_id: str, day: date) -> Iterator[str]:
    """Go through the ids of the members whom time alone changes on a day.

    Each read is over before its members are given. One that stayed open would keep the log from
    being folded into the file for as long as the caller takes.
    """
    last = _BEFORE_ANY
    while rows := database.read(
        _NEXT_DUE_MEMBERS, (program_id, str(day), last, _MOST_DUE_MEMBERS_A_READ)
    ):
        members = [str(member) for (member,) in rows]
        yield from members
        last = members[-1]


def mark_due(database: Database, member: MemberKey, day: date) -> None:
    """Put a member on the list of a day."""
    mark = (member.program_id, str(day), member.member_id)
    database.write(lambda connection: connection.execute(MARK_DUE, mark))


def forget_due(database: Database, member: MemberKey, day: date) -> None:
    """Take a member off the list of a day."""
    mark = (member.program_id, str(day), member.member_id)
    database.write(lambda connection: connection.execute(FORGET_DUE, mark))
