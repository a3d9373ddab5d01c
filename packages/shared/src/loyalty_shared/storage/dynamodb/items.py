"""What each item holds beside its key: no more than is read, since each kilobyte is paid for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from loyalty_shared.service.ports import (
    UNDECIDED,
    MemberKey,
    MemberRecord,
    ReferenceKey,
    StoredEntry,
    StoredReference,
    TierMember,
)
from loyalty_shared.storage.dynamodb import keys

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

BODY = "body"
VERSION = "version"
TIER = "tier"
TIER_SINCE = "tierSince"
EXPIRES_AT = "expiresAt"  # DynamoDB's time to live

BY_TIER = "by-tier"  # the index; only member records have its keys
TIER_KEY, MEMBER_ID = "tierKey", "memberId"

# The settle run removes what it is done with; this is for where none runs, or not for so long.
_DUE_MARK_KEPT_FOR = timedelta(days=180)


def entry_item(member: MemberKey, entry: StoredEntry) -> dict[str, AttributeValueTypeDef]:
    """Write an entry."""
    return {**keys.entry_key(member, entry.seq), BODY: {"S": entry.body}}


def entry_in(item: Mapping[str, AttributeValueTypeDef]) -> StoredEntry:
    """Read an entry."""
    return StoredEntry(keys.seq_of(item[keys.SORT]["S"]), item[BODY]["S"])


def reference_item(reference: StoredReference) -> dict[str, AttributeValueTypeDef]:
    """Write a reference."""
    return {
        **keys.reference_key(reference.key),
        VERSION: {"N": str(reference.version)},
        BODY: {"S": reference.body},
    }


def reference_in(key: ReferenceKey, item: Mapping[str, AttributeValueTypeDef]) -> StoredReference:
    """Read a reference."""
    return StoredReference(key, int(item[VERSION]["N"]), item[BODY]["S"])


def member_record_item(member: MemberKey, record: MemberRecord) -> dict[str, AttributeValueTypeDef]:
    """Write a member record, with the keys of the index by tier."""
    return {
        **keys.member_record_key(member),
        TIER: {"S": record.tier},
        TIER_SINCE: {"S": str(record.tier_since)},
        TIER_KEY: {"S": keys.tier_partition(member.program_id, record.tier)},
        MEMBER_ID: {"S": member.member_id},
    }


def member_record_in(item: Mapping[str, AttributeValueTypeDef]) -> MemberRecord:
    """Read a member record."""
    return MemberRecord(item[TIER]["S"], date.fromisoformat(item[TIER_SINCE]["S"]))


def tier_member_in(item: Mapping[str, AttributeValueTypeDef]) -> TierMember:
    """Read a member record, and whose it is."""
    return TierMember(item[MEMBER_ID]["S"], member_record_in(item))


def due_item(member: MemberKey, day: date) -> dict[str, AttributeValueTypeDef]:
    """Write a due mark, which DynamoDB removes some months after its date.

    One on the list of `UNDECIDED` stays until it is removed.
    """
    if day == UNDECIDED:  # to which no months can be added
        return keys.due_key(member, day)
    expires_at = datetime.combine(day, time(), UTC) + _DUE_MARK_KEPT_FOR
    return {**keys.due_key(member, day), EXPIRES_AT: {"N": str(int(expires_at.timestamp()))}}


def due_mark_in(item: Mapping[str, AttributeValueTypeDef]) -> tuple[date, str]:
    """Read the date of a due mark, and whose it is."""
    return keys.due_mark_in(item[keys.SORT]["S"])


def program_item(program_id: str, version: str, body: str) -> dict[str, AttributeValueTypeDef]:
    """Write a version of a program."""
    return {**keys.program_key(program_id, version), BODY: {"S": body}}


def program_in(item: Mapping[str, AttributeValueTypeDef]) -> str:
    """Read a version of a program."""
    return item[BODY]["S"]
