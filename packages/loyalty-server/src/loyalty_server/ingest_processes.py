"""Ingest a long file with several processes: each has members of its own.

Which process has a line is no matter of exactness: an order takes effect once whoever has it. It
keeps the events of a member in their order.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from zlib import crc32

from loyalty_server.composition import make_ingestion
from loyalty_server.helper_process import HelperProcess, ProcessEnded, cores
from loyalty_server.ingestion import Ingestion, Tally
from loyalty_server.lines import Batch, Line
from loyalty_server.settings import ServerSettings
from loyalty_shared.contracts import strict_json
from loyalty_shared.contracts.events import decode_event
from loyalty_shared.domain.errors import InvalidInput, LoyaltyError, StoreUnavailable

SMALLEST_FILE_BYTES = 5_000_000  # a smaller one is done before another process has started
_MOST_PROCESSES = 8  # writing is one at a time: more would only wait for each other
_MOST_BATCHES_WAITING = 2
_MEMBER = re.compile(r'"userId"\s*:\s*("[^"\\]*")')


def processes_for(settings: ServerSettings, size_bytes: int | None) -> int:
    """Say how many processes ingest a file of a size (None: not known) the fastest."""
    is_long = size_bytes is not None and size_bytes >= SMALLEST_FILE_BYTES
    if settings.ledger_folder is None or not is_long:
        return 1
    return min(cores(), _MOST_PROCESSES)


def ingest_in_processes(
    lines: Iterable[tuple[int, Line | None]],
    settings: ServerSettings,
    received_at: datetime,
    processes: int,
) -> Generator[tuple[int, Tally]]:
    """Ingest sized lines; give how many bytes each batch was, and what became of it.

    The ledger has been opened before, to be written to, under the program that is to be used.

    Raises:
        StoreUnavailable: when the store stayed away, or a process ended before its time. What was
            done stays done; running the same lines again finishes them.
    """
    # The folder has the program by now: a file that was named may be a pipe, which is read once.
    settings = settings.model_copy(update={"program": None})
    with ExitStack() as stack:
        workers = [
            stack.enter_context(closing(_Worker(settings, received_at))) for _ in range(processes)
        ]
        for size, line in lines:
            yield from workers[_place_of(line, processes)].take(size, line)
        for worker in workers:
            yield from worker.finish()


def _place_of(line: Line | None, processes: int) -> int:
    return crc32(_member_in(line.text).encode()) % processes if line else 0


def _member_in(text: str) -> str:
    # Nearly every line has one member, written plainly; the rest is read as the processor reads it.
    if text.count('"userId"') == 1 and (found := _MEMBER.search(text)):
        return found[1][1:-1]
    try:
        return decode_event(strict_json.decode(text)).detail.user_id
    except InvalidInput:
        return ""


class _Worker:
    """A process that ingests the lines it is given, batch by batch.

    The next batch waits while one is worked on; who gives more than that waits too.
    """

    def __init__(self, settings: ServerSettings, received_at: datetime) -> None:
        self._process: HelperProcess[list[Line], Tally | StoreUnavailable]
        self._process = HelperProcess(_ingesting, settings, received_at)
        self._thread = ThreadPoolExecutor(1)
        self._waiting: deque[tuple[int, Future[Tally]]] = deque()
        self._batch = Batch()

    def take(self, size_bytes: int, line: Line | None) -> Iterator[tuple[int, Tally]]:
        """Take a line, and give what became of batches that are done."""
        self._batch.add(size_bytes, line)
        if self._batch.is_full:
            self._hand_over()
            if len(self._waiting) > _MOST_BATCHES_WAITING:
                yield self._done()

    def finish(self) -> Iterator[tuple[int, Tally]]:
        """Give what became of all that was taken and not told yet."""
        self._hand_over()
        while self._waiting:
            yield self._done()

    def close(self) -> None:
        """End the process: after the batch that it is at, if it was not finished."""
        self._thread.shutdown(cancel_futures=True)
        self._process.close()

    def _hand_over(self) -> None:
        batch, self._batch = self._batch, Batch()
        self._waiting.append((batch.size_bytes, self._thread.submit(self._ask, batch.lines)))

    def _done(self) -> tuple[int, Tally]:
        size_bytes, answer = self._waiting.popleft()
        return size_bytes, answer.result()

    def _ask(self, lines: list[Line]) -> Tally:
        try:
            answer = self._process.ask(lines)
        except ProcessEnded as error:
            raise StoreUnavailable("a process was ended; run it again") from error
        if isinstance(answer, StoreUnavailable):
            raise answer
        return answer


@contextmanager
def _ingesting(
    settings: ServerSettings, received_at: datetime
) -> Iterator[Callable[[list[Line]], Tally | StoreUnavailable]]:
    with ExitStack() as stack:
        ingestion: Ingestion | None = None

        def take(lines: list[Line]) -> Tally | StoreUnavailable:
            nonlocal ingestion
            try:
                ingestion = ingestion or make_ingestion(settings, received_at, stack)
                return ingestion.take(lines)
            except LoyaltyError as error:
                return StoreUnavailable(error.detail)  # what it came from may not travel

        yield take
