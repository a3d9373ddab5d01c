"""The table itself, for tests and local play; in production infra/template.yaml makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyalty_shared.storage.dynamodb import items, keys

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_dynamodb import DynamoDBClient


def create_table(client: DynamoDBClient, table: str) -> None:
    """Create the table of a `DynamoLedgerStore` and wait until it can be used."""
    texts = (keys.PARTITION, keys.SORT, items.TIER_KEY, items.MEMBER_ID)
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in texts],
        KeySchema=[
            {"AttributeName": keys.PARTITION, "KeyType": "HASH"},
            {"AttributeName": keys.SORT, "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": items.BY_TIER,
                "KeySchema": [
                    {"AttributeName": items.TIER_KEY, "KeyType": "HASH"},
                    {"AttributeName": items.MEMBER_ID, "KeyType": "RANGE"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": [items.TIER, items.TIER_SINCE],
                },
            }
        ],
    )
    client.get_waiter("table_exists").wait(TableName=table)
    client.update_time_to_live(
        TableName=table,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": items.EXPIRES_AT},
    )
