"""A ledger with all that may be asked for by hand: found whole, and harm to it found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from packages.shared.tests.service.verification.damage import Change, Damaged
from packages.shared.tests.service.verification.healthy import RULES, Shop

from loyalty_shared.domain.adjustments import Adjustment
from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.holds import Capture, Holding
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service.adjustments import adjust, approve, asked_by_command, decline
from loyalty_shared.service.commands import Asking
from loyalty_shared.service.holds import capture_hold, hold_points, release_hold
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.redemptions import redeem, restore
from loyalty_shared.service.transaction_ids import transaction_id
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

ADJUSTMENTS = "adjustments: {below_zero: true, approval_above: 500}\n"


class Clerk:
    """Asks for things by hand; each under a key of its own."""

    def __init__(self, ledger: Ledger, member: str) -> None:
        self._ledger = ledger
        self._member = member
        self._keys = 0

    def holds(self, points: int, order: str | None = None, hours: int = 1) -> str:
        holding = Holding(points, timedelta(hours=hours), order)
        return self._id_of(hold_points(self._ledger, self._asking(), holding).entry)

    def captures(self, hold: str, points: int, order: str | None = None) -> None:
        capture_hold(self._ledger, self._asking(), Capture(hold, points, order))

    def releases(self, hold: str) -> None:
        release_hold(self._ledger, self._asking(), hold)

    def spends(self, points: int, order: str) -> str:
        done = redeem(self._ledger, self._asking(), Redemption(points, order))
        return self._id_of(done.entry)

    def undoes(self, transaction: str) -> None:
        restore(self._ledger, self._asking(), transaction)

    def adjusts(self, points: int) -> None:
        adjust(self._ledger, self._asking(), Adjustment(points, "goodwill"))

    def asks_for(self, points: int, *, is_approved: bool) -> None:
        asking = self._asking()
        done = adjust(self._ledger, asking, Adjustment(points, "a prize"))
        approval = asked_by_command(self._ledger, asking, done)
        decide = approve if is_approved else decline
        decide(self._ledger, self._asking("another"), approval)

    def _asking(self, actor: str = "clerk") -> Asking:
        self._keys += 1
        return Asking(self._member, f"{self._member}-{self._keys}", actor)

    def _id_of(self, entry: Entry) -> str:
        member = self._ledger.member_key(self._member)
        return transaction_id(member, entry.seq, entry.recorded_at)


def fill(store: SqliteLedgerStore) -> None:
    """Let clerks be busy for a month."""
    shop = Shop(store, RULES + ADJUSTMENTS)
    shop.on("2026-03-02")
    dan, eve = (Clerk(shop.ledger, member) for member in ("dan", "eve"))
    shop.sells("dan", "D-1", "200.00")
    shop.on("2026-03-10").settles()
    captured, released, _ = dan.holds(100, "D-2"), dan.holds(50), dan.holds(30)
    dan.captures(captured, 60)
    dan.releases(released)
    shop.on("2026-03-11").sells("dan", "D-2", "50.00")  # of which points paid a part; one lapses
    spent = dan.spends(40, "D-1")
    shop.takes_back("dan", "D-1", "R-1", "100.00")
    dan.undoes(spent)
    shop.on("2026-03-12").settles()
    eve.adjusts(20)
    eve.adjusts(-35)
    eve.asks_for(900, is_approved=True)
    eve.asks_for(-900, is_approved=False)
    adjust(shop.ledger, Asking("eve", "waits", "clerk"), Adjustment(700, "waits"))
    shop.on("2026-03-31")
    dan.holds(10, hours=200)


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asked")
    with closing(SqliteLedgerStore(folder)) as store:
        fill(store)
    return folder / "ledger.db"


@pytest.fixture
def damaged(asked: Path, tmp_path: Path) -> Iterator[Damaged]:
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(asked)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield Damaged(path, connection)


@pytest.mark.parametrize("member", [None, "dan", "eve"])
def test_all_that_is_asked_for_by_hand_is_whole(damaged: Damaged, member: str | None) -> None:
    report = damaged.report(member)

    assert (report.faults, report.is_whole()) == ([], True)


def _more(fields: dict[str, Any]) -> None:
    fields["points"] += 1


def _other_hold(fields: dict[str, Any]) -> None:
    fields["follows"] = fields["follows"][:-1] + "0"


def _other_lots(fields: dict[str, Any]) -> None:
    fields["taken"][0][0] += 1


@pytest.mark.parametrize(
    ("member", "type_", "change", "code"),
    [
        ("dan", "REDEEM", _more, "points_differ"),
        ("dan", "REDEEM", _other_lots, "account_differs"),
        ("dan", "RELEASE", _other_hold, "account_differs"),
        ("dan", "LAPSE", _other_hold, "account_differs"),
        ("dan", "CORRECT", _more, "points_differ"),
        ("eve", "ADJUST", _more, "points_differ"),
        ("eve", "DECLINE", _other_hold, "account_differs"),
        ("eve", "REQUEST", _more, "points_differ"),
    ],
)
def test_what_was_asked_for_and_forged_is_found(
    damaged: Damaged, member: str, type_: str, change: Change, code: str
) -> None:
    seq = damaged.seq_of(member, type_)

    damaged.forge(member, seq, change)

    assert (code, member, seq) in damaged.found()


def test_a_hold_that_lapsed_too_late_is_found(damaged: Damaged) -> None:
    def later(fields: dict[str, Any]) -> None:
        fields["occurredAt"] = fields["occurredAt"].replace(":00Z", ":01Z")

    seq = damaged.seq_of("dan", "LAPSE")
    damaged.forge("dan", seq, later)

    assert ("out_of_time", "dan", seq) in damaged.found()


def test_a_hold_of_another_id_is_found_where_it_was_made(damaged: Damaged) -> None:
    def renamed(fields: dict[str, Any]) -> None:
        id_ = fields["account"]["holds"][-1]["id"]
        fields["account"]["holds"][-1]["id"] = f"{id_[:-1]}{(int(id_[-1], 16) + 1) % 16:x}"

    seq = damaged.seq_of("dan", "HOLD")
    damaged.forge("dan", seq, renamed)

    assert ("account_differs", "dan", seq) in damaged.found()


def test_an_adjustment_that_nobody_will_see_waiting_is_found(damaged: Damaged) -> None:
    damaged.run("DELETE FROM due WHERE day = '9999-12-31'")

    assert damaged.found() == {("due_missing", "eve", damaged.last_seq("eve"))}
