"""The real files of one machine, and a process that ends at every statement in turn.

    python -m tests.simulation.sqlite_crashes FOLDER

A child works through a day of the server on `ledger.db` and `queue.db`, and is gone at the k-th
statement that SQLite begins: no `finally`, no rollback. Then somebody else opens the files,
verifies the ledger, and does the same day once more from its beginning, as producers and clients
do who had no answer. What is in the ledger then has to be, row for row, what it is when nothing
ever crashes.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from tests.simulation.shop_events import Bought, Event, Garbage, GaveBack
from tests.simulation.terms import DATED

from loyalty_event_processor.processor import EventProcessor
from loyalty_server.queue import DurableQueue
from loyalty_server.worker import QueueWorker
from loyalty_shared.domain.adjustments import Adjustment
from loyalty_shared.domain.holds import Capture, Holding
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service.adjustments import adjust
from loyalty_shared.service.archive import encode_row
from loyalty_shared.service.commands import Asking
from loyalty_shared.service.holds import capture_hold, hold_points
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.redemptions import redeem
from loyalty_shared.service.settling import Watch, settle_due
from loyalty_shared.service.verification.report import Report
from loyalty_shared.service.verifying import Verifier, verify_ledger
from loyalty_shared.storage.sqlite.snapshot import SqliteSnapshot
from loyalty_shared.storage.sqlite.store import FILE_NAME, SqliteLedgerStore

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
_DAY = 24 * 60 * 60 * 1_000
_GONE = 9  # the status of a child that ended as it was told to

_MORNING: tuple[Event, ...] = (
    Bought("ann", "A-1", 25_000, (("mug", 20_000), ("pen", 4_505)), 17 * _DAY),
    GaveBack("ann", "A-2", "R-1", 1_000, (), 17 * _DAY),  # before its order
    Garbage("malformed_json", "nonsense NUMBER"),
    Bought("bob", "B-1", 9_999, (), 1 * _DAY),  # whose points are over by now
)
_EVENING: tuple[Event, ...] = (
    Bought("ann", "A-2", 9_990, (), 17 * _DAY),
    Bought("ann", "A-1", 25_000, (("mug", 20_000), ("pen", 4_505)), 17 * _DAY),
    GaveBack("ann", "A-1", "R-2", 20_000, (("mug", 20_000),), 18 * _DAY),
    GaveBack("bob", "A-1", "R-3", 1, (), 18 * _DAY),
)


def _fail(member: str, error: Exception) -> None:
    raise AssertionError(member) from error


_WATCH = Watch(lambda _: None, _fail, lambda: True)


def live_through(folder: Path) -> None:
    """Do all that happens on the day."""
    with closing(SqliteLedgerStore(folder)) as store, closing(_queue(folder)) as queue:
        ledger = Ledger(store, DATED.file(), lambda: NOW, lambda _: None)
        worker = QueueWorker(queue, EventProcessor(ledger, lambda *_: None, workers=1))
        queue.put([each.body(number) for number, each in enumerate(_MORNING)])
        worker.work_once()
        redeem(ledger, Asking("ann", "k-1", None), Redemption(50, "A-1"))
        held = hold_points(
            ledger, Asking("ann", "k-2", None), Holding(80, timedelta(hours=1), "A-2")
        )
        hold_id = held.entry.account.holds[-1].hold_id
        capture_hold(ledger, Asking("ann", "k-3", None), Capture(hold_id, 60))
        adjust(ledger, Asking("bob", "k-4", "clerk"), Adjustment(-10, "by hand"))
        settle_due(ledger, _WATCH, workers=1)
        queue.put([each.body(number) for number, each in enumerate(_EVENING)])
        worker.work_once()
        settle_due(ledger, _WATCH, workers=1)


def rows_in(folder: Path) -> list[str]:
    """List what is in the ledger."""
    with closing(SqliteLedgerStore(folder)) as store:
        return sorted(encode_row(row) for row in store.rows())


def letters_in(folder: Path) -> set[tuple[str, str]]:
    """List what is among the dead letters; nothing may wait in the queue any more."""
    with closing(_queue(folder)) as queue:
        assert queue.depth() == 0
        return {(letter.code, letter.body) for letter in queue.letters()}


def verified(folder: Path) -> Report:
    """Look at the ledger as `loyalty verify` does."""
    with closing(SqliteSnapshot(folder / FILE_NAME)) as ledger:
        return verify_ledger(ledger, Verifier(NOW, lambda _: None, workers=0))


def count_statements(folder: Path) -> int:
    """Live through the day with no crash, and count what SQLite was asked for."""
    count = 0

    def on_statement(_: str) -> None:
        nonlocal count
        count += 1

    _with_every_statement(on_statement, lambda: live_through(folder))
    return count


def die_at(statement: int, folder: Path) -> None:
    """Let a child live through the day until it begins the statement of that number."""
    child = os.fork()
    if child == 0:
        _die(statement, folder)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == _GONE


def _die(statement: int, folder: Path) -> NoReturn:
    left = statement

    def on_statement(_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(_GONE)

    try:
        _with_every_statement(on_statement, lambda: live_through(folder))
    finally:
        os._exit(1)


def _with_every_statement(tell: Callable[[str], None], work: Callable[[], None]) -> None:
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def connect_and_watch(*arguments: Any, **options: Any) -> sqlite3.Connection:  # noqa: ANN401
        connection = connect(*arguments, **options)
        connection.set_trace_callback(tell)
        return connection

    sqlite3.connect = connect_and_watch  # type: ignore[assignment] # it takes what that takes
    try:
        work()
    finally:
        sqlite3.connect = connect  # type: ignore[assignment] # as it was


def _queue(folder: Path) -> DurableQueue:
    return DurableQueue(folder, lambda: NOW)


def main(folder: Path) -> None:
    """Crash at every statement, and say how many that were."""
    statements = count_statements(folder / "whole")
    rows, letters = rows_in(folder / "whole"), letters_in(folder / "whole")
    assert len(letters) == 2  # the garbage, and the refund of another's order
    for statement in range(1, statements + 1):
        crashed = folder / str(statement)
        die_at(statement, crashed)
        if (crashed / FILE_NAME).exists():
            with closing(SqliteLedgerStore(crashed)):  # which finishes what the file is still to be
                report = verified(crashed)
            assert report.is_whole(), (statement, report.faults)
        live_through(crashed)
        assert rows_in(crashed) == rows, statement
        assert letters_in(crashed) == letters, statement
        assert verified(crashed).is_whole(), statement
    sys.stdout.write(f"{statements} statements, a crash at each: nothing lost or doubled\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
