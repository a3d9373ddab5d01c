from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loyalty_server.queue import DeadLetter, DurableQueue


class SetClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def queue(tmp_path: Path, clock: SetClock) -> Iterator[DurableQueue]:
    queue = DurableQueue(tmp_path, clock)
    yield queue
    queue.close()


def _bodies(queue: DurableQueue) -> list[str]:
    return [waiting.message.body for waiting in queue.due(100)]


def test_messages_come_out_in_the_order_they_went_in(queue: DurableQueue) -> None:
    queue.put(["a", "b"])
    queue.put(["c"])

    assert _bodies(queue) == ["a", "b", "c"]
    assert queue.depth() == 3


def test_a_message_says_when_it_was_accepted(queue: DurableQueue, clock: SetClock) -> None:
    queue.put(["a"])

    assert queue.due(1)[0].message.received_at == clock.now


def test_no_more_come_out_than_are_asked_for(queue: DurableQueue) -> None:
    queue.put([str(number) for number in range(10)])

    assert len(queue.due(3)) == 3


def test_what_is_done_is_gone_and_the_rest_stays(queue: DurableQueue) -> None:
    queue.put(["a", "b"])

    queue.settle(queue.due(1), [], [])

    assert _bodies(queue) == ["b"]


def test_what_is_put_off_comes_back_when_its_time_has_come(
    queue: DurableQueue, clock: SetClock
) -> None:
    queue.put(["a", "b"])
    [waiting] = queue.due(1)

    queue.settle([], [], [(waiting, 60)])

    assert _bodies(queue) == ["b"]
    clock.now += timedelta(seconds=61)
    assert [(each.message.body, each.attempts) for each in queue.due(9)] == [("a", 1), ("b", 0)]


def test_a_dead_letter_leaves_the_queue_and_is_kept(queue: DurableQueue) -> None:
    queue.put(["a"])
    [waiting] = queue.due(1)

    queue.settle([], [DeadLetter(waiting, "invalid_event", "no user")], [])

    assert (queue.depth(), queue.dead_letter_count()) == (0, 1)


def test_what_is_queued_outlives_the_process(
    queue: DurableQueue, tmp_path: Path, clock: Callable[[], datetime]
) -> None:
    queue.put(["a"])

    after_a_crash = DurableQueue(tmp_path, clock)

    assert _bodies(after_a_crash) == ["a"]
    after_a_crash.close()


def test_an_arrival_wakes_whoever_waits(queue: DurableQueue) -> None:
    assert not queue.arrived.is_set()

    queue.put(["a"])

    assert queue.arrived.is_set()
