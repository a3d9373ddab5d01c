"""From a purchase in a real table to an event in a queue behind a rule of a real bus."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from loyalty_publisher import aws as lambda_entry
from loyalty_shared import system
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.service import queries
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.storage.dynamodb.table import create_table
from loyalty_shared.storage.opening import open_store

Record = dict[str, Any]
MakePurchase = Callable[..., Purchase]

_names = count(1)


@pytest.fixture
def name(aws: str) -> str:
    """Give the name of what is made for one test, on the emulator."""
    del aws  # it is where the clients go
    return f"publisher-{next(_names)}"


@pytest.fixture
def ledger(name: str) -> Iterator[Ledger]:
    """Give the ledger in a table with a stream."""
    dynamodb = boto3.client("dynamodb")
    create_table(dynamodb, name)
    dynamodb.update_table(
        TableName=name,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    store = open_store(f"dynamodb:{name}", system.pause)
    yield Ledger(store, default_program(), system.now, system.pause)
    store.close()
    dynamodb.close()


@pytest.fixture
def queue_url(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give a queue that gets what is published, and let the Lambda publish to its bus."""
    sqs, events = boto3.client("sqs"), boto3.client("events")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    events.create_event_bus(Name=name)
    pattern = json.dumps({"source": ["loyalty"]})
    events.put_rule(Name=name, EventBusName=name, EventPattern=pattern)
    events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "queue", "Arn": arn}])
    monkeypatch.setenv("LOYALTY_EVENT_BUS_NAME", name)
    lambda_entry._wired.cache_clear()  # noqa: SLF001 - a new environment is a new sandbox
    yield url
    lambda_entry._wired.cache_clear()  # noqa: SLF001 - as above
    events.close()
    sqs.close()


def _streamed(table: str) -> list[Record]:
    """Read a table's stream from its beginning, in the form that Lambda is handed."""
    streams = boto3.client("dynamodbstreams")
    [stream] = streams.list_streams(TableName=table)["Streams"]
    description = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
    [shard] = description["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream["StreamArn"],
        ShardId=shard["ShardId"],
        ShardIteratorType="TRIM_HORIZON",
    )
    records = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    streams.close()
    # boto3 has made a datetime of what Lambda hands over in seconds.
    return [json.loads(json.dumps(record, default=datetime.timestamp)) for record in records]


def _received(queue_url: str) -> list[dict[str, Any]]:
    sqs = boto3.client("sqs")
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
    sqs.close()
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def test_a_purchase_in_the_table_comes_out_of_the_bus(
    ledger: Ledger, queue_url: str, name: str, purchase: MakePurchase
) -> None:
    record_purchase(ledger, purchase("ann", "o-1", "480"))
    record_purchase(ledger, purchase("ann", "o-2", "125"))

    answer = lambda_entry.handler({"Records": _streamed(name)}, LambdaContext())

    assert answer == {"batchItemFailures": []}
    published = {
        (event["detail-type"], event["detail"].get("orderId")): event
        for event in _received(queue_url)
    }
    assert set(published) == {
        ("PointsEarned", "o-1"),
        ("PointsEarned", "o-2"),
        ("TierChanged", None),
    }
    second = published["PointsEarned", "o-2"]
    newest = queries.history(ledger, "ann", before=None, limit=1).transactions[0]
    assert second["source"] == "loyalty"
    assert second["resources"] == []
    assert second["detail"]["transactionId"] == newest.transaction_id
    assert (second["detail"]["points"], second["detail"]["balance"]) == (125, 605)
    recorded_at = datetime.fromisoformat(second["detail"]["recordedAt"])
    assert recorded_at == newest.entry.recorded_at
    assert recorded_at.tzinfo == UTC
    change = published["TierChanged", None]["detail"]
    assert (change["previousTier"], change["tier"]) == ("Basic", "Bronze")


def test_a_redelivered_purchase_writes_nothing_and_so_tells_nothing(
    ledger: Ledger, queue_url: str, name: str, purchase: MakePurchase
) -> None:
    for _ in range(3):
        record_purchase(ledger, purchase())

    lambda_entry.handler({"Records": _streamed(name)}, LambdaContext())

    assert [event["detail"]["orderId"] for event in _received(queue_url)] == ["o-1"]
