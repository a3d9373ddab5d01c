"""Measure the event processor's handler and the raw calls behind it, in one process.

python benchmarks/handler_probe.py ROUNDS EVENTS BATCH FILE

It is configured as the Lambda is, by the environment; the figures go into FILE, the log to
standard output.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from measuring import interleaved

from loyalty_event_processor.settings import ProcessorSettings
from loyalty_shared.storage.dynamodb.store import CLIENT_CONFIG

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

MEMBERS = [f"a-member-of-the-emulator-{number:011d}" for number in range(200)]

# Each run has orders of its own: else a process that follows another one would find them there.
_APART = 1_000_000
_SENT = str(int(time.time() * 1000))
_AS_PEOPLE_WRITE_IT = Config(
    max_pool_connections=32, retries={"mode": "standard"}, tcp_keepalive=True
)
# As large as those of the handler, with the same ids.
_ENTRY, _REFERENCE = "e" * 480, "r" * 190


def _record(number: int) -> dict[str, Any]:
    detail = {
        "userId": MEMBERS[number % len(MEMBERS)],
        "orderId": f"an-order-of-the-emulator-{number:011d}",
        "transactionId": "t",
        "totalAmount": 19.95,
    }
    body = {"detail-type": "OrderCompleted", "source": "shop", "detail": detail}
    return {
        "messageId": f"message-{number}",
        "body": json.dumps(body),
        "attributes": {"SentTimestamp": _SENT},
    }


class _Handler:
    """The Lambda's own entry."""

    def __init__(self, events: int, batch: int) -> None:
        from loyalty_event_processor.aws import handler  # noqa: PLC0415 - it reads the environment

        self._handler = handler
        self._numbers = count(batch * _APART)
        self._events, self._batch = events, batch

    def prepare(self) -> Callable[[], None]:
        records = [_record(next(self._numbers)) for _ in range(self._events)]
        batches = [
            {"Records": records[start : start + self._batch]}
            for start in range(0, len(records), self._batch)
        ]

        def run() -> None:
            for batch in batches:
                answer = self._handler(batch, _no_context())
                assert answer == {"batchItemFailures": []}, answer

        return run


class _Calls:
    """The two calls: what has the member, and what is new, if nothing stands there."""

    def __init__(  # noqa: PLR0913 - as much as there is to choose
        self, table: str, workers: int, *, events: int, batch: int, first: int, config: Config
    ) -> None:
        self._client = boto3.client("dynamodb", config=config)
        self._table = table
        self._pool = ThreadPoolExecutor(workers)
        self._numbers = count(first)
        self._events, self._batch = events, batch

    def prepare(self) -> Callable[[], None]:
        numbers = [next(self._numbers) for _ in range(self._events)]
        wanted = [(MEMBERS[each % len(MEMBERS)], self._writes(each)) for each in numbers]

        def run() -> None:
            for start in range(0, len(wanted), self._batch):
                list(self._pool.map(self._call, wanted[start : start + self._batch]))

        return run

    def _call(self, wanted: tuple[str, list[TransactWriteItemTypeDef]]) -> None:
        member, writes = wanted
        self._client.query(
            TableName=self._table,
            KeyConditionExpression="PK = :partition AND SK BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":partition": {"S": f"MEMBER#default#{member}"},
                ":first": {"S": "ENTRY#000000000001"},
                ":last": {"S": "ENTRY#999999999999"},
            },
            ScanIndexForward=False,
            Limit=1,
            ConsistentRead=True,
        )
        self._client.transact_write_items(TransactItems=writes)

    def _writes(self, number: int) -> list[TransactWriteItemTypeDef]:
        # In partitions of its own: the handler's members stay what they are.
        items: list[dict[str, AttributeValueTypeDef]] = [
            {
                "PK": {"S": f"MEMBER#default#an-order-of-the-emulator-{number:011d}"},
                "SK": {"S": "ENTRY#000000000002"},
                "body": {"S": _ENTRY},
            },
            {
                "PK": {"S": f"REF#default#order:a-raw-one-of-the-emulator-{number:011d}"},
                "SK": {"S": "REF"},
                "version": {"N": "1"},
                "body": {"S": _REFERENCE},
            },
        ]
        return [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": item,
                    "ConditionExpression": "attribute_not_exists(PK)",
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            }
            for item in items
        ]


def _no_context() -> LambdaContext:
    return None  # type: ignore[return-value] # nothing of it is used


def _spent(work: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Measure as the command line says."""
    rounds, events, batch = map(int, sys.argv[1:4])
    settings = ProcessorSettings()
    _, _, table = settings.store.partition(":")
    handler = _Handler(events, batch)

    def calls(first: int, config: Config) -> _Calls:
        return _Calls(
            table, settings.workers, events=events, batch=batch, first=first, config=config
        )

    bare = calls(batch * _APART, _AS_PEOPLE_WRITE_IT)
    alike = calls((batch + 1) * _APART, CLIENT_CONFIG)
    for each in (handler, bare, alike):
        each.prepare()()
    runs = {
        "ours": lambda: _spent(handler.prepare()),
        "bare": lambda: _spent(bare.prepare()),
        "alike": lambda: _spent(alike.prepare()),
    }
    found = interleaved(rounds, runs, lambda _: None)
    figures = {}
    for name, spent in found.items():
        figures[f"{name}_seconds"] = [wall for wall, _ in spent]
        figures[f"{name}_cpu_seconds"] = [cpu for _, cpu in spent]
    Path(sys.argv[4]).write_text(json.dumps(figures), "utf-8")


if __name__ == "__main__":
    main()
