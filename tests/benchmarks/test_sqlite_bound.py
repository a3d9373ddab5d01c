from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_bound import seconds_to_write


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def test_the_bare_loop_writes_every_row_of_every_table(tmp_path: Path) -> None:
    ledger, copy = tmp_path / "ledger.db", tmp_path / "copy.db"
    with closing(sqlite3.connect(ledger, isolation_level=None)) as database:
        database.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, body TEXT)")
        database.execute("CREATE TABLE member (id TEXT PRIMARY KEY, tier TEXT) WITHOUT ROWID")
        database.execute("CREATE INDEX by_tier ON member (tier)")
        database.executemany("INSERT INTO entry (body) VALUES (?)", [("x",)] * 2_500)
        database.executemany("INSERT INTO member VALUES (?, 'Gold')", [(n,) for n in range(7)])
    assert seconds_to_write(ledger, copy) > 0
    assert dump(copy) == dump(ledger)
