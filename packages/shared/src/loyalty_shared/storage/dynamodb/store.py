"""`LedgerStore` on DynamoDB: the items of docs/Database.md in one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

import boto3
from botocore.config import Config

from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.archive import Row, RowDiffers
from loyalty_shared.service.ports import (
    Append,
    MemberKey,
    MemberRecord,
    Pause,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)
from loyalty_shared.storage.dynamodb import archive, items, keys
from loyalty_shared.storage.dynamodb.errors import as_store_errors
from loyalty_shared.storage.dynamodb.transaction import (
    conflict_of,
    is_throttled,
    rows_in_the_way,
    writes_of,
)

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

# A call takes milliseconds; one that hangs is sent anew well before a queue or a caller gives up.
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=32,
    tcp_keepalive=True,
)

_MOST_THROTTLED = 5  # appends that DynamoDB cancels for being too many, before it is given up
_SHORTEST_PAUSE_SECONDS = 0.05


class DynamoLedgerStore:
    """`LedgerStore` in the table `table`; safe for many threads and processes.

    Every read costs what it returns, whatever else the table holds. All but a balance reads
    consistently: who wrote something finds it.
    """

    waits_for_network: ClassVar[bool] = True

    def __init__(self, client: DynamoDBClient, table: str, pause: Pause) -> None:
        self._client = client
        # botocore makes these classes when they are first asked for; two threads that ask at once
        # would get two classes of one name, and one of them would catch nothing.
        self._exceptions = client.exceptions
        self._query = client.get_paginator("query")
        self._table = table
        self._pause = pause

    @classmethod
    def connect(cls, table: str, pause: Pause) -> Self:
        """Open a table where boto3's own settings say: region, credentials, endpoint.

        Raises:
            StoreUnavailable: when these settings name no region.
        """
        with as_store_errors(table):
            return cls(boto3.client("dynamodb", config=_CONFIG), table, pause)

    def append(self, append: Append) -> None:
        """Write all of it or raise `AppendConflict`."""
        try:
            self._transact(writes_of(self._table, append))
        except self._exceptions.TransactionCanceledException as error:
            raise conflict_of(append, error, self.reference) from error

    def newest_entry(self, member: MemberKey, *, consistent: bool = True) -> StoredEntry | None:
        """Read a member's last entry."""
        newest = self._entries(
            member, 1, keys.LARGEST_SEQ, 1, newest_first=True, consistent=consistent
        )
        return newest[0] if newest else None

    def entry(self, member: MemberKey, seq: int) -> StoredEntry | None:
        """Read one entry."""
        item = self._item(keys.entry_key(member, seq))
        return items.entry_in(item) if item else None

    def entries_before(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered below `seq`, newest first."""
        return self._entries(member, 1, min(seq - 1, keys.LARGEST_SEQ), limit, newest_first=True)

    def entries_after(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered above `seq`, oldest first."""
        return self._entries(member, max(seq + 1, 1), keys.LARGEST_SEQ, limit, newest_first=False)

    def reference(self, key: ReferenceKey) -> StoredReference | None:
        """Read a reference."""
        item = self._item(keys.reference_key(key))
        return items.reference_in(key, item) if item else None

    def member_record(self, member: MemberKey) -> MemberRecord | None:
        """Read what the index of members by tier shows of one member."""
        item = self._item(keys.member_record_key(member))
        return items.member_record_in(item) if item else None

    def due_members(self, program_id: str, day: date) -> Sequence[str]:
        """List the ids of the members whom time alone changes on a day."""
        with as_store_errors(self._table):
            return [
                items.due_member_in(item)
                for partition in keys.due_partitions(program_id, day)
                for page in self._query.paginate(
                    TableName=self._table,
                    KeyConditionExpression=f"{keys.PARTITION} = :partition",
                    ExpressionAttributeValues={":partition": {"S": partition}},
                    ConsistentRead=True,
                )
                for item in page["Items"]
            ]

    def keep_program(self, program_id: str, version: str, body: str) -> None:
        """Keep a version of a program."""
        with (
            as_store_errors(self._table),
            suppress(self._exceptions.ConditionalCheckFailedException),
        ):
            self._client.put_item(
                TableName=self._table,
                Item=items.program_item(program_id, version, body),
                ConditionExpression=f"attribute_not_exists({keys.PARTITION})",
            )

    def program(self, program_id: str, version: str) -> str | None:
        """Read a version of a program."""
        item = self._item(keys.program_key(program_id, version))
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
                self._transact([archive.put_of(self._table, row) for row in group])
            except self._exceptions.TransactionCanceledException as error:
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

    def _transact(self, writes: Sequence[TransactWriteItemTypeDef]) -> None:
        for throttled in range(_MOST_THROTTLED):
            if throttled:
                self._pause(_SHORTEST_PAUSE_SECONDS * 2 ** (throttled - 1))
            try:
                with as_store_errors(self._table):
                    # botocore gives each call a ClientRequestToken of its own and keeps it when
                    # it sends the call again. So a transaction whose outcome was lost with a
                    # connection is not done twice, nor taken for a rival: the second sending
                    # answers what became of the first.
                    self._client.transact_write_items(TransactItems=writes)
            except self._exceptions.TransactionCanceledException as error:
                if not is_throttled(error):
                    raise
                # Nothing was written. botocore, which sends again what was throttled as a whole,
                # takes it for final where it stands among the reasons.
            else:
                return
        raise StoreUnavailable(f"DynamoDB table {self._table}: throttled {_MOST_THROTTLED} times")

    def _item(
        self, key: dict[str, AttributeValueTypeDef]
    ) -> dict[str, AttributeValueTypeDef] | None:
        with as_store_errors(self._table):
            found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return found.get("Item")

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
        with as_store_errors(self._table):
            # One call, unless `limit` entries are more than DynamoDB's megabyte.
            pages = self._query.paginate(
                TableName=self._table,
                KeyConditionExpression=(
                    f"{keys.PARTITION} = :partition AND {keys.SORT} BETWEEN :first AND :last"
                ),
                ExpressionAttributeValues={
                    ":partition": {"S": keys.member_partition(member)},
                    ":first": {"S": keys.entry_sort(first)},
                    ":last": {"S": keys.entry_sort(last)},
                },
                ScanIndexForward=not newest_first,
                ConsistentRead=consistent,
                PaginationConfig={"MaxItems": limit, "PageSize": limit},
            )
            return [items.entry_in(item) for page in pages for item in page["Items"]]
