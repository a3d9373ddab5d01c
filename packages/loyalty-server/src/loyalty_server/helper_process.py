"""A process beside this one that answers what it is asked, one question at a time."""

from __future__ import annotations

import multiprocessing
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


class ProcessEnded(Exception):
    """The process is gone before its time; what it was asked last may have been done, or not."""


class HelperProcess(Generic[Question, Answer]):
    """A process that opens `answering(*given)`, and answers with what that gives.

    It begins at once, and ends when it is closed or whoever started it is gone, after the question
    that it is at. Ctrl-C is none of its business. What is given, asked and answered is pickled.
    """

    def __init__(
        self,
        answering: Callable[..., AbstractContextManager[Callable[[Question], Answer]]],
        *given: object,
    ) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would share open databases
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_answer_all, args=(answering, given, theirs), daemon=True
        )
        with _deaf_to_interrupts():
            self._process.start()
        theirs.close()  # so that each side is told when the other is gone
        self._is_ready = False
        self._asking = threading.Lock()

    @property
    def is_ready(self) -> bool:
        """Whether it answers without being waited for, or is gone."""
        return self._is_ready or self._connection.poll()

    def ask(self, question: Question) -> Answer:
        """Ask, and wait for the answer.

        Raises:
            ProcessEnded: when it is gone.
        """
        with self._asking:
            try:
                if not self._is_ready:
                    self._is_ready = self._connection.recv() == _READY
                self._connection.send(question)
                answer: Answer = self._connection.recv()
            except (EOFError, OSError) as error:
                raise ProcessEnded from error
        return answer

    def close(self) -> None:
        """End it: at once if it is still being asked, by a thread that nobody waits for."""
        if self._asking.acquire(blocking=False):
            self._connection.close()
        else:
            self._process.terminate()
        self._process.join()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    # What is started meanwhile stays so. Ctrl-C is told to every process of a terminal, and the one
    # that people started says when the others end.
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # which listens again when it is started by what follows
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _answer_all(
    answering: Callable[..., AbstractContextManager[Callable[[Any], Any]]],
    given: tuple[object, ...],
    connection: Connection,
) -> None:
    with answering(*given) as answer:
        _say(connection, _READY)
        for question in _heard(connection):
            _say(connection, answer(question))


# Whoever asks may be gone, in the middle of a question or an answer too.


def _say(connection: Connection, said: object) -> None:
    with suppress(OSError):
        connection.send(said)


def _heard(connection: Connection) -> Iterator[Any]:
    while True:
        try:
            question = connection.recv()
        except (EOFError, OSError):
            return
        yield question
