"""The Lambda `loyalty-api`: HTTP requests from API Gateway."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

from loyalty_shared.starting import without_collecting

with without_collecting():
    import boto3
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
    from botocore.config import Config
    from mangum import Mangum
    from mangum.types import LambdaContext

    from loyalty_api.access.guard import Guard
    from loyalty_api.application import create_app
    from loyalty_api.problems import MEDIA_TYPE
    from loyalty_api.services import Services, run_inline
    from loyalty_api.settings import ApiSettings
    from loyalty_api.sqs_inbox import SqsInbox
    from loyalty_shared import system
    from loyalty_shared.contracts.program_file import program_at
    from loyalty_shared.logs import WithoutValues, format_all_logs
    from loyalty_shared.service.ledger import Ledger
    from loyalty_shared.storage.opening import open_store

# As for the table: a call that hangs is sent anew well before the caller gives up.
_SQS_CONFIG = Config(
    connect_timeout=2,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 4},
    tcp_keepalive=True,
)


class _Formatter(WithoutValues, LambdaPowertoolsFormatter):
    """JSON lines, and of errors not what they say."""


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    asyncio.set_event_loop(_event_loop())
    return _wired()(event, context)


@cache
def _event_loop() -> asyncio.AbstractEventLoop:
    # Mangum asks for the thread's loop, which Python no longer makes by itself.
    return asyncio.new_event_loop()


@cache
def _wired() -> Mangum:
    settings = ApiSettings()
    formatter = _Formatter(serialize_stacktrace=False)
    format_all_logs(formatter)
    Logger(service="loyalty-api", level=settings.log_level, logger_formatter=formatter)
    ledger = Ledger(
        open_store(settings.store, system.pause),
        program_at(settings.program),
        system.now,
        system.pause,
    )
    inbox = SqsInbox(boto3.client("sqs", config=_SQS_CONFIG), settings.queue_url, system.pause)
    # A Lambda has one request at a time: nothing is gained by waiting for it elsewhere.
    services = Services(ledger, inbox, run_inline, run_inline)
    app = create_app(services, guard=_guard(settings, services))
    # What is not named here would travel in base64.
    texts = ["text/", "application/json", MEDIA_TYPE]
    return Mangum(app, lifespan="off", text_mime_types=texts)


def _guard(settings: ApiSettings, services: Services) -> Guard | None:
    if settings.trust is None:
        return None
    # Cryptography takes long to import: who asks for no tokens does not wait for it.
    from loyalty_api.access.wiring import guard_for  # noqa: PLC0415 - see above

    return guard_for(settings.trust, services)
