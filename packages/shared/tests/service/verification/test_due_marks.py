"""Members with more days ahead than are marked at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from packages.shared.tests.service.verification.damage import Damaged
from packages.shared.tests.service.verification.healthy import TODAY, Shop

from loyalty_shared.service.sealing import MOST_DAYS_MARKED
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

RULES = """
name: Test
currency: EUR
timezone: Europe/Amsterdam
earning: {points_per_unit: 1}
expiry: {after_days: 600}
tiers: {window: lifetime, levels: [{name: Basic, from: 0, multiplier: 1}]}
"""
FIRST = date(2025, 1, 1)  # what is bought then is gone on 25 August 2026
WEEKS = (TODAY.date() - FIRST).days // 7


@pytest.fixture
def damaged(tmp_path: Path) -> Iterator[Damaged]:
    with closing(SqliteLedgerStore(tmp_path)) as store:
        shop = Shop(store, RULES)
        for week in range(WEEKS):
            shop.on(str(FIRST + timedelta(weeks=week))).sells("ann", f"A-{week}", "10.00")
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as connection:
        yield Damaged(tmp_path / "ledger.db", connection)


def _marks(damaged: Damaged) -> list[str]:
    return [day for (day,) in damaged.run("SELECT day FROM due WHERE member = 'ann' ORDER BY day")]


def test_a_member_with_more_days_than_are_marked_is_whole(damaged: Damaged) -> None:
    assert WEEKS > MOST_DAYS_MARKED == len(_marks(damaged))
    assert damaged.report(None).is_whole()


@pytest.mark.parametrize("place", [0, -1])
def test_of_very_many_days_none_of_the_first_may_be_missing(damaged: Damaged, place: int) -> None:
    damaged.run("DELETE FROM due WHERE day = ?", _marks(damaged)[place])

    assert damaged.found() == {("due_missing", "ann", WEEKS)}
