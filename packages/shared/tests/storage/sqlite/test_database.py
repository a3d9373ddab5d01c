from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.storage.sqlite.database import Database

SCHEMA = "CREATE TABLE IF NOT EXISTS line (text TEXT NOT NULL UNIQUE)"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "lines.db", SCHEMA)
    yield database
    database.close()


def line(text: str) -> Callable[[sqlite3.Connection], int]:
    """Write a line, and give how many there are with it."""

    def work(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO line VALUES (?)", (text,))
        return int(connection.execute("SELECT count(*) FROM line").fetchone()[0])

    return work


def lines(database: Database) -> list[str]:
    return [str(text) for (text,) in database.read("SELECT text FROM line ORDER BY text")]


def test_a_write_gives_the_result_of_its_work(database: Database) -> None:
    assert [database.write(line("a")), database.write(line("b"))] == [1, 2]
    assert lines(database) == ["a", "b"]


def test_writes_that_wait_for_each_other_share_a_commit(
    tmp_path: Path, sqlite_work: Counter[str]
) -> None:
    database = Database(tmp_path / "lines.db", SCHEMA)
    other_process = sqlite3.connect(tmp_path / "lines.db", isolation_level=None)
    sqlite_work.clear()
    writers = 16

    with ThreadPoolExecutor(writers) as pool:
        other_process.execute("BEGIN IMMEDIATE")
        written = [pool.submit(database.write, line(f"line {number}")) for number in range(writers)]
        while sqlite_work["BEGIN IMMEDIATE"] < 2:  # the other one's, and that of the first writer
            time.sleep(0.001)
        time.sleep(0.05)
        other_process.execute("COMMIT")

    # The first writer may commit alone, and some may come late: but most wait together.
    assert sorted(each.result() for each in written) == list(range(1, writers + 1))
    assert len(lines(database)) == writers
    assert 1 <= sqlite_work["COMMIT"] - 1 < writers / 2
    other_process.close()
    database.close()


@pytest.mark.parametrize("fault", [ValueError, StoreUnavailable, KeyboardInterrupt])
def test_a_write_that_fails_leaves_nothing_and_does_not_stop_the_next(
    database: Database, fault: type[BaseException]
) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO line VALUES ('half of it')")
        raise fault("the other half")

    with pytest.raises(fault):
        database.write(fail)

    assert database.write(line("next")) == 1
    assert lines(database) == ["next"]


def test_what_sqlite_refuses_is_the_store_not_answering(database: Database) -> None:
    database.write(line("a"))

    with pytest.raises(StoreUnavailable, match="UNIQUE constraint failed"):
        database.write(line("a"))
    with pytest.raises(StoreUnavailable, match="no such table"):
        database.read("SELECT text FROM absent")


def test_a_batch_after_a_failed_write_cannot_end_well(database: Database) -> None:
    # The failed work may have written a half of what it wanted to.
    database.write(line("a"))

    def write_and_go_on() -> None:
        with database.batch():
            database.write(line("b"))
            with pytest.raises(StoreUnavailable):
                database.write(line("a"))
            database.write(line("c"))

    with pytest.raises(StoreUnavailable, match="the batch was undone"):
        write_and_go_on()

    assert lines(database) == ["a"]
    assert database.write(line("d")) == 2


def test_others_wait_for_a_batch_to_end(database: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        with database.batch():
            other = pool.submit(database.write, line("other"))
            assert database.write(line("first")) == 1
            assert database.write(line("second")) == 2
            assert not other.done()
        assert other.result() == 3
