"""Who processes what: the server's own process, or one that helps it."""

from __future__ import annotations

import errno
import json
import logging
import multiprocessing
import pickle
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from loyalty_event_processor.outcomes import Message, Outcome, Result
from loyalty_server.busy_processor import BusyProcessor
from loyalty_server.composition import make_processor
from loyalty_server.helper_process import HelperProcess, ProcessEnded
from loyalty_server.helping import helping, ledger_file_in
from loyalty_server.program_in_use import remember
from loyalty_shared import system
from loyalty_shared.contracts.program_file import ProgramFile, default_program
from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service import queries
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.storage.sqlite.store import FILE_NAME, SqliteLedgerStore

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
PATIENCE_SECONDS = 30

RealHelper = HelperProcess[Sequence[Message], list[Outcome | None]]


class OwnProcessor:
    """Does all that it is asked for."""

    def __init__(self) -> None:
        self.done: list[list[str]] = []
        self.is_closed = False

    def process(self, messages: Sequence[Message]) -> list[Outcome]:
        self.done.append([each.id for each in messages])
        return [Outcome(Result.PROCESSED, "own", each.id) for each in messages]

    def close(self) -> None:
        self.is_closed = True


class Helper:
    """Is ready when it is told so, leaves undone what it is told to, and may be ended."""

    def __init__(self) -> None:
        self.is_ready = False
        self.is_ended = False
        self.is_closed = False
        self.forgets = False
        self.leaves: set[str] = set()
        self.away: set[str] = set()
        self.mistake: Exception | None = None
        self.done: list[list[str]] = []

    def ask(self, question: Sequence[Message]) -> list[Outcome | None]:
        if self.is_ended:
            raise ProcessEnded
        if self.mistake is not None:
            raise self.mistake
        self.done.append([each.id for each in question])
        return [
            None if each.id in self.leaves else self._done(each)
            for each in question[self.forgets :]
        ]

    def _done(self, message: Message) -> Outcome:
        if message.id in self.away:
            error = StoreUnavailable("locked")
            return Outcome(Result.RETRY, "helper", message.id, error=error)
        return Outcome(Result.PROCESSED, "helper", message.id)

    def kill(self) -> None:
        self.is_ended = True

    def close(self) -> None:
        self.is_closed = True


class World:
    """A processor with a helper that it may start, and a clock."""

    def __init__(self) -> None:
        self.now_seconds = 0.0
        self.trouble: Exception | None = None
        self.own = OwnProcessor()
        self.started: list[Helper] = []
        self.observed: list[str] = []
        self.processor = BusyProcessor(
            self.own, self._observe, self._start_helper, lambda: self.now_seconds
        )

    def process(self, count: int) -> list[str | None]:
        """Process so many messages; say who did each."""
        outcomes = self.processor.process(messages(count))
        assert [each.order_id for each in outcomes] == [str(number) for number in range(count)]
        return [each.member_id for each in outcomes]

    def helper(self) -> Helper:
        """Give a helper that is ready."""
        self.process(16)
        self.started[-1].is_ready = True
        self.own.done.clear()
        return self.started[-1]

    def _observe(self, message: Message, outcome: Outcome) -> None:
        assert message.id == outcome.order_id
        self.observed.append(message.id)

    def _start_helper(self) -> Helper:
        if self.trouble is not None:
            raise self.trouble
        self.started.append(Helper())
        return self.started[-1]


@pytest.fixture
def world() -> World:
    return World()


def messages(count: int) -> list[Message]:
    return [Message(str(number), "{}", NOW) for number in range(count)]


def test_while_little_comes_in_there_is_no_helper(world: World) -> None:
    for _ in range(100):
        assert world.process(15) == ["own"] * 15

    assert world.started == []


def test_much_at_once_starts_one_helper_which_nobody_waits_for(world: World) -> None:
    assert world.process(16) == ["own"] * 16
    assert world.process(500) == ["own"] * 500

    assert len(world.started) == 1


def test_a_helper_that_is_ready_does_what_is_worth_telling_it_of(world: World) -> None:
    helper = world.helper()

    assert world.process(4) == ["helper"] * 4
    assert world.process(3) == ["own"] * 3
    assert helper.done == [["0", "1", "2", "3"]]
    assert world.own.done == [["0", "1", "2"]]


def test_what_the_helper_did_is_observed_here(world: World) -> None:
    world.helper()

    world.process(4)

    assert world.observed == ["0", "1", "2", "3"]


def test_what_the_helper_did_not_do_is_done_here(world: World) -> None:
    helper = world.helper()
    helper.leaves = {"0", "3"}

    assert world.process(5) == ["own", "helper", "helper", "own", "helper"]
    assert world.own.done == [["0", "3"]]
    assert world.observed == ["1", "2", "4"]  # of the others it is told by who did them


def test_what_a_helper_was_at_when_it_was_ended_is_done_here(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    helper = world.helper()
    helper.is_ended = True

    with caplog.at_level(logging.WARNING):
        assert world.process(20) == ["own"] * 20

    assert helper.is_closed
    assert "was ended" in caplog.text
    assert [each.exc_info for each in caplog.records] == [None]


def test_that_the_store_did_not_answer_a_helper_is_observed_and_not_tried_again(
    world: World,
) -> None:
    helper = world.helper()
    helper.away = {"1"}

    assert world.process(4) == ["helper"] * 4

    assert world.own.done == []
    assert world.observed == ["0", "1", "2", "3"]


def test_a_helper_that_cannot_write_at_all_is_ended_since_it_may_be_the_only_one(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    helper = world.helper()
    helper.away = {"0", "1", "2", "3", "4"}

    assert world.process(5) == ["helper"] * 5
    assert world.process(5) == ["own"] * 5

    assert helper.is_closed
    assert "could not write" in caplog.text


def test_a_helper_that_does_not_begin_is_ended_after_a_minute(world: World) -> None:
    world.process(16)
    [helper] = world.started

    world.now_seconds = 60.0
    world.process(16)
    assert not helper.is_closed

    world.now_seconds = 60.1
    assert world.process(16) == ["own"] * 16
    assert helper.is_closed


def test_after_one_that_was_ended_the_next_is_started_a_minute_later(world: World) -> None:
    world.helper().is_ended = True
    world.process(20)

    world.now_seconds = 59.9
    world.process(20)
    assert len(world.started) == 1

    world.now_seconds = 60.0
    world.process(20)
    assert len(world.started) == 2


@pytest.mark.parametrize("mistake", [TypeError("cannot be pickled"), ValueError("no module")])
def test_a_helper_that_makes_a_mistake_is_ended_and_the_mistake_told(
    world: World, caplog: pytest.LogCaptureFixture, mistake: Exception
) -> None:
    helper = world.helper()
    helper.mistake = mistake

    assert world.process(20) == ["own"] * 20

    assert helper.is_closed
    assert [each.exc_info[1] for each in caplog.records if each.exc_info] == [mistake]


def test_answers_that_are_too_few_are_nobodys(world: World) -> None:
    helper = world.helper()
    helper.forgets = True

    assert world.process(20) == ["own"] * 20

    assert helper.is_closed
    assert world.observed == []


def test_messages_that_are_very_large_are_done_here(world: World) -> None:
    helper = world.helper()
    large = [Message(str(number), "x" * 250_000, NOW) for number in range(16)]

    world.processor.process(large)
    world.processor.process([*large, Message("16", "x", NOW)])

    assert [len(each) for each in helper.done] == [16]
    assert [len(each) for each in world.own.done] == [17]


@pytest.mark.parametrize(
    "trouble",
    [OSError(errno.EAGAIN, "Resource temporarily unavailable"), RuntimeError("no thread")],
)
def test_where_no_process_can_be_started_it_goes_on_alone_and_tries_a_minute_later(
    world: World, caplog: pytest.LogCaptureFixture, trouble: Exception
) -> None:
    world.trouble = trouble
    with caplog.at_level(logging.WARNING):
        assert world.process(16) == ["own"] * 16
    assert "no process can be started" in caplog.text

    world.trouble = None
    world.now_seconds = 59.9
    world.process(16)
    assert world.started == []

    world.now_seconds = 60.0
    world.process(16)
    assert len(world.started) == 1


def test_closing_ends_the_helper_too(world: World) -> None:
    helper = world.helper()

    world.processor.close()

    assert helper.is_closed
    assert world.own.is_closed


def test_closing_without_a_helper_ends_what_there_is(world: World) -> None:
    world.processor.close()

    assert world.own.is_closed


# With a real process, on a real file.


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    store = SqliteLedgerStore(tmp_path)
    yield Ledger(store, default_program(), system.now, system.pause)
    store.close()


def event(number: int, **others: object) -> Message:
    detail = {
        "userId": f"m-{number % 5}",
        "orderId": f"o-{number}",
        "transactionId": "t",
        "totalAmount": 10,
        "occurredAt": "2026-05-04T10:00:00Z",
    }
    return Message(str(number), json.dumps(detail | others), NOW)


@pytest.fixture
def helper(ledger: Ledger, tmp_path: Path) -> Iterator[RealHelper]:
    with closing(helper_in(tmp_path, ledger)) as helper:
        wait_until_ready(helper)
        yield helper


def helper_in(folder: Path, ledger: Ledger) -> RealHelper:
    return RealHelper(helping, folder, ledger_file_in(folder), ledger.rules, "INFO")


def wait_until_ready(helper: RealHelper) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not helper.is_ready:
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Watched:
    """A processor of which is known what it was asked for."""

    def __init__(self, ledger: Ledger) -> None:
        self.results: dict[str, Result] = {}
        self.asked: list[str] = []
        self._processor = make_processor(ledger, self.observe)

    def observe(self, message: Message, outcome: Outcome) -> None:
        assert message.id not in self.results
        self.results[message.id] = outcome.result

    def process(self, messages: Sequence[Message]) -> list[Outcome]:
        self.asked += [each.id for each in messages]
        return self._processor.process(messages)

    def close(self) -> None:
        self._processor.close()


def processor_of(ledger: Ledger, helper: RealHelper) -> tuple[BusyProcessor, Watched]:
    """Give a processor that has its helper already."""
    own = Watched(ledger)
    processor = BusyProcessor(own, own.observe, lambda: helper, lambda: 0.0)
    processor.process([event(number) for number in range(100, 116)])
    own.asked.clear()
    own.results.clear()
    return processor, own


def test_a_process_that_helps_does_what_the_own_one_would(
    ledger: Ledger, helper: RealHelper
) -> None:
    processor, own = processor_of(ledger, helper)
    asked = [event(number) for number in range(20)]
    asked[7] = event(7, totalAmount="ten")
    asked[12] = event(12, orderId="o-3", userId="m-3")
    asked[13] = event(13, totalAmount=-1)

    outcomes = processor.process(asked)

    expected = [Result.PROCESSED] * 20
    expected[7] = expected[13] = Result.REJECTED
    expected[12] = Result.DUPLICATE
    assert [each.result for each in outcomes] == expected
    assert own.results == {str(number): result for number, result in enumerate(expected)}
    assert own.asked == ["7", "13"]  # why they are refused does not travel
    assert str(outcomes[7].error) == "the event is not valid"
    assert (outcomes[0].points, outcomes[0].order_id) == (10, "o-0")
    assert sum(queries.balance(ledger, f"m-{number}") for number in range(5)) == 10 * (16 + 17)


def test_a_process_that_helps_goes_by_the_rules_of_who_started_it(
    ledger: Ledger, helper: RealHelper, tmp_path: Path
) -> None:
    remember(tmp_path, other_rules())  # as `loyalty ingest --program` does meanwhile
    processor, own = processor_of(ledger, helper)

    processor.process([event(number) for number in range(4)])

    assert own.asked == []
    assert queries.balance(ledger, "m-1") == 10 * (3 + 1)


def test_a_process_that_is_killed_leaves_nothing_undone_and_nothing_done_twice(
    ledger: Ledger, helper: RealHelper
) -> None:
    processor, own = processor_of(ledger, helper)
    batches = [
        [event(number) for number in range(first, first + 50)] for first in range(200, 5200, 50)
    ]
    results: list[Result] = []

    for batch in batches:
        if len(results) == 1000:
            threading.Timer(0.01, multiprocessing.active_children()[0].kill).start()
        results += [each.result for each in processor.process(batch)]

    assert set(results) <= {Result.PROCESSED, Result.DUPLICATE}
    assert len(own.asked) > 50
    newest = [ledger.store.newest_entry(ledger.member_key(f"m-{number}")) for number in range(5)]
    assert sum(entry.seq for entry in newest if entry) == 16 + 5_000


def test_a_helper_does_not_begin_another_ledger_where_the_folder_was_moved_away(
    ledger: Ledger, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder, moved = tmp_path / "data", tmp_path / "moved"
    with closing(SqliteLedgerStore(folder)):
        file = ledger_file_in(folder)
        folder.rename(moved)
        for number in range(2):
            with closing(RealHelper(helping, folder, file, ledger.rules, "INFO")) as helper:
                wait_until_ready(helper)
                with pytest.raises(ProcessEnded):
                    helper.ask([event(1)])
            assert not (folder / FILE_NAME).exists() or number
            told = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
            assert [each["level"] for each in told] == ["ERROR"]
            assert "StoreUnavailable" in told[0]["exc_info"]
            SqliteLedgerStore(folder).close()  # and where there is another one now
    assert (
        queries.balance(
            Ledger(SqliteLedgerStore(folder), ledger.rules, system.now, system.pause), "m-1"
        )
        == 0
    )


def test_that_the_ledger_is_locked_travels_and_is_not_waited_for_again(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty_server.helping.log_json", lambda _level: None)
    monkeypatch.setattr("loyalty_shared.storage.sqlite.connections._LOCK_TIMEOUT_SECONDS", 0.1)
    given = (tmp_path, ledger_file_in(tmp_path), ledger.rules, "INFO")
    with (
        helping(*given) as process,
        closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        said = process([event(1), event(2, totalAmount=-1)])
        told = pickle.loads(pickle.dumps(said))  # noqa: S301 - ours

    assert said[0] is not None
    assert said[0].error is not None
    assert said[0].error.__cause__ is None  # it may be nothing that can be pickled

    assert told[0].result is Result.RETRY
    assert type(told[0].error) is StoreUnavailable
    assert "locked" in told[0].error.detail
    assert told[1] is None


def other_rules() -> ProgramFile:
    rules = default_program()
    earning = rules.earning.model_copy(update={"points_per_unit": Fraction(5)})
    return rules.model_copy(update={"earning": earning})
