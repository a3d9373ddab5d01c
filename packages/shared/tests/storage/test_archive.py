"""A whole ledger, read row by row from one store and put into another, whichever they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from loyalty_shared.domain.errors import InvalidInput, LedgerDamaged, StoreUnavailable
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.service import queries
from loyalty_shared.service.archive import EntryRow, LedgerArchive, Row, RowDiffers
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import Append, MemberKey, StoredEntry
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.service.transfer import Counts, Import, export_lines
from loyalty_shared.storage.memory import MemoryLedgerStore
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

MakeLedger = Callable[[LedgerArchive], Ledger]
MakePurchase = Callable[..., Purchase]


@pytest.fixture
def filled(ledger: MakeLedger, a_purchase: MakePurchase) -> MemoryLedgerStore:
    """A store with ninety purchases of three members, some with odd names."""
    store = MemoryLedgerStore()
    for number in range(90):
        member_id = ("ann", "REF#default#order:A-1", "Zoë #2")[number % 3]
        record_purchase(ledger(store), a_purchase(number, member_id))
    return store


@pytest.fixture
def another(tmp_path: Path) -> Iterator[SqliteLedgerStore]:
    store = SqliteLedgerStore(tmp_path / "another")
    yield store
    store.close()


def _lines(store: LedgerArchive) -> list[str]:
    return list(export_lines(store, Counts()))


def _everything(store: LedgerArchive) -> set[Row]:
    return set(store.rows())


class AwayStore(MemoryLedgerStore):
    """Takes so many writes, and then does not answer any more."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self.writes = writes

    def put_rows(self, rows: object) -> None:
        self.writes -= 1
        if self.writes < 0:
            raise StoreUnavailable("no answer")
        super().put_rows(rows)  # type: ignore[arg-type]  # handed on as it came


def test_a_ledger_arrives_whole_and_comes_back_the_same(
    filled: MemoryLedgerStore, store: LedgerArchive, another: SqliteLedgerStore
) -> None:
    counts = Import(store).run(_lines(filled))
    Import(another).run(_lines(store))

    assert (counts.members, counts.entries, counts.references) == (3, 90, 90)
    assert _everything(store) == _everything(filled) == _everything(another)


def test_balances_are_the_same_and_the_ledger_goes_on_where_it_was(
    filled: MemoryLedgerStore, store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    Import(store).run(_lines(filled))

    assert queries.balance(ledger(store), "ann") == queries.balance(ledger(filled), "ann") > 0
    for each in (filled, store):
        record_purchase(ledger(each), a_purchase(0, "ann"))  # known
        record_purchase(ledger(each), a_purchase(90, "ann"))  # new
    assert _everything(store) == _everything(filled)


def test_due_marks_are_carried_over(
    store: LedgerArchive, another: SqliteLedgerStore, an_append: Callable[..., Append]
) -> None:
    store.append(an_append(1, due_on=(date(2027, 1, 1),)))

    another.put_rows(list(store.rows()))

    assert list(another.due_members("default", date(2027, 1, 1))) == ["M-1"]


def test_an_import_that_was_stopped_is_finished_by_running_it_again(
    filled: MemoryLedgerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty_shared.service.transfer._ROWS_A_WRITE", 20)
    store = AwayStore(writes=4)
    with pytest.raises(StoreUnavailable):
        Import(store).run(_lines(filled))
    assert 0 < len(_everything(store)) < len(_everything(filled))

    store.writes = 1000
    Import(store).run(_lines(filled))

    assert _everything(store) == _everything(filled)


def test_an_import_into_another_ledger_is_refused(
    filled: MemoryLedgerStore, store: LedgerArchive, an_append: Callable[..., Append]
) -> None:
    store.append(an_append(1, '{"other":1}', to=MemberKey("default", "ann")))

    with pytest.raises(RowDiffers):
        Import(store).run(_lines(filled))


def test_the_same_rows_put_twice_change_nothing(
    filled: MemoryLedgerStore, store: LedgerArchive
) -> None:
    rows = list(filled.rows())
    store.put_rows(rows)

    store.put_rows(rows)

    assert _everything(store) == _everything(filled)


def test_a_row_with_another_text_is_refused(
    filled: MemoryLedgerStore, store: LedgerArchive
) -> None:
    rows = list(filled.rows())
    store.put_rows(rows)
    entry = next(row for row in rows if isinstance(row, EntryRow))

    with pytest.raises(RowDiffers):
        store.put_rows([EntryRow(entry.member, StoredEntry(entry.entry.seq, "{}"))])

    assert _everything(store) == _everything(filled)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda lines: lines[:-1], "the file is cut off"),
        (lambda lines: lines[:20], "line 21: the file is cut off"),
        (lambda lines: [lines[0], *lines[2:]], "lines are missing"),
        (lambda lines: [*lines, lines[0]], "something follows the end"),
        (lambda lines: ["{}", *lines], "line 1: not a line of an export"),
        (lambda lines: ["nonsense", *lines], "line 1: not a line of an export"),
        (lambda lines: lines[:0], "line 1: the file is cut off"),
    ],
)
def test_a_file_that_is_not_a_whole_export_is_refused(
    filled: MemoryLedgerStore, damage: Callable[[list[str]], list[str]], reason: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        Import(MemoryLedgerStore()).run(damage(_lines(filled)))

    assert caught.value.code == "invalid_archive"
    assert reason in caught.value.detail


def _entry_lines(lines: list[str]) -> list[int]:
    return [number for number, line in enumerate(lines) if json.loads(line)["kind"] == "entry"]


def _without_an_entry(lines: list[str]) -> None:
    del lines[_entry_lines(lines)[3]]


def _with_two_entries_swapped(lines: list[str]) -> None:
    first, second = _entry_lines(lines)[3:5]
    lines[first], lines[second] = lines[second], lines[first]


def _with_a_forged_amount(lines: list[str]) -> None:
    number = _entry_lines(lines)[3]
    lines[number] = lines[number].replace('\\"points\\":29', '\\"points\\":30')


def _with_a_forged_balance(lines: list[str]) -> None:
    number = _entry_lines(lines)[0]
    lines[number] = lines[number].replace('\\"lots\\":[[29]]', '\\"lots\\":[[92]]')


def _with_an_entry_that_is_no_entry(lines: list[str]) -> None:
    fields = json.loads(lines[_entry_lines(lines)[0]])
    lines[_entry_lines(lines)[0]] = json.dumps(fields | {"body": "{}"})


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (_without_an_entry, "is out of place"),
        (_with_two_entries_swapped, "is out of place"),
        (_with_a_forged_amount, "breaks the chain"),
        (_with_a_forged_balance, "does not add up"),
        (_with_an_entry_that_is_no_entry, "cannot be read"),
    ],
)
def test_a_history_that_was_changed_shows(
    filled: MemoryLedgerStore, forge: Callable[[list[str]], None], reason: str
) -> None:
    lines = _lines(filled)
    forge(lines)

    with pytest.raises(LedgerDamaged) as caught:
        Import(MemoryLedgerStore()).run(lines)

    assert reason in caught.value.detail
    assert caught.value.detail.startswith("line ")


class LosingStore(MemoryLedgerStore):
    """Takes the newest entry of a member, and has lost it afterwards."""

    def put_rows(self, rows: Sequence[Row]) -> None:
        entries = [row for row in rows if isinstance(row, EntryRow)]
        super().put_rows([row for row in rows if row not in entries[-1:]])


def test_an_entry_that_did_not_arrive_shows(filled: MemoryLedgerStore) -> None:
    with pytest.raises(LedgerDamaged, match=r"entry 30 of .* did not arrive"):
        Import(LosingStore()).run(_lines(filled))


def test_a_sqlite_export_does_not_see_what_is_written_meanwhile(
    another: SqliteLedgerStore, an_append: Callable[..., Append]
) -> None:
    another.append(an_append(1))
    rows = another.rows()
    first = next(rows)

    another.append(an_append(2))

    assert len([first, *rows]) == 2
    assert another.entry(MemberKey("default", "M-1"), 2) is not None
