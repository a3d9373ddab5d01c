"""A healthy ledger in a SQLite file, ways to damage it, and what a verification finds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from packages.shared.tests.service.verification.damage import Damaged
from packages.shared.tests.service.verification.healthy import fill

from loyalty_shared.storage.sqlite.store import SqliteLedgerStore


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file with all that happens to members; nobody writes to it."""
    folder = tmp_path_factory.mktemp("healthy")
    with closing(SqliteLedgerStore(folder)) as store:
        fill(store)
    return folder / "ledger.db"


@pytest.fixture
def damaged(healthy: Path, tmp_path: Path) -> Iterator[Damaged]:
    """Give a copy of it to do harm to."""
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(healthy)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield Damaged(path, connection)
