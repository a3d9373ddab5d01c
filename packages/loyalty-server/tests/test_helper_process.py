"""A process that answers questions, and what becomes of it when somebody is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from loyalty_server import helper_process
from loyalty_server.helper_process import HelperProcess, ProcessEnded, cores

PATIENCE_SECONDS = 30


@contextmanager
def telling(word: str) -> Iterator[Callable[[str], str]]:
    """Answer with what was given, asked, and the process that does so; some questions are hard."""

    def answer(question: str) -> str:
        if question == "fail":
            raise ValueError("no answer to that")
        if question == "sleep":
            time.sleep(PATIENCE_SECONDS)
        return f"{word} {question} {os.getpid()}"

    yield answer


@contextmanager
def leaving_a_note(path: str) -> Iterator[Callable[[str], str]]:
    yield str
    Path(path).write_text("closed")


@contextmanager
def not_opening() -> Iterator[Callable[[str], str]]:
    raise ValueError("nothing to open")
    yield str


def process_of(helper: HelperProcess[str, str]) -> int:
    return int(helper.ask("who").split()[-1])


def test_it_answers_in_a_process_of_its_own() -> None:
    with closing(HelperProcess[str, str](telling, "given")) as helper:
        first = helper.ask("this")
        second = helper.ask("that")

    assert first.startswith("given this ")
    assert second == first.replace("this", "that")
    assert process_gone(int(first.split()[-1]))
    assert int(first.split()[-1]) != os.getpid()


def test_it_is_ready_when_nobody_has_to_wait_for_its_answer() -> None:
    with closing(HelperProcess[str, str](telling, "given")) as helper:
        at_once = helper.is_ready
        wait_until(lambda: helper.is_ready)
        helper.ask("this")

        assert not at_once
        assert helper.is_ready


def test_one_that_is_killed_is_told_of() -> None:
    with closing(HelperProcess[str, str](telling, "given")) as helper:
        os.kill(process_of(helper), signal.SIGKILL)

        with pytest.raises(ProcessEnded):
            helper.ask("this")
        with pytest.raises(ProcessEnded):
            helper.ask("that")


def test_one_that_cannot_open_what_it_needs_is_told_of(capfd: pytest.CaptureFixture[str]) -> None:
    with closing(HelperProcess[str, str](not_opening)) as helper, pytest.raises(ProcessEnded):
        helper.ask("this")

    assert "nothing to open" in capfd.readouterr().err


def test_a_mistake_ends_it_and_says_where(capfd: pytest.CaptureFixture[str]) -> None:
    with closing(HelperProcess[str, str](telling, "given")) as helper, pytest.raises(ProcessEnded):
        helper.ask("fail")

    assert "no answer to that" in capfd.readouterr().err


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_what_is_told_to_all_processes_is_none_of_its_business(told: signal.Signals) -> None:
    with closing(HelperProcess[str, str](telling, "given")) as helper:
        process = process_of(helper)
        os.kill(process, told)

        assert process_of(helper) == process


def test_whoever_starts_one_hears_signals_as_before() -> None:
    with closing(HelperProcess[str, str](telling, "given")):
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


def test_closed_while_it_is_asked_it_ends_at_once() -> None:
    helper = HelperProcess[str, str](telling, "given")
    process = process_of(helper)
    told: list[Exception] = []

    def ask() -> None:
        try:
            helper.ask("sleep")
        except ProcessEnded as error:
            told.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.2)
    started = time.monotonic()
    helper.close()
    asking.join()

    assert process_gone(process)
    assert time.monotonic() - started < PATIENCE_SECONDS / 2
    assert len(told) == 1


def test_one_that_does_not_answer_in_time_is_ended() -> None:
    helper = HelperProcess[str, str](telling, "given", longest_answer_seconds=1.0)
    with closing(helper):
        process = process_of(helper)

        with pytest.raises(ProcessEnded):
            helper.ask("sleep")

        assert helper.is_ready  # to be told so again
        wait_until(lambda: not multiprocessing.active_children())
        assert process_gone(process)


def test_one_that_does_not_listen_is_ended() -> None:
    helper = HelperProcess[str, str](telling, "given", longest_answer_seconds=1.0)
    with closing(helper):
        os.kill(process_of(helper), signal.SIGSTOP)

        with pytest.raises(ProcessEnded):
            helper.ask("a question that no pipe has room for" * 100_000)


def test_one_that_answers_in_time_stays() -> None:
    helper = HelperProcess[str, str](telling, "given", longest_answer_seconds=1.0)
    with closing(helper):
        process = process_of(helper)
        time.sleep(1.5)

        assert process_of(helper) == process


def test_one_that_is_killed_while_it_is_asked_is_told_of() -> None:
    with closing(HelperProcess[str, str](telling, "given")) as helper:
        process = process_of(helper)
        threading.Timer(0.2, helper.kill).start()

        with pytest.raises(ProcessEnded):
            helper.ask("sleep")

    assert process_gone(process)


def test_one_that_stands_still_can_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper_process, "_END_SECONDS", 0.5)
    helper = HelperProcess[str, str](telling, "given")
    process = process_of(helper)
    os.kill(process, signal.SIGSTOP)

    helper.close()

    assert process_gone(process)


def test_an_answer_that_nobody_heard_is_not_that_to_the_next_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with closing(HelperProcess[str, str](telling, "given")) as helper:
        helper.ask("this")
        with monkeypatch.context() as interrupted:
            interrupted.setattr(helper, "_connection", Interrupted())
            with pytest.raises(KeyboardInterrupt):
                helper.ask("that")

        with pytest.raises(ProcessEnded):
            helper.ask("something else")


class Interrupted:
    """A connection on which Ctrl-C comes before the answer."""

    def send(self, _question: object) -> None:
        pass

    def recv(self) -> object:
        raise KeyboardInterrupt


def test_one_that_is_closed_can_be_asked_and_says_so() -> None:
    helper = HelperProcess[str, str](telling, "given")
    process = process_of(helper)
    helper.close()
    helper.close()

    assert process_gone(process)
    assert helper.is_ready
    with pytest.raises(ProcessEnded):
        helper.ask("this")


def test_an_orderly_end_closes_what_was_opened(tmp_path: Path) -> None:
    with closing(HelperProcess[str, str](leaving_a_note, str(tmp_path / "note"))) as helper:
        helper.ask("this")

    assert (tmp_path / "note").read_text() == "closed"


def test_the_cores_are_those_that_this_process_may_use() -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("a process cannot be kept to some cores here")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert cores() == len(before)


@pytest.fixture
def start_one(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Give what runs a program that starts a helper, and tells its process."""
    started: list[subprocess.Popen[str]] = []

    def start(then: str) -> subprocess.Popen[str]:
        program = tmp_path / "program.py"
        program.write_text(
            "import sys, time\n"
            f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
            "from test_helper_process import HelperProcess, process_of, telling\n"
            "if __name__ == '__main__':\n"
            "    helper = HelperProcess(telling, 'given')\n"
            "    print(process_of(helper), flush=True)\n"
            f"    {then}\n"
        )
        command = [sys.executable, str(program)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))  # noqa: S603 - our own
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.communicate()


def test_it_ends_when_whoever_started_it_is_killed(
    start_one: Callable[[str], subprocess.Popen[str]],
) -> None:
    starter = start_one("time.sleep(60)")
    assert starter.stdout is not None
    process = int(starter.stdout.readline())
    assert not process_gone(process)

    starter.kill()

    wait_until(lambda: process_gone(process))


def test_whoever_forgets_to_close_it_ends_all_the_same(
    start_one: Callable[[str], subprocess.Popen[str]],
) -> None:
    starter = start_one("pass")

    said, _ = starter.communicate(timeout=PATIENCE_SECONDS)

    assert starter.returncode == 0
    assert process_gone(int(said))


def process_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
