"""The thread that takes messages from the durable queue to the processor."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from loyalty_event_processor.outcomes import Outcome, Processor, Result
from loyalty_event_processor.reasons import code_of, reason_of
from loyalty_server.queue import LONGEST_DELAY_SECONDS, Burial, Delay, DurableQueue, Waiting
from loyalty_shared.domain.errors import StoreUnavailable, TryAgain

_MOST_AT_ONCE = 500  # bounds how long a batch keeps others from writing
_MOST_FAILURES = 20
_FIRST_DELAY_SECONDS = 0.5
_MOST_DOUBLINGS = 10  # over the longest delay by then; a float holds no more than 1,023
_IDLE_SECONDS = 0.5  # how often to look without being told: for what is put off, or put by others
_LONGEST_REST_SECONDS = 5.0  # while the disk is full, say: how soon it shows that there is room
_BEHIND_SECONDS = 60.0  # whoever waits so long for points asks why

_log = logging.getLogger(__name__)


class QueueWorker:
    """Processes a queue until it is stopped. Nothing leaves the queue before it took effect."""

    def __init__(self, queue: DurableQueue, processor: Processor) -> None:
        self._queue = queue
        self._processor = processor
        self._is_store_away = False
        self._is_behind = False
        self._stopping = threading.Event()
        # A daemon, so that who will not wait for `stop` can end the process: that is one more
        # crash, and those lose nothing.
        self._thread = threading.Thread(target=self._run, name="queue-worker", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand and end, if it ever began; the rest stays in the queue."""
        self._stopping.set()
        self._queue.arrived.set()
        if self._thread.ident is not None:
            self._thread.join()

    def work_once(self) -> int:
        """Process what is ready, up to a batch, and say how many messages that were.

        While the store is away, one message is enough to find that out.
        """
        waiting = self._queue.ready(1 if self._is_store_away else _MOST_AT_ONCE)
        if waiting:
            outcomes = self._processor.process([each.message for each in waiting])
            away = [isinstance(each.error, StoreUnavailable) for each in outcomes]
            self._is_store_away = all(away)
            self._conclude(waiting, outcomes)
            self._tell_whether_behind(waiting, outcomes)
        elif self._is_behind and self._queue.depth() == 0:
            self._tell_caught_up()
        return len(waiting)

    def _run(self) -> None:
        rest_seconds = _IDLE_SECONDS
        while not self._stopping.is_set():
            # Cleared before looking, so that what arrives after the look wakes the wait.
            self._queue.arrived.clear()
            count = 0
            try:
                count = self.work_once()
            except Exception:  # noqa: BLE001 - whatever it is, stopping would be worse
                # The messages are still in the queue; the store may be back in a moment.
                _log.exception("queue not processed")
                self._is_store_away = True
            if self._is_store_away:
                self._stopping.wait(rest_seconds)
                rest_seconds = min(2 * rest_seconds, _LONGEST_REST_SECONDS)
                continue
            rest_seconds = _IDLE_SECONDS
            if count == 0 and not self._stopping.is_set():
                self._queue.arrived.wait(_IDLE_SECONDS)

    def _conclude(self, waiting: Sequence[Waiting], outcomes: Sequence[Outcome]) -> None:
        done: list[Waiting] = []
        dead: list[Burial] = []
        later: list[Delay] = []
        for each, outcome in zip(waiting, outcomes, strict=True):
            error = outcome.error
            # A store that is away says nothing about the message, however long it stays away.
            is_failure = not isinstance(error, TryAgain)
            if error is None:
                done.append(each)
            elif outcome.result is Result.REJECTED or (
                is_failure and each.failures + 1 >= _MOST_FAILURES
            ):
                dead.append(Burial(each, code_of(error), reason_of(error)))
            else:
                later.append(Delay(each, _delay_seconds(each.attempts), is_failure))
        self._queue.conclude(done, dead, later)

    def _tell_whether_behind(self, waiting: Sequence[Waiting], outcomes: Sequence[Outcome]) -> None:
        # What was put off is late for a reason of its own.
        lags = [
            outcome.lag_seconds
            for each, outcome in zip(waiting, outcomes, strict=True)
            if each.attempts == 0 and outcome.lag_seconds is not None
        ]
        if not lags or (max(lags) > _BEHIND_SECONDS) == self._is_behind:
            return
        if self._is_behind:
            self._tell_caught_up()
        else:
            self._is_behind = True
            _log.warning("fallen behind: events wait for their points for %.0f s", max(lags))

    def _tell_caught_up(self) -> None:
        self._is_behind = False
        _log.warning("caught up: events wait for their points no longer")


def _delay_seconds(attempts: int) -> float:
    doublings = min(attempts, _MOST_DOUBLINGS)
    return min(_FIRST_DELAY_SECONDS * 2.0**doublings, LONGEST_DELAY_SECONDS)
