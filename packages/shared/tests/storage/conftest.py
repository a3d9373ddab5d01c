"""The three stores, each on the real thing, and the appends to fill them with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from tests.lasting_table import create_lasting_table

from loyalty_shared import system
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import (
    Append,
    LedgerStore,
    MemberAppend,
    MemberKey,
    MemberRecord,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)
from loyalty_shared.storage.dynamodb.store import DynamoLedgerStore
from loyalty_shared.storage.memory import MemoryLedgerStore
from loyalty_shared.storage.sqlite import member_lists as sqlite_member_lists
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2026, 11, 15, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture(params=["memory", "sqlite", "dynamodb"])
def store(request: pytest.FixtureRequest) -> LedgerStore:
    """Give each of the stores in turn."""
    chosen: LedgerStore = request.getfixturevalue(f"{request.param}_store")
    return chosen


@pytest.fixture
def memory_store() -> MemoryLedgerStore:
    return MemoryLedgerStore()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[SqliteLedgerStore]:
    store = SqliteLedgerStore(tmp_path)
    yield store
    store.close()


@pytest.fixture
def dynamodb_store(dynamodb: DynamoDBClient, table: str) -> DynamoLedgerStore:
    return DynamoLedgerStore(dynamodb, table, system.pause)


@pytest.fixture(scope="session")
def dynamodb(aws_emulator: str) -> Iterator[DynamoDBClient]:
    """Give a client with which nothing is wrong."""
    config = Config(retries={"mode": "standard"}, max_pool_connections=32)
    client = boto3.client("dynamodb", endpoint_url=aws_emulator, config=config)
    yield client
    client.close()


_tables = count(1)


@pytest.fixture
def table(dynamodb: DynamoDBClient) -> str:
    """Give the name of a new, empty table."""
    name = f"Loyalty{next(_tables)}"
    create_lasting_table(dynamodb, name)
    return name


@pytest.fixture
def short_reads(monkeypatch: pytest.MonkeyPatch, dynamodb: DynamoDBClient) -> Iterator[int]:
    """Let the stores read so few things at a time that a handful fills several pages."""
    few = 3

    def shorten(params: dict[str, Any], **_: object) -> None:
        # As DynamoDB does by itself after a megabyte.
        params["Limit"] = min(params.get("Limit", few), few)

    monkeypatch.setattr(sqlite_member_lists, "_MOST_DUE_MEMBERS_A_READ", few)
    dynamodb.meta.events.register("provide-client-params.dynamodb.Query", shorten)
    yield few
    dynamodb.meta.events.unregister("provide-client-params.dynamodb.Query", shorten)


@pytest.fixture
def member() -> MemberKey:
    return MemberKey("default", "M-1")


@pytest.fixture
def order() -> ReferenceKey:
    return ReferenceKey("default", "order", "A-17")


@pytest.fixture
def an_append(member: MemberKey) -> Callable[..., Append]:
    """Give what builds an append to `member` from what a test cares for."""

    def build(  # noqa: PLR0913 - the parts of an append
        seq: int = 1,
        body: str = "{}",
        *references: StoredReference,
        to: MemberKey = member,
        tier: str | None = None,
        since: date = TODAY,
        due_on: tuple[date, ...] = (),
    ) -> Append:
        if seq == 1 and tier is None:
            tier = "Basic"
        record = MemberRecord(tier, since) if tier else None
        entries = (StoredEntry(seq, body),)
        return Append((MemberAppend(to, entries, record, due_on),), references)

    return build


@pytest.fixture
def with_entries(member: MemberKey, an_append: Callable[..., Append]) -> Callable[..., None]:
    """Give what writes the entries 1 to `last` of `member`."""

    def write(store: LedgerStore, last: int) -> None:
        with store.batch():
            for seq in range(1, last + 1):
                store.append(an_append(seq, f'{{"seq":{seq}}}', to=member))

    return write


@pytest.fixture
def ledger() -> Callable[[LedgerStore], Ledger]:
    """Give what opens the default program's ledger in a store."""
    return lambda store: Ledger(store, default_program(), lambda: NOW, system.pause)


@pytest.fixture
def a_purchase() -> Callable[..., Purchase]:
    """Give what builds a purchase of EUR 29.49 by one member."""

    def build(number: int, member_id: str = "M-1") -> Purchase:
        total = Money(2949, "EUR")
        occurred_at = NOW - timedelta(days=1)
        return Purchase(f"A-{number}", member_id, f"T-{number}", total, total, occurred_at)

    return build
