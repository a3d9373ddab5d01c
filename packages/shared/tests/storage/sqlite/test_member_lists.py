"""What it costs on SQLite to find members by their tier and by the day they are due on."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from loyalty_shared.service.archive import DueMark, MemberRow, Row
from loyalty_shared.service.ports import Append, MemberKey, MemberRecord
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

DAY = date(2027, 1, 1)


def fill(store: SqliteLedgerStore, members: int) -> None:
    """Write members of one tier, all due on one day."""
    keys = [MemberKey("default", f"M-{number:05}") for number in range(members)]
    rows: list[Row] = [MemberRow(each, MemberRecord("Gold", DAY)) for each in keys]
    store.put_rows([*rows, *(DueMark(each, DAY) for each in keys)])


def test_what_a_request_costs_does_not_grow_with_the_members(
    sqlite_work: Counter[str], tmp_path: Path
) -> None:
    def steps_with(members: int) -> list[int]:
        store = SqliteLedgerStore(tmp_path / str(members))
        fill(store, members)
        requests: list[Callable[[], object]] = [
            lambda: store.members_in_tier("default", "Gold", None, 20),
            lambda: store.members_in_tier("default", "Gold", "M-00020", 20),
            lambda: store.due_days("default", DAY),
            lambda: store.forget_due(MemberKey("default", "M-00007"), DAY),
        ]
        steps = []
        for request in requests:
            sqlite_work.clear()
            request()
            steps.append(sqlite_work["step"])
            assert steps[-1] > 0
        store.close()
        return steps

    assert steps_with(3_000) == steps_with(50)


def test_members_of_a_day_are_read_a_thousand_at_a_time(
    sqlite_work: Counter[str], tmp_path: Path
) -> None:
    store = SqliteLedgerStore(tmp_path)
    fill(store, 2_500)
    sqlite_work.clear()

    def reads() -> int:
        return sum(times for text, times in sqlite_work.items() if "FROM due" in text)

    members = store.due_members("default", DAY)
    first = [next(members) for _ in range(1_000)]
    assert reads() == 1
    assert len({*first, *members}) == 2_500
    assert reads() == 4  # the last finds nobody
    store.close()


def test_the_log_is_folded_into_the_file_while_members_are_gone_through(
    sqlite_store: SqliteLedgerStore, tmp_path: Path
) -> None:
    fill(sqlite_store, 2_500)
    members = sqlite_store.due_members("default", DAY)
    next(members)
    sqlite_store.forget_due(MemberKey("default", "M-00007"), DAY)

    with closing(sqlite3.connect(tmp_path / "ledger.db")) as other:
        [(busy, left, _)] = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    assert (busy, left) == (0, 0)
    next(members)


def test_whom_a_batch_that_breaks_off_forgot_is_due_as_before(
    sqlite_store: SqliteLedgerStore, an_append: Callable[..., Append]
) -> None:
    sqlite_store.append(an_append(1, due_on=(DAY,)))

    def break_off() -> None:
        with sqlite_store.batch():
            sqlite_store.forget_due(MemberKey("default", "M-1"), DAY)
            raise RuntimeError("the rest is gone")

    with pytest.raises(RuntimeError, match="the rest is gone"):
        break_off()

    assert list(sqlite_store.due_members("default", DAY)) == ["M-1"]


def test_a_batch_of_appends_and_forgetting_is_one_commit(
    sqlite_work: Counter[str], tmp_path: Path, an_append: Callable[..., Append]
) -> None:
    store = SqliteLedgerStore(tmp_path)
    fill(store, 100)
    sqlite_work.clear()

    with store.batch():
        for name in store.due_members("default", DAY):
            store.append(an_append(1, to=MemberKey("default", name)))
            store.forget_due(MemberKey("default", name), DAY)

    assert sqlite_work["COMMIT"] == 1
    assert list(store.due_days("default", DAY)) == []
    store.close()
