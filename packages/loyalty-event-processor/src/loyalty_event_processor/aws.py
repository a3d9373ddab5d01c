"""The Lambda `loyalty-event-processor`: a batch from SQS in, the messages to redeliver out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from loyalty_shared.starting import without_collecting

with without_collecting():
    import boto3
    from aws_lambda_powertools import Logger, Metrics
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
    from aws_lambda_powertools.metrics import MetricUnit
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from loyalty_event_processor.dead_letters import DeadLetterQueue
    from loyalty_event_processor.outcomes import Message, Outcome, Result
    from loyalty_event_processor.processor import EventProcessor
    from loyalty_event_processor.reasons import log_fields, unexpected
    from loyalty_event_processor.settings import ProcessorSettings
    from loyalty_shared import system
    from loyalty_shared.contracts.program_file import program_at
    from loyalty_shared.logs import WithoutValues, format_all_logs
    from loyalty_shared.service.ledger import Ledger
    from loyalty_shared.storage.opening import open_store

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_SERVICE = "loyalty-event-processor"


class _Formatter(WithoutValues, LambdaPowertoolsFormatter):
    """JSON lines, and of errors not what they say."""


class SqsBatchHandler:
    """Handles what SQS hands to a Lambda, and answers which messages it must deliver again.

    The answer is SQS's partial batch response; no record is acknowledged before its points, or its
    place among the dead letters, are durable.
    """

    def __init__(
        self, processor: EventProcessor, dead_letters: DeadLetterQueue, logger: Logger
    ) -> None:
        self._processor = processor
        self._dead_letters = dead_letters
        self._logger = logger

    def handle(self, event: Mapping[str, Any]) -> tuple[dict[str, Any], list[Outcome]]:
        """Process the records of an SQS event."""
        messages = [_message(record) for record in event["Records"]]
        outcomes = self._processor.process(messages)
        failed = [
            message.id
            for message, outcome in zip(messages, outcomes, strict=True)
            if not self._is_done(message, outcome)
        ]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}, outcomes

    def _is_done(self, message: Message, outcome: Outcome) -> bool:
        if outcome.result is Result.RETRY:
            return False
        if outcome.result is Result.REJECTED and outcome.error is not None:
            try:
                self._dead_letters.send(message, outcome.error)
            except Exception:
                # It comes again, and in the end SQS itself moves it, though without the reason.
                self._logger.exception("dead letter not sent", message_id=message.id)
                return False
        return True


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle one batch from the loyalty queue."""
    del context
    batch_handler, metrics = _wired()
    response, outcomes = batch_handler.handle(event)
    _count(metrics, outcomes)
    return response


@cache
def _wired() -> tuple[SqsBatchHandler, Metrics]:
    settings = ProcessorSettings()
    formatter = _Formatter(serialize_stacktrace=False)
    format_all_logs(formatter)
    logger = Logger(service=_SERVICE, level=settings.log_level, logger_formatter=formatter)
    ledger = Ledger(
        open_store(settings.store, system.pause),
        program_at(settings.program),
        system.now,
        system.pause,
    )

    def log(message: Message, outcome: Outcome) -> None:
        _log(logger, message, outcome)

    return (
        SqsBatchHandler(
            EventProcessor(ledger, log, workers=settings.workers),
            DeadLetterQueue(_sqs, settings.dead_letter_queue_url),
            logger,
        ),
        Metrics(namespace="Loyalty", service=_SERVICE),
    )


@cache
def _sqs() -> SQSClient:
    return boto3.client("sqs")


def _message(record: Mapping[str, Any]) -> Message:
    sent = int(record["attributes"]["SentTimestamp"]) / 1000
    return Message(record["messageId"], record["body"], datetime.fromtimestamp(sent, UTC))


def _log(logger: Logger, message: Message, outcome: Outcome) -> None:
    fields = log_fields(message, outcome)
    if outcome.error is None:
        logger.info("event", extra=fields)
    else:
        logger.warning("event", extra=fields, exc_info=unexpected(outcome.error))


def _count(metrics: Metrics, outcomes: Sequence[Outcome]) -> None:
    for result, count in Counter(outcome.result for outcome in outcomes).items():
        metrics.add_metric(result.value, MetricUnit.Count, count)
    issued = sum(outcome.points_issued for outcome in outcomes)
    taken_back = sum(outcome.points_reversed for outcome in outcomes)
    metrics.add_metric("pointsIssued", MetricUnit.Count, issued)
    metrics.add_metric("pointsReversed", MetricUnit.Count, taken_back)
    lags = [each.lag_seconds for each in outcomes if each.lag_seconds is not None]
    if lags:
        metrics.add_metric("lag", MetricUnit.Seconds, max(lags))
    metrics.flush_metrics()
