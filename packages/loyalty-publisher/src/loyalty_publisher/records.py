"""The records of the table's stream, and which of them are events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from loyalty_publisher.events import Event, points_event, tier_event
from loyalty_shared.service.archive import EntryRow, MemberRow
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.storage.dynamodb import keys
from loyalty_shared.storage.dynamodb.archive import row_in

Record = Mapping[str, Any]
"""A record as Lambda hands it over, with new and old image."""

_MEMBERS = "MEMBER#"  # begins the partitions that there is news in, as docs/Database.md says


class UnreadableRecord(Exception):
    """A record that is one of ours and cannot be told of, now or ever."""

    def __init__(self, record: Record) -> None:
        self.sequence_number: str = record["dynamodb"]["SequenceNumber"]
        self.keys: Mapping[str, Any] = record["dynamodb"].get("Keys", {})
        super().__init__(f"record {self.sequence_number} of {dict(self.keys)} cannot be read")


def events_in(records: Sequence[Record]) -> tuple[list[Event], UnreadableRecord | None]:
    """Give the events of a batch, in order, up to the first record that cannot be read."""
    events: list[Event] = []
    for record in records:
        try:
            event = _event_in(record)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is not passed over
            unreadable = UnreadableRecord(record)
            unreadable.__cause__ = error
            return events, unreadable
        if event:
            events.append(event)
    return events, None


def _event_in(record: Record) -> Event | None:
    """Give what a record tells of: a new entry, or a member record with another tier.

    All else is no news, and is not even read: references, due marks and programs come with an entry
    or serve nobody outside. What is removed was a mark, or a row of a member who is forgotten, of
    which the last entry told. A new member's tier is in entry 1.
    """
    change, happened = record["dynamodb"], record["eventName"]
    in_members = change["Keys"][keys.PARTITION]["S"].startswith(_MEMBERS)
    if not in_members or happened == "REMOVE":
        return None
    row = row_in(change["NewImage"])
    if isinstance(row, EntryRow) and happened == "INSERT":
        return points_event(change["SequenceNumber"], row.member, decode_entry(row.entry.body))
    if isinstance(row, MemberRow) and happened == "MODIFY":
        return _tier_event_in(record, row)
    return None


def _tier_event_in(record: Record, row: MemberRow) -> Event | None:
    change = record["dynamodb"]
    before = row_in(change["OldImage"])
    if not isinstance(before, MemberRow) or before.record.tier == row.record.tier:
        return None
    if not (before.record.tier and row.record.tier):
        return None  # who was merged or forgotten has none, and their entry told of that
    return tier_event(
        change["SequenceNumber"],
        row.member,
        before=before.record,
        after=row.record,
        recorded_at=datetime.fromtimestamp(change["ApproximateCreationDateTime"], UTC),
        change_id=record["eventID"],
    )
