"""How the table and its index are read: by key, page by page, with our errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loyalty_shared.storage.dynamodb import items, keys
from loyalty_shared.storage.dynamodb.errors import as_store_errors

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        QueryInputPaginateTypeDef,
    )

    Item = dict[str, AttributeValueTypeDef]


class TableReader:
    """Reads of one table; each raises `StoreUnavailable` when DynamoDB does not answer.

    A query is sent when its first item is asked for, and sent on when its items are more than
    DynamoDB's megabyte and the next one is asked for.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._query = client.get_paginator("query")
        self._table = table

    def item(self, key: Item) -> Item | None:
        """Read one item."""
        with as_store_errors(self._table):
            found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return found.get("Item")

    def between(
        self,
        partition: str,
        places: tuple[str, str],
        limit: int | None = None,
        *,
        backwards: bool = False,
        consistent: bool = True,
    ) -> Iterator[Item]:
        """Go through the items of a partition from one sort key to another, both included."""
        first, last = places
        request: QueryInputPaginateTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": (
                f"{keys.PARTITION} = :partition AND {keys.SORT} BETWEEN :first AND :last"
            ),
            "ExpressionAttributeValues": {
                ":partition": {"S": partition},
                ":first": {"S": first},
                ":last": {"S": last},
            },
            "ScanIndexForward": not backwards,
            "ConsistentRead": consistent,
        }
        return self._items(request, limit)

    def by_tier(self, partition: str, after: str | None, limit: int) -> Iterator[Item]:
        """Go through the member records of a tier, from the index, which may be a moment old."""
        request: QueryInputPaginateTypeDef = {
            "TableName": self._table,
            "IndexName": items.BY_TIER,
            "KeyConditionExpression": f"{items.TIER_KEY} = :partition",
            "ExpressionAttributeValues": {":partition": {"S": partition}},
        }
        if after:  # DynamoDB refuses to compare a key with an empty text
            request["KeyConditionExpression"] = (
                f"{items.TIER_KEY} = :partition AND {items.MEMBER_ID} > :after"
            )
            request["ExpressionAttributeValues"] = {
                ":partition": {"S": partition},
                ":after": {"S": after},
            }
        return self._items(request, limit)

    def _items(self, request: QueryInputPaginateTypeDef, limit: int | None) -> Iterator[Item]:
        if limit is not None:
            request["PaginationConfig"] = {"MaxItems": limit, "PageSize": limit}
        with as_store_errors(self._table):
            for page in self._query.paginate(**request):
                yield from page["Items"]
