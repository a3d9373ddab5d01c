from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest

from loyalty_shared.domain.errors import LedgerDamaged, StoreUnavailable
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


def test_a_statement_that_the_file_cannot_answer_is_the_store_not_answering(
    database: Database,
) -> None:
    with pytest.raises(StoreUnavailable, match="no such table"):
        database.read("SELECT text FROM absent")


def test_a_mistake_of_ours_stays_what_it_is(database: Database) -> None:
    database.write(line("a"))

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE constraint failed"):
        database.write(line("a"))
    with pytest.raises(sqlite3.ProgrammingError):
        database.read("SELECT text FROM line WHERE text = ?", ("one", "too many"))

    assert database.write(line("b")) == 2


def test_a_file_whose_pages_were_overwritten_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "lines.db"
    database = Database(path, SCHEMA)
    with database.batch():
        for number in range(1_000):
            database.write(line(f"line {number}"))
    database.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"?" * (len(content) - 4096)  # all but the first page, which names the tables
    path.write_bytes(content)

    with pytest.raises(LedgerDamaged, match=re.escape(f"{path}: database disk image is malformed")):
        Database(path, SCHEMA)


def test_a_closed_database_does_not_answer(database: Database) -> None:
    database.close()

    with pytest.raises(StoreUnavailable, match="closed"):
        database.read("SELECT text FROM line")
    with pytest.raises(StoreUnavailable, match="closed"):
        database.write(line("late"))
    database.close()


def test_a_batch_after_a_failed_write_takes_no_more_and_cannot_end_well(
    database: Database,
) -> None:
    # The failed work may have written a half of what it wanted to, and SQLite may have ended the
    # transaction: what comes after would be kept alone.
    database.write(line("a"))

    def write_and_go_on() -> None:
        with database.batch():
            database.write(line("b"))
            with pytest.raises(sqlite3.IntegrityError):
                database.write(line("a"))
            with pytest.raises(StoreUnavailable, match="the batch was undone"):
                database.write(line("c"))

    with pytest.raises(StoreUnavailable, match="the batch was undone"):
        write_and_go_on()

    assert lines(database) == ["a"]
    assert database.write(line("d")) == 2


def test_the_batch_after_an_undone_one_is_kept(database: Database) -> None:
    def fail() -> None:
        with database.batch():
            database.write(line("a"))
            with pytest.raises(sqlite3.IntegrityError):
                database.write(line("a"))

    with pytest.raises(StoreUnavailable, match="the batch was undone"):
        fail()

    with database.batch():
        assert database.write(line("b")) == 1
        assert database.write(line("c")) == 2
    assert lines(database) == ["b", "c"]


def test_others_wait_for_a_batch_to_end(database: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        with database.batch():
            other = pool.submit(database.write, line("other"))
            assert database.write(line("first")) == 1
            assert database.write(line("second")) == 2
            assert not other.done()
        assert other.result() == 3


# ---------------------------------------------------------------- when SQLite itself fails


class FaultyConnection(sqlite3.Connection):
    """A connection that fails at the statements named, as it would on a failing disk."""

    fails_at: ClassVar[set[str]] = set()

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:  # noqa: ANN401 - sqlite3's
        if sql in self.fails_at:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        return super().execute(sql, parameters)


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Give a database whose connections fail at what `FaultyConnection.fails_at` names."""
    real: Callable[..., sqlite3.Connection] = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", partial(real, factory=FaultyConnection))
    monkeypatch.setattr(FaultyConnection, "fails_at", set())
    database = Database(tmp_path / "lines.db", SCHEMA)
    yield database
    database.close()


@contextmanager
def writers_waiting(database: Database, texts: Sequence[str]) -> Iterator[list[Future[int]]]:
    """Let writers come while the writing is kept busy; they go on when the block ends."""
    are_free, is_busy = threading.Event(), threading.Event()

    def keep_busy(_: sqlite3.Connection) -> None:
        is_busy.set()
        are_free.wait()

    with ThreadPoolExecutor(len(texts) + 1) as pool:
        pool.submit(database.write, keep_busy)
        is_busy.wait()
        waiting = []
        for text in texts:
            begun = threading.Event()
            waiting.append(pool.submit(_begin_and_write, database, text, begun))
            begun.wait()
        time.sleep(0.1)  # from there it is a few instructions to the queue of the writers
        yield waiting
        are_free.set()


def _begin_and_write(database: Database, text: str, begun: threading.Event) -> int:
    begun.set()
    return database.write(line(text))


def test_no_writer_of_a_group_whose_commit_fails_takes_its_write_for_done(
    faulty: Database,
) -> None:
    FaultyConnection.fails_at.add("COMMIT")

    with writers_waiting(faulty, ["a", "b", "c"]) as written:
        pass

    for each in written:
        with pytest.raises(StoreUnavailable, match="disk I/O error"):
            each.result()
    FaultyConnection.fails_at.clear()
    assert lines(faulty) == []
    assert faulty.write(line("d")) == 1


def test_who_shares_a_commit_with_a_mistake_may_try_again(database: Database) -> None:
    database.write(line("there already"))

    with writers_waiting(database, ["a", "there already", "b"]) as written:
        pass

    with pytest.raises(sqlite3.IntegrityError):
        written[1].result()
    for each in (written[0], written[2]):
        with pytest.raises(StoreUnavailable, match="undone with a write that failed"):
            each.result()
    assert lines(database) == ["there already"]


@pytest.mark.parametrize("is_batch", [False, True], ids=["a write", "a batch"])
def test_writing_goes_on_after_a_rollback_that_failed_too(
    faulty: Database, *, is_batch: bool
) -> None:
    FaultyConnection.fails_at |= {"COMMIT", "ROLLBACK"}

    with (
        pytest.raises(StoreUnavailable, match="disk I/O error"),
        faulty.batch() if is_batch else nullcontext(),
    ):
        faulty.write(line("a"))

    FaultyConnection.fails_at.clear()
    assert lines(faulty) == []
    assert faulty.write(line("b")) == 1


def test_a_file_that_cannot_be_opened_anew_is_opened_when_it_can(faulty: Database) -> None:
    FaultyConnection.fails_at |= {"COMMIT", "ROLLBACK", "PRAGMA journal_mode=WAL"}

    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            faulty.write(line("a"))

    FaultyConnection.fails_at.clear()
    assert faulty.write(line("b")) == 1


# ---------------------------------------------------------------- connections and the file


def test_every_connection_waits_for_the_disk_and_writes_to_a_log(database: Database) -> None:
    def ask(connection: sqlite3.Connection) -> list[object]:
        names = ("synchronous", "journal_mode")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    full = 2
    assert database.write(ask) == [full, "wal"]
    assert database.read("PRAGMA synchronous") == [(full,)]
    assert database.read("PRAGMA journal_mode") == [("wal",)]
    with database.snapshot() as connection:
        assert ask(connection) == [full, "wal"]


def test_threads_that_come_and_go_leave_no_connections_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[sqlite3.Connection] = []

    def connect(*arguments: object, **options: object) -> sqlite3.Connection:
        opened.append(real(*arguments, **options))
        return opened[-1]

    real: Callable[..., sqlite3.Connection] = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", connect)
    database = Database(tmp_path / "lines.db", SCHEMA)
    for _ in range(50):
        thread = threading.Thread(target=lines, args=(database,))
        thread.start()
        thread.join()
    database.close()

    assert len(opened) == 2  # to write, and to read one after the other
    for connection in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_reads_at_the_same_time_have_a_connection_each(database: Database) -> None:
    database.write(line("a"))
    many = 32

    with ThreadPoolExecutor(many) as pool:
        assert list(pool.map(lambda _: lines(database), range(many * 10))) == [["a"]] * many * 10


def test_a_file_notes_its_version(tmp_path: Path) -> None:
    for version in (1, 3, 3):
        database = Database(tmp_path / "lines.db", SCHEMA, version)
        assert database.read("PRAGMA user_version") == [(version,)]
        database.close()


def test_a_file_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lines.db"
    Database(path, SCHEMA, 2).close()

    with pytest.raises(StoreUnavailable, match="newer program") as caught:
        Database(path, SCHEMA)

    assert str(path) in caught.value.detail
    assert "version 2" in caught.value.detail
    Database(path, SCHEMA, 2).close()
