"""Listens to a DynamoDB client: what it asks, what that costs by the rules, and what it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
from price_rule import Units, item_bytes, units_of
from tests.aws_emulator import REGION

from loyalty_shared import system
from loyalty_shared.storage.dynamodb.store import DynamoLedgerStore
from loyalty_shared.storage.dynamodb.table import create_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def emulated_client(endpoint: str) -> DynamoDBClient:
    """Make a client of the emulator."""
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the emulator's
    )


def emulated_store(client: DynamoDBClient, table: str) -> DynamoLedgerStore:
    """Make a table, and the ledger's store in it."""
    create_table(client, table)
    return DynamoLedgerStore(client, table, system.pause)


@dataclass
class Metered:
    """What was asked: by the price rules, as DynamoDB says, and the sizes of what was written."""

    by_rule: Units = field(default_factory=Units)
    as_told: float = 0.0
    written_bytes: list[int] = field(default_factory=list)


class CapacityMeter:
    """A meter on a client, for one thread."""

    def __init__(self, client: DynamoDBClient) -> None:
        self._metered = Metered()
        self._request: Mapping[str, Any] = {}
        client.meta.events.register("provide-client-params.dynamodb", self._asked)
        client.meta.events.register("after-call.dynamodb", self._answered)

    @contextmanager
    def metering(self) -> Iterator[Metered]:
        """Give what is asked inside the block."""
        self._metered = metered = Metered()
        try:
            yield metered
        finally:
            self._metered = Metered()  # what comes after is not its own

    def of(self, work: Callable[[], object]) -> Metered:
        """Give what one piece of work asks."""
        with self.metering() as metered:
            work()
        return metered

    def _asked(self, params: dict[str, Any], **_: object) -> None:
        self._request = params
        params["ReturnConsumedCapacity"] = "TOTAL"

    def _answered(self, parsed: Mapping[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
        self._metered.by_rule += units_of(model.name, self._request, parsed)
        told = parsed.get("ConsumedCapacity", [])
        for each in told if isinstance(told, list) else [told]:
            self._metered.as_told += each.get("CapacityUnits", 0.0)
        for write in self._request.get("TransactItems", []):
            self._metered.written_bytes.append(item_bytes(write["Put"]["Item"]))
