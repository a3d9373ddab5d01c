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

from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service.commands import Asking
from loyalty_shared.service.erasing import erase
from loyalty_shared.service.merging import merge, undo_merge
from loyalty_shared.service.redemptions import redeem
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


@pytest.mark.parametrize(
    "steps",
    [
        "o r M f",
        "o r M f U",
        "o M r U f",
        "r M o",
        "r M o U",
        "M r U o",
        "f r M o",
        "r M o f",
        "M r U o f",
    ],
)
def test_an_order_that_one_paid_for_and_another_has_is_whole(tmp_path: Path, steps: str) -> None:
    with closing(SqliteLedgerStore(tmp_path)) as store:
        shop = Shop(store).on("2026-03-01")
        shop.sells("fay", "F-1", "900.00")
        shop.sells("gil", "G-1", "900.00")
        shop.on("2026-03-10")
        for step in steps.split():
            if step == "o":
                shop.sells("fay", "F-2", "20.00")
            elif step == "r":
                redeem(shop.ledger, Asking("fay", "r", "clerk"), Redemption(500, "F-2"))
            elif step == "f":
                shop.takes_back("fay", "F-2", "R-1", "5.00")
            elif step == "M":
                merge(shop.ledger, Asking("fay", "m", "clerk"), "gil")
            else:
                undo_merge(shop.ledger, Asking("fay", "u", "clerk"))
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as connection:
        assert Damaged(tmp_path / "ledger.db", connection).report().faults == []


def test_a_chain_of_merges_is_whole(tmp_path: Path) -> None:
    with closing(SqliteLedgerStore(tmp_path)) as store:
        shop = Shop(store).on("2026-03-01")
        for member in ("fay", "gil", "hal"):
            shop.sells(member, f"{member}-1", "10.00")
        merge(shop.ledger, Asking("fay", "m-1", "clerk"), "gil")
        merge(shop.ledger, Asking("gil", "m-2", "clerk"), "hal")
        shop.sells("fay", "fay-2", "10.00")
        for member in ("gil", "fay"):
            undo_merge(shop.ledger, Asking(member, f"u-{member}", "clerk"))
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as connection:
        assert Damaged(tmp_path / "ledger.db", connection).report().faults == []


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
