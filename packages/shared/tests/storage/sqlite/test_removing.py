"""What becomes of the file `ledger.db` when rows are removed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.ports import Append, MemberKey, ReferenceKey, Removal, StoredReference
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

MakeAppend = Callable[..., Append]

DAY = date(2027, 1, 1)
SECRET = "Erika"  # noqa: S105 - in whatever a member leaves
MEMBER = MemberKey("default", f"{SECRET}-the-member")
ORDER = ReferenceKey("default", "order", f"{SECRET}-the-order")
ALL = Removal(MEMBER, (1, 2), (ORDER,), (DAY,), record=True)


def fill(store: SqliteLedgerStore, an_append: MakeAppend) -> None:
    reference = StoredReference(ORDER, 1, f"an order of {SECRET}")
    store.append(an_append(1, f"{SECRET} bought", reference, to=MEMBER, due_on=(DAY,)))
    store.append(an_append(2, f"{SECRET} was here" * 1_000, to=MEMBER))  # on pages of its own
    store.append(an_append(1, "of somebody else"))


def test_a_removal_is_one_transaction(
    sqlite_work: Counter[str], tmp_path: Path, an_append: MakeAppend
) -> None:
    store = SqliteLedgerStore(tmp_path)
    fill(store, an_append)
    sqlite_work.clear()

    store.remove(ALL)

    assert sqlite_work["COMMIT"] == 1
    store.close()


def test_a_removal_that_fails_half_way_removes_nothing(
    sqlite_store: SqliteLedgerStore, tmp_path: Path, an_append: MakeAppend
) -> None:
    fill(sqlite_store, an_append)
    before = set(sqlite_store.rows())
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as other:
        other.execute(
            "CREATE TRIGGER stuck BEFORE DELETE ON due BEGIN SELECT RAISE(ABORT, 'stuck'); END"
        )

        with pytest.raises((StoreUnavailable, sqlite3.IntegrityError), match="stuck"):
            sqlite_store.remove(ALL)

        assert set(sqlite_store.rows()) == before
        other.execute("DROP TRIGGER stuck")
    sqlite_store.remove(ALL)
    assert SECRET not in "".join(map(repr, sqlite_store.rows()))


def test_nothing_of_who_was_removed_is_left_in_the_file(
    tmp_path: Path, an_append: MakeAppend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*arguments: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = real(*arguments, **options)
        connection.execute("PRAGMA secure_delete=OFF")  # as most are built
        return connection

    real: Callable[..., sqlite3.Connection] = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", connect)
    store = SqliteLedgerStore(tmp_path)
    fill(store, an_append)
    store.close()
    assert SECRET.encode() in (tmp_path / "ledger.db").read_bytes()

    store = SqliteLedgerStore(tmp_path)
    store.remove(ALL)
    store.close()

    assert {path.name for path in tmp_path.iterdir()} == {"ledger.db", "ledger.db-commits"}
    assert SECRET.encode() not in (tmp_path / "ledger.db").read_bytes()
