"""A SQLite file with one writer at a time, whose waiting writes are committed together.

A commit takes about as long for a hundred writes as for one, so writes that wait for each other
share one.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.storage.sqlite import commits
from loyalty_shared.storage.sqlite.commits import CommitNote, count_commit
from loyalty_shared.storage.sqlite.connections import (
    Readers,
    Row,
    as_store_errors,
    connect,
    set_up,
)
from loyalty_shared.storage.sqlite.examining import examine

Result = TypeVar("Result")

_MOST_WRITES_A_COMMIT = 1_000


class _Waiting(Generic[Result]):
    """A write that waits for its commit; `outcome` is known only after it."""

    def __init__(self, work: Callable[[sqlite3.Connection], Result]) -> None:
        self.work = work
        self.outcome: Future[Result] = Future()


class Database:
    """The file at `path`, with the tables that `schema` creates.

    `version` is raised when an older program could no longer make sense of the file; it then
    refuses it. What `schema` adds to a file that is there already needs no new version.

    Raises:
        StoreUnavailable: when the file cannot be opened or written, or a newer program wrote it.
        CommitsLost: when commits are gone that were once there; nothing is written then.
        LedgerDamaged: when the file is no database.
    """

    def __init__(self, path: Path, schema: str, version: int = 1) -> None:
        self.path = path
        self._note = CommitNote(path)
        self._readers = Readers(path)
        self._write_lock = threading.Lock()
        self._waiting: deque[_Waiting[Any]] = deque()
        self._batch_thread: int | None = None
        self._batch_error: BaseException | None = None
        self._writer: sqlite3.Connection | None = None
        self._is_closed = False
        with as_store_errors(path):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreUnavailable(f"{path.parent}: {error.strerror}") from error
            examine(path)  # before a writer is opened: closing that would fold the log
            try:
                set_up(self._open_writer(), path, f"{schema};{commits.SCHEMA}", version)
            except BaseException:
                self._drop_writer()
                raise

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
            while not waiting.outcome.done():
                self._commit_waiting()
        return waiting.outcome.result()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make this thread's writes one transaction, which ends with the block."""
        with self._write_lock, as_store_errors(self.path):
            try:
                changes = self._begin(self._open_writer())
                self._batch_error = None
                self._batch_thread = threading.get_ident()
                yield
                self._check_batch()
                self._commit(self._open_writer(), changes)
            except BaseException:
                self._roll_back()
                raise
            finally:
                self._batch_thread = None

    def read(self, statement: str, parameters: tuple[object, ...] = ()) -> list[Row]:
        """Read rows: what is committed, and in a batch also what the batch wrote."""
        with as_store_errors(self.path):
            if self._batch_thread == threading.get_ident():
                return self._open_writer().execute(statement, parameters).fetchall()
            return self._readers.read(statement, parameters)

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees the file as it is at its first read, until the block ends."""
        with as_store_errors(self.path), closing(connect(self.path)) as connection:
            connection.execute("BEGIN")
            yield connection

    def close(self) -> None:
        """Close every connection; the last one folds the log into the file."""
        self._readers.close()
        with self._write_lock:
            self._is_closed = True
            self._drop_writer()

    def _write_in_batch(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        # SQLite may have ended the transaction with the failure: what is written after it would be
        # kept, statement by statement.
        self._check_batch()
        try:
            with as_store_errors(self.path):
                return work(self._open_writer())
        except BaseException as error:
            self._batch_error = error
            raise

    def _check_batch(self) -> None:
        # What failed may have written a part of itself, so nothing of the batch can stay.
        if self._batch_error is not None:
            raise StoreUnavailable("the batch was undone") from self._batch_error

    def _commit_waiting(self) -> None:
        group = [
            self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_WRITES_A_COMMIT))
        ]
        results: list[Any] = []
        try:
            with as_store_errors(self.path):
                writer = self._open_writer()
                changes = self._begin(writer)
                for waiting in group:
                    results.append(waiting.work(writer))  # noqa: PERF401 - how many is asked below
                self._commit(writer, changes)
        except BaseException as error:
            self._roll_back()
            if not isinstance(error, Exception):  # such as Ctrl-C, which is for this thread alone
                raise
            self._undo(group, error, len(results))
        else:
            for waiting, result in zip(group, results, strict=True):
                waiting.outcome.set_result(result)
        finally:
            for waiting in group:
                if not waiting.outcome.done():
                    interrupted = StoreUnavailable(f"{self.path}: the commit was interrupted")
                    waiting.outcome.set_exception(interrupted)

    def _begin(self, writer: sqlite3.Connection) -> int:
        writer.execute("BEGIN IMMEDIATE")
        return writer.total_changes

    def _commit(self, writer: sqlite3.Connection, changes: int) -> None:
        # Where nothing was changed, nothing is to be written.
        number = count_commit(writer) if writer.total_changes != changes else None
        writer.execute("COMMIT")
        if number is not None:
            self._note.write(number)

    def _undo(self, group: list[_Waiting[Any]], error: Exception, done: int) -> None:
        for number, waiting in enumerate(group):
            if number == done or done == len(group):  # its own, or the commit of all
                waiting.outcome.set_exception(error)
            else:
                undone = StoreUnavailable(f"{self.path}: undone with a write that failed")
                undone.__cause__ = error
                waiting.outcome.set_exception(undone)

    def _roll_back(self) -> None:
        try:
            if self._writer is not None and self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        except sqlite3.Error:
            self._drop_writer()  # which undoes as well; the next write opens another

    def _open_writer(self) -> sqlite3.Connection:
        if self._is_closed:
            raise StoreUnavailable(f"{self.path}: closed")
        if self._writer is None:
            self._writer = connect(self.path)
        return self._writer

    def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(sqlite3.Error):
                writer.close()
