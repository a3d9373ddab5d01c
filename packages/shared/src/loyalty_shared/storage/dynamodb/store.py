"""`LedgerStore` on DynamoDB: the items of docs/Database.md in one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

import boto3
from botocore.config import Config

from loyalty_shared.service.archive import Row, RowDiffers
from loyalty_shared.service.ports import (
    Append,
    MemberKey,
    MemberRecord,
    Pause,
    ReferenceKey,
    Removal,
    StoredEntry,
    StoredReference,
    TierMember,
)
from loyalty_shared.storage.dynamodb import archive, items, keys, member_lists
from loyalty_shared.storage.dynamodb.errors import as_store_errors
from loyalty_shared.storage.dynamodb.reading import TableReader
from loyalty_shared.storage.dynamodb.transaction import (
    conflict_of,
    rows_in_the_way,
    writes_of,
)
from loyalty_shared.storage.dynamodb.writing import TableWriter

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_dynamodb import DynamoDBClient

# A call takes milliseconds; one that hangs is sent anew well before a queue or a caller gives up.
CLIENT_CONFIG = Config(
    connect_timeout=2,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=32,
    tcp_keepalive=True,
    # What botocore does at each call beside sending it: type checkers have checked what we send,
    # and the name that it makes of all versions, twice a call, takes as long as to decide.
    parameter_validation=False,
    user_agent="loyalty",
)


class DynamoLedgerStore:
    """`LedgerStore` in the table `table`; safe for many threads and processes.

    Every read costs what it returns, whatever else the table holds. All but a balance and the
    members of a tier are read consistently: who wrote something finds it.
    """

    waits_for_network: ClassVar[bool] = True

    def __init__(self, client: DynamoDBClient, table: str, pause: Pause) -> None:
        self._client = client
        self._reader = TableReader(client, table)
        self._writer = TableWriter(client, table, pause)
        self._table = table

    @classmethod
    def connect(cls, table: str, pause: Pause) -> Self:
        """Open a table where boto3's own settings say: region, credentials, endpoint.

        Raises:
            StoreUnavailable: when these settings name no region.
        """
        with as_store_errors(table):
            return cls(boto3.client("dynamodb", config=CLIENT_CONFIG), table, pause)

    def append(self, append: Append) -> None:
        """Write all of it or raise `AppendConflict`."""
        try:
            self._writer.transact(writes_of(self._table, append))
        except self._writer.cancelled as error:
            raise conflict_of(append, error, self.reference) from error

    def newest_entry(self, member: MemberKey, *, consistent: bool = True) -> StoredEntry | None:
        """Read a member's last entry."""
        newest = self._entries(
            member, 1, keys.LARGEST_SEQ, 1, newest_first=True, consistent=consistent
        )
        return newest[0] if newest else None

    def entry(self, member: MemberKey, seq: int) -> StoredEntry | None:
        """Read one entry."""
        item = self._reader.item(keys.entry_key(member, seq))
        return items.entry_in(item) if item else None

    def entries_before(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered below `seq`, newest first."""
        return self._entries(member, 1, min(seq - 1, keys.LARGEST_SEQ), limit, newest_first=True)

    def entries_after(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered above `seq`, oldest first."""
        return self._entries(member, max(seq + 1, 1), keys.LARGEST_SEQ, limit, newest_first=False)

    def reference(self, key: ReferenceKey) -> StoredReference | None:
        """Read a reference."""
        item = self._reader.item(keys.reference_key(key))
        return items.reference_in(key, item) if item else None

    def member_record(self, member: MemberKey) -> MemberRecord | None:
        """Read what the index of members by tier shows of one member."""
        item = self._reader.item(keys.member_record_key(member))
        return items.member_record_in(item) if item else None

    def members_in_tier(
        self, program_id: str, tier: str, after: str | None, limit: int
    ) -> Sequence[TierMember]:
        """List up to `limit` members whose record shows a tier, ascending by id.

        An index cannot be read consistently; this one follows the table, mostly within a second.
        """
        return member_lists.members_in_tier(self._reader, program_id, tier, after, limit)

    def due_days(self, program_id: str, through: date) -> Sequence[date]:
        """List the days up to and including `through` that a member is due on, ascending."""
        return member_lists.due_days(self._reader, program_id, through)

    def due_members(self, program_id: str, day: date) -> Iterator[str]:
        """Go through the ids of the members whom time alone changes on a day."""
        return member_lists.due_members(self._reader, program_id, day)

    def mark_due(self, member: MemberKey, day: date) -> None:
        """Put a member on the list of a day."""
        self._writer.put_if_absent(items.due_item(member, day))

    def forget_due(self, member: MemberKey, day: date) -> None:
        """Take a member off the list of a day."""
        self._writer.delete(keys.due_key(member, day))

    def remove(self, removal: Removal) -> None:
        """Remove rows, the entries last."""
        self._writer.delete_all(keys.keys_of(removal))

    def keep_program(self, program_id: str, version: str, body: str) -> None:
        """Keep a version of a program."""
        self._writer.put_if_absent(items.program_item(program_id, version, body))

    def program(self, program_id: str, version: str) -> str | None:
        """Read a version of a program."""
        item = self._reader.item(keys.program_key(program_id, version))
        return items.program_in(item) if item else None

    def rows(self) -> Iterator[Row]:
        """Read every item. What is written meanwhile may or may not be among them."""
        with as_store_errors(self._table):
            pages = self._client.get_paginator("scan").paginate(
                TableName=self._table, ConsistentRead=True
            )
            # A scan takes partition by partition, each in the order of its sort keys.
            yield from (archive.row_in(item) for page in pages for item in page["Items"])

    def put_rows(self, rows: Sequence[Row]) -> None:
        """Write rows as they are or raise `RowDiffers`."""
        for start in range(0, len(rows), archive.MOST_ITEMS):
            group = rows[start : start + archive.MOST_ITEMS]
            try:
                self._writer.transact([archive.put_of(self._table, row) for row in group])
            except self._writer.cancelled as error:
                differing = rows_in_the_way(group, error)
                raise RowDiffers(f"{differing[0]} is there already, and differs") from error

    def batch(self) -> AbstractContextManager[None]:
        """Do nothing: DynamoDB makes each append durable as it comes."""
        return nullcontext()

    def check(self) -> None:
        """Return if the table can be read."""
        with as_store_errors(self._table):
            self._client.get_item(TableName=self._table, Key=keys.key("CHECK", "CHECK"))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _entries(  # noqa: PLR0913 - a range, and how to read it
        self,
        member: MemberKey,
        first: int,
        last: int,
        limit: int,
        *,
        newest_first: bool,
        consistent: bool = True,
    ) -> list[StoredEntry]:
        if first > last:  # which DynamoDB refuses
            return []
        found = self._reader.between(
            keys.member_partition(member),
            (keys.entry_sort(first), keys.entry_sort(last)),
            limit,
            backwards=newest_first,
            consistent=consistent,
        )
        return [items.entry_in(item) for item in found]
