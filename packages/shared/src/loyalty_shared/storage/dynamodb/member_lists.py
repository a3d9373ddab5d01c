"""Members found by what they have in common: the tier that is shown, the day they are due on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from loyalty_shared.service.ports import TierMember
from loyalty_shared.storage.dynamodb import items, keys
from loyalty_shared.storage.dynamodb.reading import TableReader


def members_in_tier(
    reader: TableReader, program_id: str, tier: str, after: str | None, limit: int
) -> list[TierMember]:
    """List up to `limit` members whose record shows a tier, ascending by id."""
    found = reader.by_tier(keys.tier_partition(program_id, tier), after, limit)
    return [items.tier_member_in(item) for item in found]


def due_days(reader: TableReader, program_id: str, through: date) -> list[date]:
    """List the days up to and including `through` that a member is due on, ascending.

    In each partition, from one day to the next is one query for one item, past all who share the
    first: a day may have a million.
    """
    _, last = keys.due_range(through)
    days: set[date] = set()
    for partition in keys.due_partitions(program_id):
        first = keys.BEFORE_ANY_DUE
        while mark := next(reader.between(partition, (first, last), limit=1), None):
            day, _ = items.due_mark_in(mark)
            days.add(day)
            _, first = keys.due_range(day)
    return sorted(days)


def due_members(reader: TableReader, program_id: str, day: date) -> Iterator[str]:
    """Go through the ids of the members whom time alone changes on a day."""
    for partition in keys.due_partitions(program_id):
        for mark in reader.between(partition, keys.due_range(day)):
            _, member_id = items.due_mark_in(mark)
            yield member_id
