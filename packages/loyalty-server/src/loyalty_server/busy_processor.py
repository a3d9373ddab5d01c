"""The event processor of a server: while much comes in, it works in a process of its own.

One interpreter would have to answer requests and decide on events in turn.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from loyalty_event_processor.outcomes import Message, Outcome, Processor
from loyalty_event_processor.processor import Observe
from loyalty_server.helper_process import ProcessEnded
from loyalty_shared.domain.errors import StoreUnavailable

_BUSY = 16  # messages at once, at which another process is started: it takes memory, and a while
_FEWEST = 4  # messages at once that are worth telling it of
_MOST_CHARACTERS = 4_000_000  # of all of them; each process has them as bytes, text and more
_LONGEST_START_SECONDS = 60.0
_REST_SECONDS = 60.0  # before another one is started, when one was ended or could not be

_log = logging.getLogger(__name__)


class Helper(Protocol):
    """A process that processes messages; `HelperProcess` says how it is asked."""

    @property
    def is_ready(self) -> bool:
        """Whether it answers without being waited for, or is gone."""

    def ask(self, question: Sequence[Message]) -> list[Outcome | None]:
        """Have messages processed; None stands for what is to be tried again."""

    def kill(self) -> None:
        """End it at once, whatever it is at."""

    def close(self) -> None:
        """End it."""


class BusyProcessor:
    """Processes few messages itself, by `own`, and has many processed by a helper.

    The helper is started by the first batch that is large. Whatever it does not do, or does not
    answer for, since it was ended, `own` does: what takes effect once may be asked for twice.
    """

    def __init__(
        self,
        own: Processor,
        observe: Observe,
        start_helper: Callable[[], Helper],
        clock_seconds: Callable[[], float],
    ) -> None:
        self._own = own
        self._observe = observe
        self._start_helper = start_helper
        self._clock_seconds = clock_seconds
        self._helper: Helper | None = None
        self._started_at = 0.0
        self._rests_until = 0.0

    def process(self, messages: Sequence[Message]) -> list[Outcome]:
        """Process messages and say what became of each, as `EventProcessor.process` does."""
        outcomes = self._asked(messages)
        left = [
            message for message, outcome in zip(messages, outcomes, strict=True) if outcome is None
        ]
        done = iter(self._own.process(left)) if left else iter(())
        return [outcome or next(done) for outcome in outcomes]

    def close(self) -> None:
        """End the helper and what `own` has begun."""
        if (helper := self._helper) is not None:
            helper.close()
        self._own.close()

    def _asked(self, messages: Sequence[Message]) -> list[Outcome | None]:
        nothing: list[Outcome | None] = [None] * len(messages)
        if self._helper is None:
            if len(messages) >= _BUSY and self._clock_seconds() >= self._rests_until:
                self._start()
            return nothing
        if not _is_worth_telling(messages):
            return nothing
        try:
            if not self._helper.is_ready:
                self._require_in_time()
                return nothing
            outcomes = self._helper.ask(messages)
            answered = list(zip(messages, outcomes, strict=True))
        except Exception as error:  # noqa: BLE001 - whatever it is, they can be processed here
            self._helper.kill()
            self._helper.close()
            self._go_on_alone("the process that helped with events was ended", error)
            return nothing
        for message, outcome in answered:
            if outcome is not None:
                self._observe(message, outcome)
        if all(outcome and isinstance(outcome.error, StoreUnavailable) for outcome in outcomes):
            # It may be the helper alone, with a limit of its own or a file that it lost.
            self._helper.close()
            self._go_on_alone("the process that helped with events could not write", None)
        return outcomes

    def _require_in_time(self) -> None:
        if self._clock_seconds() - self._started_at > _LONGEST_START_SECONDS:
            raise ProcessEnded

    def _start(self) -> None:
        self._started_at = self._clock_seconds()
        try:
            self._helper = self._start_helper()
        except Exception as error:  # noqa: BLE001 - there may be no room for another, say
            self._go_on_alone("no process can be started to help with events", error)

    def _go_on_alone(self, reason: str, error: Exception | None) -> None:
        mistake = None if isinstance(error, ProcessEnded) else error
        _log.warning("%s; going on without it", reason, exc_info=mistake)
        self._helper = None
        self._rests_until = self._clock_seconds() + _REST_SECONDS


def _is_worth_telling(messages: Sequence[Message]) -> bool:
    if len(messages) < _FEWEST:
        return False
    return sum(len(each.body) for each in messages) <= _MOST_CHARACTERS
