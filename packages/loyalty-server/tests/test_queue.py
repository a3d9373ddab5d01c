from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loyalty_server.letters import LetterNotFound
from loyalty_server.queue import FILE_NAME, Burial, Delay, DurableQueue
from loyalty_shared.domain.errors import StoreUnavailable


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
    return [waiting.message.body for waiting in queue.ready(100)]


def test_messages_come_out_in_the_order_they_went_in(queue: DurableQueue) -> None:
    queue.put(["a", "b"])
    queue.put(["c"])

    assert _bodies(queue) == ["a", "b", "c"]
    assert queue.depth() == 3


def test_a_message_says_when_it_was_accepted(queue: DurableQueue, clock: SetClock) -> None:
    queue.put(["a"])

    assert queue.ready(1)[0].message.received_at == clock.now


def test_no_more_come_out_than_are_asked_for(queue: DurableQueue) -> None:
    queue.put([str(number) for number in range(10)])

    assert len(queue.ready(3)) == 3


def test_what_is_done_is_gone_and_the_rest_stays(queue: DurableQueue) -> None:
    queue.put(["a", "b"])

    queue.conclude(queue.ready(1), [], [])

    assert _bodies(queue) == ["b"]


def test_what_is_put_off_comes_back_when_its_time_has_come(
    queue: DurableQueue, clock: SetClock
) -> None:
    queue.put(["a", "b"])
    [waiting] = queue.ready(1)

    queue.conclude([], [], [Delay(waiting, 60, is_failure=False)])

    assert _bodies(queue) == ["b"]
    clock.now += timedelta(seconds=61)
    assert [(each.message.body, each.attempts) for each in queue.ready(9)] == [("a", 1), ("b", 0)]


def test_a_dead_letter_leaves_the_queue_and_is_kept(queue: DurableQueue) -> None:
    queue.put(["a"])
    [waiting] = queue.ready(1)

    queue.conclude([], [Burial(waiting, "invalid_event", "no user")], [])

    assert (queue.depth(), queue.dead_letter_count()) == (0, 1)


def test_a_message_that_was_put_off_still_says_when_it_was_accepted(
    queue: DurableQueue, clock: SetClock
) -> None:
    accepted = clock.now
    queue.put(["a"])
    [waiting] = queue.ready(1)
    clock.now += timedelta(seconds=5)

    queue.conclude([], [], [Delay(waiting, 60, is_failure=True)])

    clock.now += timedelta(seconds=61)
    [again] = queue.ready(1)
    assert (again.message.received_at, again.attempts, again.failures) == (accepted, 1, 1)
    queue.conclude([], [Burial(again, "invalid_event", "no user")], [])
    assert [letter.received_at for letter in queue.letters()] == [accepted]


def test_two_that_bury_the_same_message_make_one_dead_letter(
    queue: DurableQueue, tmp_path: Path, clock: SetClock
) -> None:
    queue.put(["a"])
    other = DurableQueue(tmp_path, clock)
    [mine], [theirs] = queue.ready(1), other.ready(1)

    queue.conclude([], [Burial(mine, "invalid_event", "no user")], [])
    other.conclude([], [Burial(theirs, "invalid_event", "no user")], [])

    assert (queue.depth(), queue.dead_letter_count()) == (0, 1)
    other.close()


@pytest.mark.parametrize("step", ["DELETE ON message", "INSERT ON dead_letter"])
def test_a_message_is_buried_whole_or_not_at_all(
    queue: DurableQueue, tmp_path: Path, step: str
) -> None:
    queue.put(["a"])
    [waiting] = queue.ready(1)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as file:
        file.execute(f"CREATE TRIGGER no BEFORE {step} BEGIN SELECT RAISE(ABORT, 'no'); END")

    with pytest.raises((StoreUnavailable, sqlite3.Error)):
        queue.conclude([], [Burial(waiting, "invalid_event", "no user")], [])

    assert (queue.depth(), queue.dead_letter_count()) == (1, 0)


def test_messages_of_a_file_without_the_column_for_failures_are_kept(
    tmp_path: Path, clock: SetClock
) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    with closing(sqlite3.connect(folder / FILE_NAME)) as file, file:
        file.execute(
            "CREATE TABLE message (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL,"
            " received_at REAL NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0)"
        )
        file.execute("INSERT INTO message (body, received_at, due_at) VALUES ('a', 1, 1)")

    queue = DurableQueue(folder, clock)

    assert [(each.message.body, each.failures) for each in queue.ready(9)] == [("a", 0)]
    queue.close()


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


def test_who_concludes_a_message_once_more_takes_no_later_one_out(queue: DurableQueue) -> None:
    queue.put(["a"])
    had_by_two = queue.ready(1)
    queue.conclude(had_by_two, [], [])
    queue.put(["b"])

    queue.conclude(had_by_two, [], [])

    assert _bodies(queue) == ["b"]


def test_a_letter_that_is_dropped_once_more_takes_no_later_one_out(queue: DurableQueue) -> None:
    queue.put(["a"])
    queue.conclude([], [Burial(queue.ready(1)[0], "c", "r")], [])
    [letter] = queue.letters()
    queue.drop([letter.id])
    queue.put(["b"])
    queue.conclude([], [Burial(queue.ready(1)[0], "c", "r")], [])

    with pytest.raises(LetterNotFound):
        queue.drop([letter.id])

    assert [each.body for each in queue.letters()] == ["b"]


def test_letters_of_a_file_that_gave_ids_out_twice_are_kept_and_from_then_on_it_does_not(
    tmp_path: Path, clock: SetClock
) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    with closing(sqlite3.connect(folder / FILE_NAME)) as file, file:
        file.execute(
            "CREATE TABLE dead_letter (id INTEGER PRIMARY KEY, body TEXT NOT NULL,"
            " received_at REAL NOT NULL, dead_at REAL NOT NULL, code TEXT NOT NULL,"
            " reason TEXT NOT NULL)"
        )
        file.execute("INSERT INTO dead_letter VALUES (7, 'a', 1, 2, 'c', 'r')")

    DurableQueue(folder, clock).close()
    with closing(DurableQueue(folder, clock)) as queue:
        kept = queue.letters()
        queue.drop(["7"])
        queue.put(["b"])
        queue.conclude([], [Burial(queue.ready(1)[0], "c", "r")], [])
        later = queue.letters()

    assert [(each.id, each.body, each.code, each.reason) for each in kept] == [("7", "a", "c", "r")]
    assert [(each.id, each.body) for each in later] == [("8", "b")]
