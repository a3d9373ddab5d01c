"""A process beside this one that answers what it is asked, one question at a time."""

from __future__ import annotations

import atexit
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")

_READY = "ready"
_END_SECONDS = 10.0  # to close its files

_log = logging.getLogger(__name__)


class ProcessEnded(Exception):
    """The process is gone before its time; what it was asked last may have been done, or not."""


class HelperProcess(Generic[Question, Answer]):
    """A process that opens `answering(*given)`, and answers with what that gives.

    It begins at once, and ends when it is closed or whoever started it is gone, after the question
    that it is at. What a terminal or a supervisor tells to all processes (SIGINT, SIGTERM) is none
    of its business. What is given, asked and answered is pickled.

    One that takes longer for an answer than it may is ended; None waits as long as it takes.
    """

    def __init__(
        self,
        answering: Callable[..., AbstractContextManager[Callable[[Question], Answer]]],
        *given: object,
        longest_answer_seconds: float | None = None,
    ) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would share open databases
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_answer_all, args=(answering, given, theirs), daemon=True
        )
        with _deaf_to_signals():
            self._process.start()
        theirs.close()  # so that each side is told when the other is gone
        atexit.register(self.close)  # Python would wait for it, and it for another question
        self._longest_answer_seconds = longest_answer_seconds
        self._is_ready = False
        self._is_gone = False
        self._asking = threading.Lock()

    @property
    def is_ready(self) -> bool:
        """Whether it has begun, or is gone: whoever asks is told so."""
        return self._is_ready or self._is_gone or self._connection.poll()

    def ask(self, question: Question) -> Answer:
        """Ask, and wait for the answer.

        Raises:
            ProcessEnded: when it is gone, or took too long and is ended for that.
        """
        with self._asking, self._watched():
            if self._is_gone:
                raise ProcessEnded
            try:
                if not self._is_ready:
                    self._is_ready = self._connection.recv() == _READY
                self._connection.send(question)
                answer: Answer = self._connection.recv()
            except (EOFError, OSError) as error:
                self.kill()
                raise ProcessEnded from error
            except BaseException:
                self.kill()  # else this answer, when it comes, is taken for the next one
                raise
        return answer

    def kill(self) -> None:
        """End it at once, whatever it is at; may be called while it is asked."""
        self._is_gone = True
        self._process.kill()

    def close(self) -> None:
        """End it, once it has closed its files, which it is given some seconds for.

        Where it is being asked, it is by a thread that nobody waits for any longer: at once.
        """
        atexit.unregister(self.close)
        if self._asking.acquire(blocking=False):
            self._is_gone = True
            self._connection.close()
            self._asking.release()
            self._process.join(_END_SECONDS)
        self._process.kill()
        self._process.join()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        if self._longest_answer_seconds is None:
            yield
            return
        # Where it does not listen, or stops in the middle of an answer, no call here returns.
        watchdog = threading.Timer(self._longest_answer_seconds, self.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()


def cores() -> int:
    """Say on how many cores this process may run; a container's quota of time is another matter."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _deaf_to_signals() -> Iterator[None]:
    # What is started meanwhile stays so. These are told to every process of a terminal or a service
    # at once, and the one that people started says when the others end.
    if sys.platform == "win32":
        yield
        return
    # First: to start this one, which `spawn` needs, makes the thread hear them again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _answer_all(
    answering: Callable[..., AbstractContextManager[Callable[[Any], Any]]],
    given: tuple[object, ...],
    connection: Connection,
) -> None:
    try:
        with answering(*given) as answer:
            _say(connection, _READY)
            for question in _heard(connection):
                _say(connection, answer(question))
    except Exception:  # noqa: BLE001 - whatever it is, whoever asks is only told that it is gone
        _log.exception("a helper process failed")
        sys.exit(1)


def _say(connection: Connection, said: object) -> None:
    with suppress(OSError):  # whoever asked may be gone
        connection.send(said)


def _heard(connection: Connection) -> Iterator[Any]:
    while True:
        try:
            question = connection.recv()
        except (EOFError, OSError):  # it is gone, in the middle of a question perhaps
            return
        yield question
