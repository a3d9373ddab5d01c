"""Stores to play on: a new one for each example, and tables on the emulator of AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from packages.shared.tests.model.shop import NewShop, Shop
from tests.lasting_table import create_lasting_table

from loyalty_shared import system
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.storage.dynamodb.store import DynamoLedgerStore
from loyalty_shared.storage.memory import MemoryLedgerStore
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# What they assert shall show its values, though they are no test files.
pytest.register_assert_rewrite(
    *(f"packages.shared.tests.model.{name}" for name in ("audit", "points_audit", "scene", "till"))
)

OpenStore = Callable[[], LedgerArchive]


@pytest.fixture
def new_sqlite(tmp_path: Path) -> OpenStore:
    """Give what opens a new, empty file."""
    folders = (tmp_path / str(number) for number in count())
    return lambda: SqliteLedgerStore(next(folders))


@pytest.fixture(scope="session")
def new_dynamodb(aws_emulator: str) -> Iterator[OpenStore]:
    """Give what opens a new, empty table."""
    config = Config(retries={"mode": "standard"})
    client: DynamoDBClient = boto3.client("dynamodb", endpoint_url=aws_emulator, config=config)
    names = (f"Model{number}" for number in count())

    def new() -> LedgerArchive:
        name = next(names)
        create_lasting_table(client, name)
        return DynamoLedgerStore(client, name, system.pause)

    yield new
    client.close()


@pytest.fixture(params=["memory", "sqlite"])
def empty_shops(request: pytest.FixtureRequest) -> Iterator[NewShop]:
    """Give what opens a new shop, whose members have nothing yet."""
    new: OpenStore = MemoryLedgerStore
    if request.param == "sqlite":
        new = request.getfixturevalue("new_sqlite")
    opened: list[LedgerArchive] = []

    def open_shop() -> Shop:
        opened.append(new())
        return Shop(opened[-1])

    yield open_shop
    for store in opened:
        store.close()


@pytest.fixture
def shop(empty_shops: NewShop) -> Shop:
    """Give a shop, whose members have nothing yet."""
    return empty_shops()
