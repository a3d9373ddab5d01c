"""How fast SQLite itself can take a ledger's rows: what no service on top of it can beat."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

_ENTRIES_A_COMMIT = 1_000
_SETTINGS = (  # those of the service
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=16000",
)

Row = tuple[object, ...]
Batch = list[tuple[str, list[Row]]]


def seconds_to_write(ledger: Path, copy: Path) -> float:
    """Write all rows of a ledger into an empty one in a bare loop.

    A commit has the rows of 1,000 entries and its share of all others; every commit is durable.
    Reading the rows is not counted.
    """
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as source:
        target = sqlite3.connect(copy, isolation_level=None)
        for statement in (*_SETTINGS, *_schema(source)):
            target.execute(statement)
        seconds = sum(_write(target, batch) for batch in _batches(source))
        started = time.perf_counter()
        target.close()  # folds the log into the file, as the service does when it ends
        return seconds + time.perf_counter() - started


def _write(target: sqlite3.Connection, batch: Batch) -> float:
    started = time.perf_counter()
    target.execute("BEGIN IMMEDIATE")
    for statement, rows in batch:
        for row in rows:
            target.execute(statement, row)
    target.execute("COMMIT")
    return time.perf_counter() - started


def _schema(source: sqlite3.Connection) -> list[str]:
    return [
        sql
        for name, sql in source.execute("SELECT name, sql FROM sqlite_master ORDER BY rowid")
        if sql and not name.startswith("sqlite_")
    ]


def _batches(source: sqlite3.Connection) -> Iterator[Batch]:
    commits = -(-_count(source, "entry") // _ENTRIES_A_COMMIT)
    tables = source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    readings = [
        (
            _insert(source, name),
            source.execute(f'SELECT * FROM "{name}"'),  # noqa: S608 - a table of ours
            -(-_count(source, name) // commits),
        )
        for (name,) in tables
        if not name.startswith("sqlite_")
    ]
    for _ in range(commits):
        yield [(insert, cursor.fetchmany(share)) for insert, cursor, share in readings]


def _insert(source: sqlite3.Connection, table: str) -> str:
    columns = len(source.execute(f'SELECT * FROM "{table}" LIMIT 0').description)  # noqa: S608 - a table of ours
    return f'INSERT INTO "{table}" VALUES ({", ".join("?" * columns)})'  # noqa: S608 - a table of ours


def _count(source: sqlite3.Connection, table: str) -> int:
    count: int = source.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - a table of ours
    return count
