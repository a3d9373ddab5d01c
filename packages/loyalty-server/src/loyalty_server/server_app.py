"""API, durable queue, processor and the timer that settles, put together as one application."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from fastapi import FastAPI
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from loyalty_api.access.guard import Guard
from loyalty_api.application import AddRoutes, create_app
from loyalty_api.rates import RequestRates
from loyalty_api.services import Services, run_in_thread, run_inline
from loyalty_event_processor.outcomes import Message, Outcome, Processor
from loyalty_event_processor.processor import Observe
from loyalty_server.busy_processor import BusyProcessor
from loyalty_server.composition import make_processor, open_ledger_to_write
from loyalty_server.folder_lock import only_server_in
from loyalty_server.helper_process import HelperProcess, cores
from loyalty_server.helping import helping, ledger_file_in
from loyalty_server.observing import Metrics, log_outcome
from loyalty_server.queue import FILE_NAME as QUEUE
from loyalty_server.queue import DurableQueue
from loyalty_server.settings import ServerSettings
from loyalty_server.settle_timer import SettleTimer
from loyalty_server.shared_puts import SharedPuts
from loyalty_server.worker import QueueWorker
from loyalty_shared import system
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.storage.sqlite.examining import examine

# Longer than a batch waits for a locked file, twice; shorter than supervisors wait for an end.
_LONGEST_BATCH_SECONDS = 75.0


@contextmanager
def open_server_app(settings: ServerSettings) -> Iterator[FastAPI]:
    """Open the application that is API, queue and processor in one.

    The processor works until the block ends. Then, however it ends, all of it is stopped and
    closed, in the order that loses nothing.

    Raises:
        InvalidInput: when the program file or the name of the store is not valid.
        StoreUnavailable: when the store or the queue cannot be opened.
        FolderInUse: when another server has the folder.
    """
    with ExitStack() as closing:
        yield _make_server_app(settings, closing)


def _make_server_app(settings: ServerSettings, closing: ExitStack) -> FastAPI:
    # First: a second server changes nothing in the folder, not even the program it remembers.
    name_us = closing.enter_context(only_server_in(settings.data_folder))
    examine(settings.data_folder / QUEUE)  # before the ledger is opened, which folds its log
    ledger = open_ledger_to_write(settings)
    closing.callback(ledger.store.close)
    queue = DurableQueue(settings.data_folder, system.now)
    closing.callback(queue.close)
    name_us()
    metrics = Metrics(queue)

    def observe(message: Message, outcome: Outcome) -> None:
        metrics.count(message, outcome)
        log_outcome(message, outcome)

    processor = _processor(settings, ledger, observe)
    closing.callback(processor.close)
    worker = QueueWorker(queue, processor)
    closing.callback(worker.stop)
    worker.start()
    timer = SettleTimer(ledger)
    closing.callback(timer.stop)
    timer.start()

    read = run_in_thread if ledger.store.waits_for_network else run_inline
    services = Services(ledger, queue, read, run_in_thread, SharedPuts(queue))
    guard = _guard(settings, services)
    most = settings.most_requests_per_second
    rates = RequestRates(most, time.monotonic) if most else None
    return create_app(services, guard=guard, rates=rates, more=[_adding(metrics)])


def _processor(settings: ServerSettings, ledger: Ledger, observe: Observe) -> Processor:
    own, folder = make_processor(ledger, observe), settings.ledger_folder
    if folder is None or cores() == 1:
        return own  # another process would not see the store, or have no core of its own
    # The ledger and the rules are this server's, whatever the folder has or is used with later.
    given = (folder, ledger_file_in(folder), ledger.rules, settings.log_level)

    def start_helper() -> HelperProcess[Sequence[Message], list[Outcome | None]]:
        return HelperProcess(helping, *given, longest_answer_seconds=_LONGEST_BATCH_SECONDS)

    return BusyProcessor(own, observe, start_helper, time.monotonic)


def _adding(metrics: Metrics) -> AddRoutes:
    def add_routes(app: FastAPI, _services: Services) -> None:
        @app.get("/metrics", include_in_schema=False, operation_id="getMetrics")
        async def get_metrics() -> Response:
            return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return add_routes


def _guard(settings: ServerSettings, services: Services) -> Guard | None:
    if settings.trust is None:
        return None
    # Cryptography takes long to import: who asks for no tokens does not wait for it.
    from loyalty_api.access.wiring import guard_for  # noqa: PLC0415 - see above

    return guard_for(settings.trust, services)
