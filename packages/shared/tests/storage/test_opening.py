from __future__ import annotations

from pathlib import Path

import pytest

from loyalty_shared import system
from loyalty_shared.domain.errors import InvalidInput, StoreUnavailable
from loyalty_shared.storage.dynamodb.store import DynamoLedgerStore
from loyalty_shared.storage.memory import MemoryLedgerStore
from loyalty_shared.storage.opening import open_store
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore


def test_the_name_of_a_folder_opens_sqlite_there(tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path}/new/data", system.pause)

    assert isinstance(store, SqliteLedgerStore)
    store.check()
    assert (tmp_path / "new/data/ledger.db").is_file()
    store.close()


@pytest.mark.usefixtures("aws")
def test_the_name_of_a_table_opens_dynamodb_where_botos_settings_say(table: str) -> None:
    store = open_store(f"dynamodb:{table}", system.pause)

    assert isinstance(store, DynamoLedgerStore)
    store.check()
    store.close()


def test_memory_has_no_name() -> None:
    store = open_store("memory:", system.pause)

    assert isinstance(store, MemoryLedgerStore)
    store.close()


@pytest.mark.parametrize(
    "name", ["", "sqlite", "sqlite:", "dynamodb:", "memory:x", "mysql:x", "./data"]
)
def test_any_other_name_is_refused_with_those_that_are_not(name: str) -> None:
    with pytest.raises(InvalidInput, match="sqlite:FOLDER, dynamodb:TABLE or memory:") as caught:
        open_store(name, system.pause)
    assert caught.value.code == "invalid_setting"


def test_without_a_region_dynamodb_is_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    with pytest.raises(StoreUnavailable, match="region"):
        open_store("dynamodb:Loyalty", system.pause)
