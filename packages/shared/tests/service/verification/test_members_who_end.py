"""Members who were merged, parted and forgotten: the ledger is whole, and its totals stay true."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from packages.shared.tests.service.verification.damage import Damaged
from packages.shared.tests.service.verification.healthy import Shop

from loyalty_shared.service.commands import Asking
from loyalty_shared.service.erasing import erase
from loyalty_shared.service.merging import merge, undo_merge
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore


def fill(store: SqliteLedgerStore) -> None:
    shop = Shop(store)
    for day, (member, order) in enumerate([("fay", "F-1"), ("gil", "G-1"), ("hal", "H-1")], 2):
        shop.on(f"2026-03-{day:02}").sells(member, order, f"{100 * day}.00")
    shop.on("2026-03-12").settles()
    shop.spends("fay", 50)
    merge(shop.ledger, Asking("fay", "m-1", "clerk"), "gil")
    shop.sells("fay", "F-2", "40.00")
    shop.takes_back("fay", "F-1", "R-1", "60.00")
    shop.takes_back("gil", "F-2", "R-2", "10.00")
    shop.spends("gil", 100)
    merge(shop.ledger, Asking("hal", "m-2", "clerk"), "gil")
    shop.sells("hal", "H-2", "25.00")
    undo_merge(shop.ledger, Asking("hal", "u-1", "clerk"))
    shop.takes_back("hal", "H-2", "R-3", "25.00")


@pytest.fixture
def damaged(tmp_path: Path) -> Iterator[Damaged]:
    with closing(SqliteLedgerStore(tmp_path)) as store:
        fill(store)
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield Damaged(path, connection)


@pytest.mark.parametrize("member", [None, "fay", "gil", "hal"])
def test_members_who_were_merged_and_parted_are_whole(damaged: Damaged, member: str | None) -> None:
    report = damaged.report(member)

    assert (report.faults, report.is_whole()) == ([], True)


def test_totals_stay_true_when_a_member_is_forgotten(damaged: Damaged, tmp_path: Path) -> None:
    before = damaged.report().totals["default"]
    with closing(SqliteLedgerStore(tmp_path)) as store:
        shop = Shop(store).on("2026-03-20")
        erased = erase(shop.ledger, Asking("gil", "e-1", "clerk"))

    report = damaged.report()

    after = report.totals["default"]
    assert (report.faults, report.is_whole(), report.members) == ([], True, 1)
    assert (after.issued, after.redeemed, after.reversed) == (
        before.issued,
        before.redeemed,
        before.reversed,
    )
    assert after.erased == erased.forgotten.points > 0


def _to_another(fields: dict[str, Any]) -> None:
    fields["account"]["mergedInto"] = "hal"


def test_a_merge_into_somebody_else_than_it_says_is_found(damaged: Damaged) -> None:
    damaged.forge("fay", 3, _to_another)

    assert "account_differs" in {fault.code for fault in damaged.report("fay").faults}
