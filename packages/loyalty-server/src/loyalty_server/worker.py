"""The thread that takes messages from the durable queue to the processor."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from loyalty_event_processor.outcomes import Outcome, Result
from loyalty_event_processor.processor import EventProcessor
from loyalty_event_processor.reasons import code_of, reason_of
from loyalty_server.queue import DeadLetter, DurableQueue, Waiting

_MOST_AT_ONCE = 500  # bounds how long a batch keeps others from writing
_MOST_ATTEMPTS = 20
_FIRST_DELAY_SECONDS = 0.5
_LONGEST_DELAY_SECONDS = 300.0
_IDLE_SECONDS = 0.5  # how often to look without being told: for what is put off, or put by others

_log = logging.getLogger(__name__)


class QueueWorker:
    """Processes a queue until it is stopped. Nothing leaves the queue before it took effect."""

    def __init__(
        self, queue: DurableQueue, processor: EventProcessor, pause: Callable[[float], None]
    ) -> None:
        self._queue = queue
        self._processor = processor
        self._pause = pause
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="queue-worker")

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand and end; the rest stays in the queue."""
        self._stopping.set()
        self._queue.arrived.set()
        self._thread.join()

    def work_once(self) -> int:
        """Process what is due, up to a batch, and say how many messages that were."""
        waiting = self._queue.due(_MOST_AT_ONCE)
        if waiting:
            outcomes = self._processor.process([each.message for each in waiting])
            self._settle(waiting, outcomes)
        return len(waiting)

    def _run(self) -> None:
        while not self._stopping.is_set():
            # Cleared before looking, so that what arrives after the look wakes the wait.
            self._queue.arrived.clear()
            try:
                if self.work_once() == 0 and not self._stopping.is_set():
                    self._queue.arrived.wait(_IDLE_SECONDS)
            except Exception:  # noqa: BLE001 - whatever it is, stopping would be worse
                # The messages are still in the queue; the store may be back in a moment.
                _log.exception("queue not processed")
                self._pause(_IDLE_SECONDS)

    def _settle(self, waiting: Sequence[Waiting], outcomes: Sequence[Outcome]) -> None:
        done: list[Waiting] = []
        dead: list[DeadLetter] = []
        later: list[tuple[Waiting, float]] = []
        for each, outcome in zip(waiting, outcomes, strict=True):
            error = outcome.error
            if error is None:
                done.append(each)
            elif outcome.result is Result.REJECTED or each.attempts + 1 >= _MOST_ATTEMPTS:
                dead.append(DeadLetter(each, code_of(error), reason_of(error)))
            else:
                delay = min(_FIRST_DELAY_SECONDS * 2**each.attempts, _LONGEST_DELAY_SECONDS)
                later.append((each, delay))
        self._queue.settle(done, dead, later)
