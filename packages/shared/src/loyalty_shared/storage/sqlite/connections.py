"""Connections to a SQLite file: how they are set up, what their errors mean, and who has them.

Durable means `synchronous=FULL`: a commit returns once the disk has it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loyalty_shared.domain.errors import LedgerDamaged, StoreUnavailable
from loyalty_shared.storage.sqlite.commits import CommitNote
from loyalty_shared.storage.sqlite.damage import WHAT_NEXT

Row = tuple[object, ...]

_LOCK_TIMEOUT_SECONDS = 30.0  # longer than the longest batch of another process
_MOST_TRIES_TO_OPEN = 100
_CHECKPOINT_PAGES = 16_000  # 64 MiB of log: fewer, longer checkpoints double the write rate
_MOST_IDLE_READERS = 8

_PRIMARY_CODE = 0xFF  # the rest of SQLite's error codes is detail
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NOT_WRITABLE = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})


@contextmanager
def as_store_errors(path: Path) -> Iterator[None]:
    """Turn what a file cannot do into our errors; a mistake of ours stays what it is.

    Raises:
        StoreUnavailable: when the file is locked, full, gone or not allowed.
        LedgerDamaged: when what is in it is not, or no longer, a database.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        if _is_undecodable(error):
            raise LedgerDamaged(f"{path}: {error}; {WHAT_NEXT}") from error
        raise StoreUnavailable(f"{path}: {error}{_hint(path, error)}") from error
    except sqlite3.DatabaseError as error:
        if _code_of(error) in _DAMAGED:
            raise LedgerDamaged(f"{path}: {error}; {WHAT_NEXT}") from error
        raise


def _code_of(error: sqlite3.Error) -> int:
    # What Python itself finds wrong has no code.
    return int(getattr(error, "sqlite_errorcode", 0)) & _PRIMARY_CODE


def _hint(path: Path, error: sqlite3.Error) -> str:
    if _code_of(error) in _NOT_WRITABLE and not _is_writable(path):
        return f"; {path.parent} and the files in it must be writable for whoever runs this"
    return ""


def _is_undecodable(error: sqlite3.OperationalError) -> bool:
    # Python's own, of a text whose bytes are no UTF-8: no later try finds others.
    return not hasattr(error, "sqlite_errorcode") and "decode" in str(error)


def connect(path: Path) -> sqlite3.Connection:
    """Open a file, which is made if it is not there; to read only where it cannot be written.

    Raises:
        CommitsLost: when it is not there, or empty, and was not so before.
    """
    CommitNote(path).require_file()
    if path.exists() and not _is_writable(path):
        return connect_to_read(path)
    connection = _open(path)
    try:
        _enter_wal_mode(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a file that is there; neither this nor closing it folds a log into the file.

    Raises:
        CommitsLost: when it is empty, and was not so before; SQLite would take away its log.
    """
    CommitNote(path).require_file()
    return _open(_uri_to_read(path))


@contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """See to it that what was read without a lock, until the block ends, was not written meanwhile.

    Raises:
        StoreUnavailable: when it was, and what was read may be of two moments.
    """
    before = path.stat()
    had_log = _has_log(path)
    try:
        yield
    finally:
        after = path.stat()
        # A log alone is no harm: it is the file that is read, until a log is folded into it.
        is_same = (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
        has_lock = _is_writable(path) or (had_log and _has_log(path))
        if not has_lock and not is_same:
            raise StoreUnavailable(f"{path}: it was written to while it was read; begin again")


def _open(place: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(
        place,
        timeout=_LOCK_TIMEOUT_SECONDS,
        isolation_level=None,  # transactions begin and end where the code says so
        check_same_thread=False,  # one thread at a time has it, not always the same
        uri=isinstance(place, str),
    )


def _is_writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _has_log(path: Path) -> bool:
    return path.with_name(f"{path.name}-wal").exists()


def _uri_to_read(path: Path) -> str:
    if _has_log(path):
        how = "mode=ro"  # which leaves the log as it is
    elif _is_writable(path):
        how = "mode=rw"  # SQLite makes a log, which only whoever may write takes away again
    else:
        # Whoever has the file open has a log. Without one nobody writes, and only told so does
        # SQLite not want to make one.
        how = "mode=ro&immutable=1"
    return f"{path.resolve().as_uri()}?{how}"


def set_up(connection: sqlite3.Connection, path: Path, schema: str, version: int) -> None:
    """Create what a schema names and the file does not have; note the version in the file.

    Raises:
        StoreUnavailable: when a newer program wrote the file.
    """
    [(found,)] = connection.execute("PRAGMA user_version").fetchall()
    if found > version:
        raise StoreUnavailable(
            f"{path}: a newer program wrote this file (version {found}; this one knows {version})"
        )
    connection.executescript(schema)
    if found < version:
        connection.execute(f"PRAGMA user_version={version}")


class Readers:
    """Connections to read with. A read has one to itself; a few wait for the next reads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._is_closed = False

    def read(self, statement: str, parameters: tuple[object, ...]) -> list[Row]:
        """Read rows: what is committed.

        Raises:
            StoreUnavailable: when it is closed here.
            sqlite3.Error: as SQLite does.
        """
        connection = self._take()
        try:
            rows = connection.execute(statement, parameters).fetchall()
        except BaseException:
            connection.close()  # whatever is wrong with it, the next read shall not have it
            raise
        if not self._keep(connection):
            connection.close()
        return rows

    def close(self) -> None:
        """Close those that wait; one in use is closed when its read ends."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._is_closed:
                raise StoreUnavailable(f"{self._path}: closed")
            connection = self._idle.pop() if self._idle else None
        return connection or connect(self._path)

    def _keep(self, connection: sqlite3.Connection) -> bool:
        with self._lock:
            if self._is_closed or len(self._idle) == _MOST_IDLE_READERS:
                return False
            self._idle.append(connection)
            return True


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
