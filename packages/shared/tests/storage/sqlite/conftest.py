"""A look at what SQLite is asked to do."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable

import pytest


@pytest.fixture
def sqlite_work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the statements, and the steps of SQLite's machine, of stores opened from now on."""
    work: Counter[str] = Counter()

    def count(what: str) -> Callable[..., None]:
        return lambda *_: work.update([what])

    def connect(*arguments: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = real(*arguments, **options)
        connection.set_trace_callback(lambda statement: work.update([statement]))
        connection.set_progress_handler(count("step"), 1)
        return connection

    real: Callable[..., sqlite3.Connection] = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", connect)
    return work
