"""API, durable queue and processor, put together as one application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from loyalty_api.application import create_app
from loyalty_api.services import Services, run_in_thread, run_inline
from loyalty_event_processor.outcomes import Message, Outcome
from loyalty_server.composition import is_far, make_processor, open_ledger
from loyalty_server.observing import Metrics, log_outcome
from loyalty_server.queue import DurableQueue
from loyalty_server.settings import ServerSettings
from loyalty_server.worker import QueueWorker
from loyalty_shared import system


def make_server_app(settings: ServerSettings, announce: Callable[[], None]) -> FastAPI:
    """Make the application that is API, queue and processor in one.

    `announce` is called once all of it runs. When the application ends, so do they, in the order
    that loses nothing.
    """
    ledger = open_ledger(settings)
    queue = DurableQueue(settings.data_folder, system.now)
    metrics = Metrics(queue)

    def observe(message: Message, outcome: Outcome) -> None:
        metrics.count(message, outcome)
        log_outcome(message, outcome)

    processor = make_processor(settings, ledger, observe)
    worker = QueueWorker(queue, processor, system.pause)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        worker.start()
        announce()
        yield
        worker.stop()
        processor.close()
        queue.close()
        ledger.store.close()

    read = run_in_thread if is_far(settings) else run_inline
    app = create_app(Services(ledger, queue, read, run_in_thread), lifespan)

    @app.get("/metrics", include_in_schema=False)
    async def get_metrics() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return app
