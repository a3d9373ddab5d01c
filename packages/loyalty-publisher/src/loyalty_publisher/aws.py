"""The Lambda `loyalty-publisher`: a batch from the table's stream in, where to go on from out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from loyalty_shared.starting import without_collecting

with without_collecting():
    import boto3
    from aws_lambda_powertools import Logger, Metrics
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
    from aws_lambda_powertools.metrics import MetricUnit
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from botocore.config import Config

    from loyalty_publisher.events import Event, PointsDetail
    from loyalty_publisher.publisher import Delivery, Publisher
    from loyalty_publisher.records import UnreadableRecord, events_in
    from loyalty_publisher.settings import PublisherSettings
    from loyalty_shared import system
    from loyalty_shared.logs import WithoutValues, format_all_logs
    from loyalty_shared.service.ports import Clock

_SERVICE = "loyalty-publisher"

# A call takes milliseconds; one that hangs is sent anew well before Lambda gives up.
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
)


class _Formatter(WithoutValues, LambdaPowertoolsFormatter):
    """JSON lines, and of errors not what they say."""


class StreamBatchHandler:
    """Handles what a DynamoDB stream hands to a Lambda, and answers from where to hand it again.

    The answer is the stream's partial batch response: the first record that is not published.
    Lambda comes again with that one and all after it, so nothing is passed over, and what was
    published beyond it is published once more.
    """

    def __init__(
        self, publisher: Publisher, clock: Clock, logger: Logger, metrics: Metrics
    ) -> None:
        self._publisher = publisher
        self._clock = clock
        self._logger = logger
        self._metrics = metrics

    def handle(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Publish what the records of a stream event tell of.

        Raises:
            UnreadableRecord: when that is the first record. To come again from there would bring
                the same batch; an error has Lambda halve it, until the record stands alone and
                goes to the function's dead letters without any other.
        """
        records = event["Records"]
        events, unreadable = events_in(records)
        delivery = self._publisher.publish(events)
        self._log(delivery, unreadable)
        self._count(delivery, unreadable)
        if delivery.waiting:
            return _go_on_from(delivery.waiting[0].sequence_number)
        if unreadable is None:
            return {"batchItemFailures": []}
        if unreadable.sequence_number == records[0]["dynamodb"]["SequenceNumber"]:
            raise unreadable
        return _go_on_from(unreadable.sequence_number)

    def _log(self, delivery: Delivery, unreadable: UnreadableRecord | None) -> None:
        for event in delivery.published:
            self._logger.info("published", extra=_fields(event))
        if delivery.waiting:
            extra = {
                **_fields(delivery.waiting[0]),
                "waiting": len(delivery.waiting),
                "reason": delivery.reason,
            }
            self._logger.warning("not published", extra=extra)
        if unreadable:
            extra = {"sequence_number": unreadable.sequence_number, "keys": unreadable.keys}
            self._logger.error("not readable", extra=extra, exc_info=unreadable)

    def _count(self, delivery: Delivery, unreadable: UnreadableRecord | None) -> None:
        published, failed = len(delivery.published), len(delivery.waiting) + bool(unreadable)
        self._metrics.add_metric("published", MetricUnit.Count, published)
        self._metrics.add_metric("failed", MetricUnit.Count, failed)
        if delivery.published:
            oldest = min(event.time for event in delivery.published)
            lag = (self._clock() - oldest).total_seconds()
            self._metrics.add_metric("lag", MetricUnit.Seconds, max(lag, 0.0))
        self._metrics.flush_metrics()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle one batch from the table's stream."""
    del context
    return _wired().handle(event)


@cache
def _wired() -> StreamBatchHandler:
    settings = PublisherSettings()
    formatter = _Formatter(serialize_stacktrace=False)
    format_all_logs(formatter)
    client = boto3.client("events", config=_CONFIG)
    return StreamBatchHandler(
        Publisher(client, settings.event_bus_name, system.pause),
        system.now,
        Logger(service=_SERVICE, level=settings.log_level, logger_formatter=formatter),
        Metrics(namespace="Loyalty", service=_SERVICE),
    )


def _go_on_from(sequence_number: str) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": sequence_number}]}


def _fields(event: Event) -> dict[str, object]:
    detail = event.detail
    return {
        "detail_type": event.detail_type,
        "member_id": detail.member_id,
        "order_id": detail.order_id if isinstance(detail, PointsDetail) else None,
        "key": event.key,
        "sequence_number": event.sequence_number,
    }
