"""How the table is written: one item, or several in one transaction, with our errors."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.ports import Pause
from loyalty_shared.storage.dynamodb import keys
from loyalty_shared.storage.dynamodb.errors import as_store_errors
from loyalty_shared.storage.dynamodb.transaction import is_throttled

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        TransactWriteItemTypeDef,
        WriteRequestUnionTypeDef,
    )

    Item = dict[str, AttributeValueTypeDef]

_MOST_THROTTLED = 5  # times that DynamoDB asks for less, before it is given up
_SHORTEST_PAUSE_SECONDS = 0.05
_MOST_DELETED_AT_ONCE = 25


class TableWriter:
    """Writes to one table; each raises `StoreUnavailable` when DynamoDB does not answer.

    `cancelled` is the error of a transaction that DynamoDB does not do.
    """

    def __init__(self, client: DynamoDBClient, table: str, pause: Pause) -> None:
        self._client = client
        # botocore makes these classes when they are first asked for; two threads that ask at once
        # would get two classes of one name, and one of them would catch nothing.
        self.cancelled = client.exceptions.TransactionCanceledException
        self._refused = client.exceptions.ConditionalCheckFailedException
        self._table = table
        self._pause = pause

    def put_if_absent(self, item: Item) -> None:
        """Write an item, unless one is there under its key."""
        with as_store_errors(self._table), suppress(self._refused):
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression=f"attribute_not_exists({keys.PARTITION})",
            )

    def delete(self, key: Item) -> None:
        """Remove an item, if it is there."""
        with as_store_errors(self._table):
            self._client.delete_item(TableName=self._table, Key=key)

    def delete_all(self, unwanted: Sequence[Item]) -> None:
        """Remove the items under these keys, if they are there, group after group.

        Raises:
            StoreUnavailable: when DynamoDB does not answer, or goes on asking for less; some may
                be gone.
        """
        for start in range(0, len(unwanted), _MOST_DELETED_AT_ONCE):
            group = unwanted[start : start + _MOST_DELETED_AT_ONCE]
            self._write_at_once([{"DeleteRequest": {"Key": key}} for key in group])

    def transact(self, writes: Sequence[TransactWriteItemTypeDef]) -> None:
        """Do all of the writes, or raise `cancelled` and do none.

        Raises:
            StoreUnavailable: when DynamoDB does not answer, or goes on asking for less.
        """
        for throttled in range(_MOST_THROTTLED):
            self._pause_after(throttled)
            try:
                with as_store_errors(self._table):
                    # botocore gives each call a ClientRequestToken of its own and keeps it when
                    # it sends the call again. So a transaction whose outcome was lost with a
                    # connection is not done twice, nor taken for a rival: the second sending
                    # answers what became of the first.
                    self._client.transact_write_items(TransactItems=writes)
            except self.cancelled as error:
                if not is_throttled(error):
                    raise
                # Nothing was written. botocore, which sends again what was throttled as a whole,
                # takes it for final where it stands among the reasons.
            else:
                return
        raise self._throttled()

    def _write_at_once(self, requests: Sequence[WriteRequestUnionTypeDef]) -> None:
        for throttled in range(_MOST_THROTTLED):
            self._pause_after(throttled)
            with as_store_errors(self._table):
                answer = self._client.batch_write_item(RequestItems={self._table: requests})
            # What was too much of a group comes back undone. There is one table to come back for.
            requests = [each for undone in answer["UnprocessedItems"].values() for each in undone]
            if not requests:
                return
        raise self._throttled()

    def _pause_after(self, throttled: int) -> None:
        if throttled:
            self._pause(_SHORTEST_PAUSE_SECONDS * 2 ** (throttled - 1))

    def _throttled(self) -> StoreUnavailable:
        return StoreUnavailable(f"DynamoDB table {self._table}: throttled {_MOST_THROTTLED} times")
