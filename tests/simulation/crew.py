"""Workers that take turns: threads of which only one works at a time, until it pauses or is done.

The real code is not written to be interrupted, so each worker has a thread of its own. Who goes on
is decided by the run, never by the machine: a run comes out the same on any.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NoReturn

Turn = Callable[[], None]


class Crashed(BaseException):
    """The process is gone. Nothing catches it but the worker, who then forgets its turn."""


class Process:
    """One life of a process: all that its threads share, and lose together."""

    def __init__(self) -> None:
        self.is_down = False

    def crash(self) -> NoReturn:
        """End it, here and now."""
        self.is_down = True
        raise Crashed

    def check(self) -> None:
        """Let nothing be done by what is left of it."""
        if self.is_down:
            raise Crashed


class Worker:
    """A thread of a process, that works only between `go_on` and the next pause."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.wakes_at = 0  # not before that moment is it to go on
        self._turn: Turn | None = None
        self._may_work, self._may_decide = threading.Lock(), threading.Lock()
        self._may_work.acquire()
        self._may_decide.acquire()
        self._is_over = False
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """Say whether it is in the middle of a turn."""
        return self._turn is not None

    def begin(self, turn: Turn) -> None:
        """Give it something to do; it starts with the next `go_on`."""
        self._turn = turn

    def go_on(self) -> None:
        """Let it work until it pauses, is done, or crashes; raise what its turn raised."""
        self._may_work.release()
        self._may_decide.acquire()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def pause(self) -> None:
        """Let others work. It is called by the worker itself, or by a thread that works for it."""
        self._may_decide.release()
        self._may_work.acquire()

    def dismiss(self) -> None:
        """End the thread; what it was doing has to crash where it paused."""
        self._is_over = True
        self._may_work.release()
        self._may_decide.acquire()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._may_work.acquire()
            if self._turn is not None and not self._is_over:
                try:
                    self._turn()
                except Crashed:
                    pass
                except Exception as error:  # noqa: BLE001 - who let it work is told
                    self._error = error
            self._turn = None
            if self._is_over:
                self._may_decide.release()
                return
            self._may_decide.release()
