"""Where each item stands: the partition and sort keys of the one table, as in docs/Database.md.

Ids may hold any printable character, so an id always comes last in its key. What stands before it
(programs, kinds, dates, tiers) has no `#`, and a kind has no `:`, so no two things share a key.
"""

from __future__ import annotations

import zlib
from datetime import date
from typing import TYPE_CHECKING

from loyalty_shared.service.ports import MemberKey, ReferenceKey, Removal

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

PARTITION, SORT = "PK", "SK"
MEMBER_SORT = "MEMBER"

LARGEST_SEQ = 10**12 - 1  # 12 digits, so that the order of the texts is the order of the numbers

BEFORE_ANY_DUE = "0"  # a place below that of every due mark, which begins with four digits

_ENTRY, _VERSION = "ENTRY#", "VERSION#"
_SHARDS = 16  # of the due marks: many members may share a date, and a partition has a limit


def key(partition: str, sort: str) -> dict[str, AttributeValueTypeDef]:
    """Give the key of an item."""
    return {PARTITION: {"S": partition}, SORT: {"S": sort}}


def member_partition(member: MemberKey) -> str:
    """Give the partition of all that is one member's: the entries and the member record."""
    return f"MEMBER#{member.program_id}#{member.member_id}"


def entry_sort(seq: int) -> str:
    """Give the place of an entry among its member's items."""
    return f"{_ENTRY}{seq:012d}"


def seq_of(sort: str) -> int:
    """Read the number of an entry from its place."""
    return int(sort.removeprefix(_ENTRY))


def entry_key(member: MemberKey, seq: int) -> dict[str, AttributeValueTypeDef]:
    """Give the key of an entry."""
    return key(member_partition(member), entry_sort(seq))


def member_record_key(member: MemberKey) -> dict[str, AttributeValueTypeDef]:
    """Give the key of a member record."""
    return key(member_partition(member), MEMBER_SORT)


def reference_key(reference: ReferenceKey) -> dict[str, AttributeValueTypeDef]:
    """Give the key of a reference."""
    return key(f"REF#{reference.program_id}#{reference.kind}:{reference.id}", "REF")


def reference_key_in(partition: str) -> ReferenceKey:
    """Read which reference a partition holds."""
    program_id, _, rest = partition.removeprefix("REF#").partition("#")
    kind, _, id_ = rest.partition(":")
    return ReferenceKey(program_id, kind, id_)


def due_key(member: MemberKey, day: date) -> dict[str, AttributeValueTypeDef]:
    """Give the key of a member's due mark."""
    shard = zlib.crc32(member.member_id.encode()) % _SHARDS
    return key(due_partitions(member.program_id)[shard], f"{day}#{member.member_id}")


def due_partitions(program_id: str) -> list[str]:
    """Give the partitions that a program's due marks are spread over, in each by date."""
    return [f"DUE#{program_id}#{shard:02d}" for shard in range(_SHARDS)]


def due_range(day: date) -> tuple[str, str]:
    """Give two places that have the due marks of a date between them, and no mark at either."""
    return f"{day}#", f"{day}$"  # the character after "#"


def due_mark_in(sort: str) -> tuple[date, str]:
    """Read the date of a due mark, and whose it is."""
    day, _, member_id = sort.partition("#")
    return date.fromisoformat(day), member_id


def tier_partition(program_id: str, tier: str) -> str:
    """Give the partition of a tier in the index of members by tier."""
    return f"TIER#{program_id}#{tier}"


def program_key(program_id: str, version: str) -> dict[str, AttributeValueTypeDef]:
    """Give the key of a version of a program."""
    return key(f"PROGRAM#{program_id}", f"{_VERSION}{version}")


def program_version_in(sort: str) -> str:
    """Read which version of a program an item holds."""
    return sort.removeprefix(_VERSION)


def keys_of(removal: Removal) -> list[dict[str, AttributeValueTypeDef]]:
    """Give the key of each row that is to go, once: DynamoDB refuses one that comes twice.

    The entries come last, since they are what the other rows are found by.
    """
    member = removal.member
    found = [reference_key(each) for each in dict.fromkeys(removal.references)]
    found += [due_key(member, day) for day in dict.fromkeys(removal.due_on)]
    found += [member_record_key(member)] if removal.record else []
    return found + [entry_key(member, seq) for seq in dict.fromkeys(removal.seqs)]
