"""A SQLite file with one writer at a time, whose waiting writes are committed together.

Durable means `synchronous=FULL`: a commit returns once the disk has it. That takes about as long
for a hundred writes as for one, so writes that wait for each other share a commit.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from loyalty_shared.domain.errors import StoreUnavailable

Result = TypeVar("Result")
Row = tuple[object, ...]

_MOST_WRITES_A_COMMIT = 1_000
_LOCK_TIMEOUT_SECONDS = 30.0  # longer than the longest batch of another process
_MOST_TRIES_TO_OPEN = 100
_CHECKPOINT_PAGES = 16_000  # 64 MiB of log: fewer, longer checkpoints double the write rate


class _Waiting(Generic[Result]):
    """A write that waits for its commit."""

    def __init__(self, work: Callable[[sqlite3.Connection], Result]) -> None:
        self._work = work
        self._results: list[Result] = []
        self.is_done = False
        self.error: Exception | None = None

    def run(self, connection: sqlite3.Connection) -> None:
        self._results.append(self._work(connection))

    def result(self) -> Result:
        if self.error is not None:
            raise self.error
        return self._results[0]


class Database:
    """The file at `path`, with the tables that `schema` creates.

    Raises:
        StoreUnavailable: when the file cannot be opened or written.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._connections_lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._waiting: deque[_Waiting[Any]] = deque()
        self._batch_thread: int | None = None
        self._batch_error: Exception | None = None
        with _as_store_errors(self.path):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreUnavailable(f"{path.parent}: {error.strerror}") from error
            self._writer = self._connect()
            self._writer.executescript(schema)

    def write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `work` inside a write transaction and return its result once that is durable.

        `work` must either write all it wants to or raise; raising undoes every write that shared
        its commit. Inside `batch` the result comes at once, and is durable when the batch ends.
        """
        if self._batch_thread == threading.get_ident():
            return self._write_in_batch(work)
        waiting = _Waiting(work)
        self._waiting.append(waiting)
        with self._write_lock:
            # Whoever gets the lock first commits for all who wait; they then find theirs done.
            while not waiting.is_done:
                self._commit_waiting()
        return waiting.result()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make this thread's writes one transaction, which ends with the block."""
        with self._write_lock, _as_store_errors(self.path):
            self._writer.execute("BEGIN IMMEDIATE")
            self._batch_thread = threading.get_ident()
            self._batch_error = None
            try:
                yield
                self._end_batch()
            except BaseException:
                self._roll_back()
                raise
            finally:
                self._batch_thread = None

    def read(self, statement: str, parameters: tuple[object, ...] = ()) -> list[Row]:
        """Read rows: what is committed, and in a batch also what the batch wrote."""
        with _as_store_errors(self.path):
            if self._batch_thread == threading.get_ident():
                return self._writer.execute(statement, parameters).fetchall()
            return self._reader().execute(statement, parameters).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees the file as it is at its first read, until the block ends."""
        with _as_store_errors(self.path), closing(self._connect()) as connection:
            connection.execute("BEGIN")
            yield connection

    def close(self) -> None:
        """Close every connection; the last one folds the log into the file."""
        with self._write_lock, self._connections_lock:
            for connection in reversed(self._connections):
                connection.close()
            self._connections.clear()

    def _write_in_batch(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            with _as_store_errors(self.path):
                return work(self._writer)
        except Exception as error:
            self._batch_error = error
            raise

    def _end_batch(self) -> None:
        # What failed may have written a part of itself, so nothing of the batch can stay.
        if self._batch_error is not None:
            raise StoreUnavailable("the batch was undone") from self._batch_error
        self._writer.execute("COMMIT")

    def _commit_waiting(self) -> None:
        group = [
            self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_WRITES_A_COMMIT))
        ]
        try:
            with _as_store_errors(self.path):
                self._writer.execute("BEGIN IMMEDIATE")
                for waiting in group:
                    waiting.run(self._writer)
                self._writer.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - every waiting thread raises it
            self._undo(group, error)
        except BaseException:  # such as Ctrl-C, which is for this thread alone
            self._undo(group, StoreUnavailable(f"{self.path}: the commit was interrupted"))
            raise
        finally:
            for waiting in group:
                waiting.is_done = True

    def _undo(self, group: list[_Waiting[Any]], error: Exception) -> None:
        for waiting in group:
            waiting.error = error
        self._roll_back()

    def _roll_back(self) -> None:
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if connection is None:
            connection = self._local.reader = self._connect()
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=_LOCK_TIMEOUT_SECONDS,
            isolation_level=None,  # transactions begin and end where the code says so
            check_same_thread=False,  # a lock guards the writer; readers keep to their thread
        )
        _enter_wal_mode(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        with self._connections_lock:
            self._connections.append(connection)
        return connection


def _enter_wal_mode(connection: sqlite3.Connection) -> None:
    # A new file changes its mode once, and whoever comes meanwhile is turned away without waiting.
    # A transaction does wait, so it stands between one try and the next.
    for attempt in range(1, _MOST_TRIES_TO_OPEN + 1):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or attempt == _MOST_TRIES_TO_OPEN:
                raise
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
        else:
            return


@contextmanager
def _as_store_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{path}: {error}") from error
