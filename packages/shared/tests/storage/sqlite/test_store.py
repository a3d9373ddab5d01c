"""What holds for SQLite beside the contract: one folder, many processes, and what it costs."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from loyalty_shared.domain.errors import LedgerDamaged, StoreUnavailable
from loyalty_shared.service.ports import (
    Append,
    AppendConflict,
    MemberKey,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)
from loyalty_shared.storage.sqlite.damage import WHAT_NEXT
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

MakeAppend = Callable[..., Append]

# Appends and is gone, without closing anything: what was acknowledged must stay.
OTHER_PROCESS = """
import os, sys
from datetime import date
from pathlib import Path
from loyalty_shared.service.ports import Append, MemberAppend, MemberKey
from loyalty_shared.service.ports import MemberRecord, StoredEntry
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

store = SqliteLedgerStore(Path(sys.argv[1]))
record = MemberRecord("Basic", date(2026, 11, 15))
entries = (StoredEntry(1, "from afar"),)
store.append(Append((MemberAppend(MemberKey("default", "M-1"), entries, record),)))
os._exit(0)
"""


@pytest.fixture
def beside(tmp_path: Path) -> Callable[[], SqliteLedgerStore]:
    """Give what opens the same folder once more."""
    return lambda: SqliteLedgerStore(tmp_path)


def test_what_another_process_appended_is_seen_at_once(
    sqlite_store: SqliteLedgerStore, tmp_path: Path, member: MemberKey, an_append: MakeAppend
) -> None:
    assert sqlite_store.newest_entry(member) is None

    subprocess.run([sys.executable, "-c", OTHER_PROCESS, str(tmp_path)], check=True)  # noqa: S603 - our own program

    assert sqlite_store.newest_entry(member) == StoredEntry(1, "from afar")
    with pytest.raises(AppendConflict):
        sqlite_store.append(an_append(1, "too late"))
    sqlite_store.append(an_append(2, "in turn"))


def test_what_was_appended_is_there_when_the_folder_is_opened_again(
    tmp_path: Path, member: MemberKey, an_append: MakeAppend
) -> None:
    store = SqliteLedgerStore(tmp_path)
    store.append(an_append(1, "kept"))
    store.close()
    assert {path.name for path in tmp_path.iterdir()} == {"ledger.db", "ledger.db-commits"}

    again = SqliteLedgerStore(tmp_path)
    assert again.newest_entry(member) == StoredEntry(1, "kept")
    again.close()


def test_a_new_folder_can_be_opened_by_many_at_once(tmp_path: Path) -> None:
    many = 8
    for attempt in range(5):
        folder, barrier = tmp_path / str(attempt), Barrier(many)

        def open_it(_: int, folder: Path = folder, barrier: Barrier = barrier) -> None:
            barrier.wait()
            SqliteLedgerStore(folder).close()

        with ThreadPoolExecutor(many) as pool:
            list(pool.map(open_it, range(many)))


def test_a_batch_shows_to_others_when_it_ends(
    sqlite_store: SqliteLedgerStore,
    beside: Callable[[], SqliteLedgerStore],
    member: MemberKey,
    an_append: MakeAppend,
) -> None:
    other = beside()
    with sqlite_store.batch():
        sqlite_store.append(an_append(1, "first"))
        sqlite_store.append(an_append(2, "second"))
        assert sqlite_store.newest_entry(member) == StoredEntry(2, "second")
        assert other.newest_entry(member) is None
    assert other.newest_entry(member) == StoredEntry(2, "second")
    other.close()


def test_a_batch_is_one_commit(
    sqlite_work: Counter[str], tmp_path: Path, an_append: MakeAppend
) -> None:
    store = SqliteLedgerStore(tmp_path)
    sqlite_work.clear()
    with store.batch():
        for seq in range(1, 101):
            store.append(an_append(seq))
    assert sqlite_work["COMMIT"] == 1
    store.close()


def test_a_batch_that_breaks_off_is_undone(
    sqlite_store: SqliteLedgerStore,
    beside: Callable[[], SqliteLedgerStore],
    member: MemberKey,
    order: ReferenceKey,
    an_append: MakeAppend,
) -> None:
    sqlite_store.append(an_append(1, "before"))

    def break_off() -> None:
        with sqlite_store.batch():
            sqlite_store.append(an_append(2, "x", StoredReference(order, 1, "x"), tier="Gold"))
            sqlite_store.keep_program("default", "v1", "x")
            raise RuntimeError("the rest is gone")

    with pytest.raises(RuntimeError, match="the rest is gone"):
        break_off()

    other = beside()
    for store in (sqlite_store, other):
        assert store.newest_entry(member) == StoredEntry(1, "before")
        assert store.reference(order) is None
        assert store.program("default", "v1") is None
        record = store.member_record(member)
        assert record is not None
        assert record.tier == "Basic"
    sqlite_store.append(an_append(2, "after"))
    assert other.newest_entry(member) == StoredEntry(2, "after")
    other.close()


def test_a_conflict_in_a_batch_undoes_only_its_own_append(
    sqlite_store: SqliteLedgerStore, member: MemberKey, an_append: MakeAppend
) -> None:
    with sqlite_store.batch():
        sqlite_store.append(an_append(1, "first"))
        with pytest.raises(AppendConflict):
            sqlite_store.append(an_append(1, "again"))
        sqlite_store.append(an_append(2, "second"))
    assert [entry.body for entry in sqlite_store.entries_after(member, 0, 9)] == ["first", "second"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"

    with pytest.raises(StoreUnavailable) as caught:
        SqliteLedgerStore(folder)
    assert str(folder) in caught.value.detail


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("These are not the bytes that you are looking for." * 40)

    with pytest.raises(LedgerDamaged) as caught:
        SqliteLedgerStore(tmp_path)
    # The command says just this line.
    assert caught.value.detail == f"{tmp_path / 'ledger.db'}: file is not a database; {WHAT_NEXT}"


def test_what_a_request_costs_does_not_grow_with_the_history(
    sqlite_work: Counter[str],
    tmp_path: Path,
    an_append: MakeAppend,
    with_entries: Callable[..., None],
) -> None:
    member = MemberKey("default", "M-1")
    order = ReferenceKey("default", "order", "A-17")

    def steps_at(last: int) -> list[int]:
        store = SqliteLedgerStore(tmp_path / str(last))
        with_entries(store, last)
        reference = StoredReference(order, 1, "x")
        requests: list[Callable[[], object]] = [
            lambda: store.newest_entry(member),
            lambda: store.entry(member, last // 2),
            lambda: store.entries_before(member, last // 2, 5),
            lambda: store.entries_after(member, last // 2, 5),
            lambda: store.member_record(member),
            lambda: store.append(an_append(last + 1, "x", reference)),
            lambda: store.reference(order),
        ]
        steps = []
        for request in requests:
            sqlite_work.clear()
            request()
            steps.append(sqlite_work["step"])
            assert steps[-1] > 0
        store.close()
        return steps

    assert steps_at(3_000) == steps_at(20)


def test_bytes_that_are_no_text_are_damage_and_nothing_to_try_again(
    sqlite_store: SqliteLedgerStore, tmp_path: Path, member: MemberKey, an_append: MakeAppend
) -> None:
    sqlite_store.append(an_append(1, "entry"))
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as connection:
        connection.execute("UPDATE entry SET body = CAST(x'80656e747279' AS TEXT)")

    with pytest.raises(LedgerDamaged, match=r"ledger\.db"):
        sqlite_store.newest_entry(member)
