"""A table for ledgers whose clock is a test's own.

The emulator goes by the true clock, and removes each minute what its time to live says is over: the
due marks of days that are half a year ago.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyalty_shared.storage.dynamodb import items
from loyalty_shared.storage.dynamodb.table import create_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def create_lasting_table(client: DynamoDBClient, table: str) -> None:
    """Create the table of a ledger, of which nothing is removed by itself."""
    create_table(client, table)
    client.update_time_to_live(
        TableName=table,
        TimeToLiveSpecification={"Enabled": False, "AttributeName": items.EXPIRES_AT},
    )
