"""Sixteen who do something at once to one member, and what is looked at afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.errors import (
    LoyaltyError,
)
from loyalty_shared.domain.holds import Holding
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.commands import Asking, Done
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.holds import hold_points
from loyalty_shared.service.ledger import Ledger

THREADS = 16
MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 11, 15, 12, 0, tzinfo=UTC)  # it is never later than that, but where one says

MakeLedger = Callable[[LedgerArchive], Ledger]
MakePurchase = Callable[..., Purchase]


def at_once(work: Callable[[int], object]) -> list[object]:
    """Do the work of every thread's number, all beginning at the same moment."""
    barrier = Barrier(THREADS)

    def begin(number: int) -> object:
        barrier.wait()
        try:
            return work(number)
        except LoyaltyError as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


def as_one_of(thread: int) -> Asking:
    return Asking("M-1", f"k-{thread}", None)


def held(program: Ledger, points: int, order_id: str | None = None) -> str:
    """Set points aside for a minute, and give the id of the hold."""
    holding = Holding(points, MINUTE, order_id)
    done = hold_points(program, Asking("M-1", "the hold", None), holding)
    return done.entry.account.holds[-1].hold_id


def done_in(outcomes: list[object]) -> list[Done]:
    return [each for each in outcomes if isinstance(each, Done)]


def refused_in(outcomes: list[object]) -> Counter[type[LoyaltyError]]:
    return Counter(type(each) for each in outcomes if isinstance(each, LoyaltyError))


def entries_in(program: Ledger) -> list[Entry]:
    stored = program.store.entries_after(program.member_key("M-1"), 0, 1000)
    return [decode_entry(each.body) for each in stored]


def assert_sound(program: Ledger) -> None:
    """See that no point was made or lost, after any entry, and that each says what it changed."""
    before = 0
    for entry in entries_in(program):
        account = entry.account
        assert account.is_conserved()
        after = sum(lot.points for lot in account.lots) + account.held - account.debt
        assert entry.points == after - before
        before = after
