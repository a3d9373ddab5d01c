"""A clock that is set back, by hours and by days, between what a server does and while it does it.

The parts of the server and their files are real; the clock is not, since nobody can set it from
outside.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.crash.running import event

from loyalty_event_processor.processor import EventProcessor
from loyalty_server.queue import DurableQueue
from loyalty_server.worker import QueueWorker
from loyalty_shared.contracts.program_file import program_at
from loyalty_shared.domain.errors import HoldNotOpen
from loyalty_shared.domain.holds import Capture, Holding
from loyalty_shared.service import queries
from loyalty_shared.service.commands import Asking
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.holds import capture_hold, hold_points
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.settling import Watch, settle_due
from loyalty_shared.service.verification.report import LedgerFault
from loyalty_shared.service.verifying import Verifier, verify_ledger
from loyalty_shared.storage.sqlite.snapshot import SqliteSnapshot
from loyalty_shared.storage.sqlite.store import FILE_NAME, SqliteLedgerStore

_JUMPS = [timedelta(seconds=30), timedelta(hours=1), timedelta(days=1), timedelta(days=40)]
_RULES = """
name: Dated
currency: EUR
timezone: Europe/Amsterdam
earning: {points_per_unit: 1, pending_days: 1}
expiry: {after_days: 30}
tiers: {window: lifetime, levels: [{name: Basic, from: 0, multiplier: 1}]}
"""


class Machine:
    """A ledger, a queue and its worker on one folder, under a clock that can be set."""

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        self.now = datetime(2026, 5, 4, 10, tzinfo=UTC)
        self.folder = folder
        rules = folder / "dated.yaml"
        rules.write_text(_RULES)
        self.store = SqliteLedgerStore(folder)
        closing.callback(self.store.close)
        self.ledger = Ledger(self.store, program_at(rules), self._clock, lambda _seconds: None)
        self.queue = DurableQueue(folder, self._clock)
        closing.callback(self.queue.close)
        processor = EventProcessor(self.ledger, lambda *_each: None, workers=1)
        self.worker = QueueWorker(self.queue, processor)

    def buy(self, order: str, amount: int = 100) -> None:
        self.queue.put([json.dumps(event("ann", order, amount))])

    def settle(self) -> None:
        settle_due(self.ledger, Watch(lambda _members: None, _fail, lambda: True), workers=1)

    def faults(self) -> list[LedgerFault]:
        with closing(SqliteSnapshot(self.folder / FILE_NAME)) as ledger:
            return verify_ledger(ledger, Verifier(self.now, lambda _: None, workers=0)).faults

    def _clock(self) -> datetime:
        return self.now


def _fail(member: str, error: Exception) -> None:
    raise AssertionError(member) from error


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with ExitStack() as stack:
        yield Machine(tmp_path, stack)


@pytest.mark.parametrize("jump", _JUMPS, ids=str)
def test_what_was_accepted_before_the_jump_does_not_wait_for_that_time_to_come_again(
    machine: Machine, jump: timedelta
) -> None:
    machine.buy("o-1")

    machine.now -= jump

    assert machine.worker.work_once() == 1
    assert machine.queue.depth() == 0


@pytest.mark.parametrize("jump", _JUMPS, ids=str)
def test_what_was_put_off_waits_no_longer_than_it_ever_does(
    machine: Machine, jump: timedelta
) -> None:
    machine.buy("o-1")
    machine.store.close()  # from here on, the store does not answer
    for _ in range(12):  # until it is put off for the longest that there is
        machine.now += timedelta(seconds=301)
        assert machine.worker.work_once() == 1

    machine.now -= jump

    seconds = 0
    while not machine.queue.ready(1):
        machine.now += timedelta(seconds=1)
        seconds += 1
    assert seconds <= 300


@pytest.mark.parametrize("jump", _JUMPS, ids=str)
def test_a_ledger_goes_on_in_order_and_is_whole(machine: Machine, jump: timedelta) -> None:
    machine.buy("o-1")
    machine.worker.work_once()
    machine.now += timedelta(days=2)
    machine.settle()  # the points can be used now
    hold = hold_points(
        machine.ledger, Asking("ann", "k-1", None), Holding(40, timedelta(minutes=5), None)
    )
    hold_id = hold.entry.account.holds[-1].hold_id
    machine.now += timedelta(minutes=10)
    machine.buy("o-2")
    machine.worker.work_once()  # which writes down that the hold has lapsed

    machine.now -= jump

    machine.buy("o-3")
    machine.worker.work_once()
    machine.settle()
    with pytest.raises(HoldNotOpen):
        capture_hold(machine.ledger, Asking("ann", "k-2", None), Capture(hold_id, 40))
    stored = machine.store.entries_after(machine.ledger.member_key("ann"), 0, 100)
    recorded = [decode_entry(each.body).recorded_at for each in stored]
    assert recorded == sorted(recorded)
    assert machine.faults() == []
    # And once the clock has caught up: what was bought while it was wrong expires, too.
    machine.now += jump + timedelta(days=80)
    machine.settle()
    assert machine.faults() == []
    assert queries.balance(machine.ledger, "ann") == 0
