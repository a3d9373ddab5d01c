from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loyalty_event_processor.processor import EventProcessor
from loyalty_server.queue import FILE_NAME, DurableQueue
from loyalty_server.worker import QueueWorker
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.domain.errors import StoreUnavailable, TooMuchContention
from loyalty_shared.service import queries
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import Append
from loyalty_shared.storage.memory import MemoryLedgerStore


class SetClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class AwayStore(MemoryLedgerStore):
    """Does not answer until it is back, or makes a mistake."""

    def __init__(self) -> None:
        super().__init__()
        self.is_away = False
        self.mistake: Exception | None = None
        self.waits = 0

    @contextmanager
    def batch(self) -> Iterator[None]:
        if self.is_away:
            self.waits += 1
            raise StoreUnavailable("no answer")
        with super().batch():
            yield

    def append(self, append: Append) -> None:
        if self.is_away:
            self.waits += 1
            raise StoreUnavailable("no answer")
        if self.mistake is not None:
            raise self.mistake
        super().append(append)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store() -> AwayStore:
    return AwayStore()


@pytest.fixture
def ledger(store: AwayStore, clock: SetClock) -> Ledger:
    return Ledger(store, default_program(), clock, lambda _seconds: None)


@pytest.fixture
def queue(tmp_path: Path, clock: SetClock) -> Iterator[DurableQueue]:
    queue = DurableQueue(tmp_path, clock)
    yield queue
    queue.close()


@pytest.fixture
def worker(queue: DurableQueue, ledger: Ledger) -> QueueWorker:
    processor = EventProcessor(ledger, lambda *_each: None, workers=1)
    return QueueWorker(queue, processor)


def _event(order: str = "o-1", user: str = "ann") -> str:
    return json.dumps(
        {"userId": user, "orderId": order, "transactionId": "t-1", "totalAmount": 125}
    )


def test_what_waits_becomes_points(
    worker: QueueWorker, queue: DurableQueue, ledger: Ledger
) -> None:
    queue.put([_event(), _event(), _event("o-2")])

    assert worker.work_once() == 3
    assert queries.balance(ledger, "ann") == 250
    assert queue.depth() == 0


def test_what_can_never_succeed_is_a_dead_letter(worker: QueueWorker, queue: DurableQueue) -> None:
    queue.put([_event(), _event(user="bob")])

    worker.work_once()

    assert (queue.depth(), queue.dead_letter_count()) == (0, 1)


def test_a_crash_between_the_points_and_the_queue_credits_nothing_twice(
    worker: QueueWorker, queue: DurableQueue, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.put([_event()])
    with monkeypatch.context() as crash:
        crash.setattr(queue, "conclude", _raise)
        with pytest.raises(RuntimeError, match="crash"):
            worker.work_once()
    assert (queries.balance(ledger, "ann"), queue.depth()) == (125, 1)

    worker.work_once()

    assert (queries.balance(ledger, "ann"), queue.depth()) == (125, 0)


def test_a_store_that_is_away_is_asked_again_later_and_less_and_less_often(
    worker: QueueWorker, queue: DurableQueue, ledger: Ledger, store: AwayStore, clock: SetClock
) -> None:
    queue.put([_event()])
    store.is_away = True

    worker.work_once()
    assert worker.work_once() == 0
    clock.now += timedelta(seconds=0.6)
    assert worker.work_once() == 1
    clock.now += timedelta(seconds=0.6)
    assert worker.work_once() == 0

    store.is_away = False
    clock.now += timedelta(seconds=5)
    worker.work_once()
    assert (queries.balance(ledger, "ann"), queue.depth(), queue.dead_letter_count()) == (125, 0, 0)


def test_while_the_store_is_away_one_message_finds_that_out_and_then_all_go_on(
    worker: QueueWorker, queue: DurableQueue, ledger: Ledger, store: AwayStore, clock: SetClock
) -> None:
    queue.put([_event(f"o-{number}") for number in range(100)])
    store.is_away = True
    assert worker.work_once() == 100
    clock.now += timedelta(seconds=1)

    assert [worker.work_once(), worker.work_once()] == [1, 1]

    store.is_away = False
    assert worker.work_once() == 1
    assert worker.work_once() == 97
    clock.now += timedelta(seconds=5)
    worker.work_once()
    assert queue.depth() == 0
    newest = ledger.store.newest_entry(ledger.member_key("ann"))
    assert newest is not None
    assert newest.seq == 100


def test_the_messages_of_a_batch_do_not_wait_for_a_locked_store_one_after_the_other(
    worker: QueueWorker, queue: DurableQueue, store: AwayStore
) -> None:
    queue.put([_event(f"o-{number}", f"m-{number}") for number in range(200)])
    store.is_away = True

    assert worker.work_once() == 200

    # Each wait may be one of half a minute, and so long nobody can stop the worker.
    assert store.waits == 2
    assert (queue.depth(), queue.dead_letter_count()) == (200, 0)


def test_a_store_that_is_away_for_long_makes_no_dead_letter(
    worker: QueueWorker, queue: DurableQueue, ledger: Ledger, store: AwayStore, clock: SetClock
) -> None:
    queue.put([_event()])
    store.is_away = True
    for _ in range(50):
        assert worker.work_once() == 1
        clock.now += timedelta(seconds=301)

    store.is_away = False
    worker.work_once()

    assert (queries.balance(ledger, "ann"), queue.depth(), queue.dead_letter_count()) == (125, 0, 0)


def test_the_longest_delay_is_kept_however_often_a_message_was_tried(
    worker: QueueWorker, queue: DurableQueue, store: AwayStore, clock: SetClock, tmp_path: Path
) -> None:
    queue.put([_event()])
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as file, file:
        file.execute("UPDATE message SET attempts = 5000")
    store.is_away = True
    assert worker.work_once() == 1

    clock.now += timedelta(seconds=299)
    assert worker.work_once() == 0
    clock.now += timedelta(seconds=2)
    assert worker.work_once() == 1


def test_what_a_mistake_of_ours_stops_too_often_is_a_dead_letter_and_not_lost(
    worker: QueueWorker, queue: DurableQueue, store: AwayStore, clock: SetClock
) -> None:
    queue.put([_event()])
    store.mistake = RuntimeError("a mistake")

    tries = 0
    while queue.depth():
        tries += worker.work_once()
        clock.now += timedelta(seconds=301)

    [letter] = queue.letters()
    assert (tries, letter.code, letter.body) == (20, "unexpected_error", _event())


def test_a_store_that_was_away_does_not_count_towards_the_mistakes(
    worker: QueueWorker, queue: DurableQueue, ledger: Ledger, store: AwayStore, clock: SetClock
) -> None:
    queue.put([_event()])
    store.is_away = True
    for _ in range(30):
        worker.work_once()
        clock.now += timedelta(seconds=301)
    store.is_away, store.mistake = False, RuntimeError("a mistake")
    worker.work_once()
    clock.now += timedelta(seconds=301)

    store.mistake = None
    worker.work_once()

    assert (queries.balance(ledger, "ann"), queue.dead_letter_count()) == (125, 0)


def test_events_that_wait_for_long_are_told_of_once_and_when_they_do_no_longer(
    worker: QueueWorker, queue: DurableQueue, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):  # each waits for two minutes
        queue.put([_event(f"o-{number}")])
        clock.now += timedelta(seconds=120)
        worker.work_once()
    assert [each.message for each in caplog.records] == [
        "fallen behind: events wait for their points for 120 s"
    ]
    caplog.clear()

    for number in range(3, 6):
        queue.put([_event(f"o-{number}")])
        clock.now += timedelta(seconds=60)
        worker.work_once()
    assert [each.message for each in caplog.records] == [
        "caught up: events wait for their points no longer"
    ]


def test_an_empty_queue_is_caught_up_with(
    worker: QueueWorker, queue: DurableQueue, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    queue.put([_event()])
    clock.now += timedelta(seconds=61)

    assert [worker.work_once() for _ in range(3)] == [1, 0, 0]

    assert [each.message.partition(":")[0] for each in caplog.records] == [
        "fallen behind",
        "caught up",
    ]


def test_the_longest_wait_of_a_batch_counts(
    worker: QueueWorker, queue: DurableQueue, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    queue.put([_event("o-1")])
    clock.now += timedelta(seconds=90)
    queue.put([_event("o-2")])

    worker.work_once()

    assert "90 s" in caplog.text


def test_while_something_is_put_off_nothing_is_caught_up_with(
    worker: QueueWorker,
    queue: DurableQueue,
    store: AwayStore,
    clock: SetClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue.put([_event("o-1")])
    clock.now += timedelta(seconds=90)
    worker.work_once()
    caplog.clear()
    queue.put([_event("o-2")])
    store.is_away = True

    assert [worker.work_once() for _ in range(3)] == [1, 0, 0]

    assert caplog.records == []


def test_a_dead_letter_that_is_tried_again_does_not_look_like_falling_behind(
    worker: QueueWorker, queue: DurableQueue, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    queue.put([_event(), _event(user="bob")])
    worker.work_once()
    clock.now += timedelta(days=3)
    [letter] = queue.letters()
    queue.retry([letter.id])

    assert worker.work_once() == 1

    assert caplog.records == []


def test_what_was_put_off_does_not_look_like_falling_behind(
    worker: QueueWorker,
    queue: DurableQueue,
    store: AwayStore,
    clock: SetClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue.put([_event()])
    store.is_away = True
    worker.work_once()
    store.is_away = False
    clock.now += timedelta(seconds=301)

    assert worker.work_once() == 1

    assert caplog.records == []


def test_a_worker_that_never_began_can_be_stopped(worker: QueueWorker) -> None:
    worker.stop()


def test_a_running_worker_takes_what_arrives_and_stops_when_told(
    worker: QueueWorker, queue: DurableQueue, ledger: Ledger
) -> None:
    worker.start()
    queue.put([_event()])
    deadline = time.monotonic() + 10
    while queries.balance(ledger, "ann") == 0 and time.monotonic() < deadline:
        time.sleep(0.01)

    worker.stop()

    assert queries.balance(ledger, "ann") == 125


def test_a_running_worker_survives_a_queue_that_fails(
    worker: QueueWorker, queue: DurableQueue, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as failing:
        failing.setattr(queue, "ready", _raise)
        worker.start()
        time.sleep(0.05)
    queue.put([_event()])
    deadline = time.monotonic() + 10
    while queries.balance(ledger, "ann") == 0 and time.monotonic() < deadline:
        time.sleep(0.01)

    worker.stop()

    assert queries.balance(ledger, "ann") == 125


def _raise(*_arguments: object) -> None:
    raise RuntimeError("crash")


def test_a_member_whom_others_keep_writing_to_makes_no_dead_letter(
    worker: QueueWorker, queue: DurableQueue, ledger: Ledger, store: AwayStore, clock: SetClock
) -> None:
    queue.put([_event()])
    store.mistake = TooMuchContention("others wrote to the member meanwhile")
    for _ in range(30):
        worker.work_once()
        clock.now += timedelta(seconds=301)

    store.mistake = None
    worker.work_once()

    assert (queries.balance(ledger, "ann"), queue.dead_letter_count()) == (125, 0)
