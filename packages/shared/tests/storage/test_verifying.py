"""Ledgers are verified on every store, also while somebody writes to them."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from packages.shared.tests.service.verification.healthy import TODAY, Shop, fill

from loyalty_shared import system
from loyalty_shared.domain.errors import InvalidInput, MemberNotFound
from loyalty_shared.service.archive import MemberRow, Row
from loyalty_shared.service.ports import MemberKey
from loyalty_shared.service.verification.report import Report
from loyalty_shared.service.verifying import Verifier, verify_ledger, verify_member
from loyalty_shared.storage.dynamodb import keys
from loyalty_shared.storage.dynamodb.to_verify import DynamoLedgerToVerify
from loyalty_shared.storage.memory import MemoryLedgerStore
from loyalty_shared.storage.opening_to_verify import open_to_verify
from loyalty_shared.storage.sqlite.snapshot import SqliteSnapshot
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

VERIFIER = Verifier(TODAY, lambda _: None, workers=4)


class MemoryToVerify(MemoryLedgerStore):
    """A store that can be read only as it goes; `rows_so_far` are what a slow reader saw of it."""

    is_snapshot: ClassVar[bool] = False
    rows_so_far: list[Row] | None = None

    def is_due(self, member: MemberKey, day: date) -> bool:
        return member.member_id in self.due_members(member.program_id, day)

    def rows(self) -> Iterator[Row]:
        return super().rows() if self.rows_so_far is None else iter(self.rows_so_far)


@pytest.fixture
def on_aws(dynamodb: DynamoDBClient, table: str) -> DynamoLedgerToVerify:
    """A table with all that happens to members."""
    store = DynamoLedgerToVerify(dynamodb, table, system.pause)
    fill(store)
    return store


def _found(report: Report) -> set[tuple[str, str | None, int | None]]:
    return {
        (fault.code.value, fault.member.member_id if fault.member else None, fault.seq)
        for fault in report.faults
    }


def test_a_ledger_on_dynamodb_is_whole(on_aws: DynamoLedgerToVerify) -> None:
    report = verify_ledger(on_aws, VERIFIER)

    assert report.faults == []
    assert (report.members, report.entries, report.references) == (3, 24, 12)
    assert report.totals["default"].issued == 1705
    assert verify_member(on_aws, MemberKey("default", "ann"), VERIFIER).is_whole()


def test_harm_done_to_a_ledger_on_dynamodb_is_found_once(
    on_aws: DynamoLedgerToVerify, dynamodb: DynamoDBClient, table: str
) -> None:
    ann, bob = MemberKey("default", "ann"), MemberKey("default", "bob")
    for key in (
        keys.entry_key(ann, 6),
        keys.member_record_key(bob),
        keys.due_key(bob, date(2026, 5, 20)),
        keys.key("REF#default#order:C-1", "REF"),
    ):
        assert dynamodb.delete_item(TableName=table, Key=key, ReturnValues="ALL_OLD")["Attributes"]

    report = verify_ledger(on_aws, VERIFIER)

    assert _found(report) == {
        ("entry_missing", "ann", 7),
        ("entry_missing", "ann", 6),
        ("record_differs", "bob", 8),
        ("due_missing", "bob", 8),
        ("reference_missing", "cat", 1),
        ("reference_missing", "cat", 4),
    }
    assert report.fault_count == 6


def test_what_is_written_while_a_ledger_is_read_is_no_fault() -> None:
    store = MemoryToVerify()
    fill(store)
    before = list(store.rows())
    shop = Shop(store)
    shop.sells("ann", "A-5", "900.00")  # another tier
    shop.takes_back("bob", "B-3", "R-9", "100.00")
    shop.sells("dan", "D-1", "5.00")
    after = [row for row in store.rows() if isinstance(row, MemberRow)]

    for seen in (before, [*before[:5], *after, *before[5:]]):
        store.rows_so_far = seen
        assert verify_ledger(store, VERIFIER).faults == []


def test_what_is_wrong_is_found_though_somebody_writes(on_aws: DynamoLedgerToVerify) -> None:
    store = MemoryToVerify()
    rows: list[Row] = [row for row in on_aws.rows() if not isinstance(row, MemberRow)]
    store.put_rows(rows)
    shop = Shop(store)
    store.rows_so_far = rows
    shop.takes_back("ann", "A-4", "R-9", "1.00")

    report = verify_ledger(store, VERIFIER)

    assert {code for code, _, _ in _found(report)} == {"record_differs"}


def test_who_is_not_there_is_not_found(tmp_path: Path) -> None:
    SqliteLedgerStore(tmp_path).close()
    with closing(open_to_verify(f"sqlite:{tmp_path}", system.pause)) as ledger:
        with pytest.raises(MemberNotFound):
            verify_member(ledger, MemberKey("default", "ann"), VERIFIER)
        assert verify_ledger(ledger, VERIFIER).is_whole()


@pytest.mark.parametrize("name", ["memory:", "sqlite:", "postgres:x"])
def test_a_store_that_nobody_can_look_at_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="LOYALTY_STORE"):
        open_to_verify(name, system.pause)


def test_memory_stays_the_same_however_many_members_there_are(tmp_path: Path) -> None:
    _peak(tmp_path / "first", 100)  # what is imported and kept once does not count
    few, many = (_peak(tmp_path / str(members), members) for members in (1_050, 2_100))

    assert many < few * 1.25, (few, many)


def _peak(folder: Path, members: int) -> int:
    with closing(SqliteLedgerStore(folder)) as store, store.batch():
        shop = Shop(store)
        for number in range(members):
            shop.sells(f"member-{number}", f"order-{number}", "20.00")
            shop.sells(f"member-{number}", f"another-{number}", "20.00")
    with closing(SqliteSnapshot(folder / "ledger.db")) as ledger:
        # CPython keeps up to 2,000 tuples of each size to use again, until it collects: so that
        # both begin with none, and need all of them.
        gc.collect()
        tracemalloc.start()
        report = verify_ledger(ledger, VERIFIER)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (report.members, report.faults) == (members, [])
    return peak
