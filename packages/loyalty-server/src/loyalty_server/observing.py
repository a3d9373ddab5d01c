"""What the server tells of its work: JSON lines on stderr, Prometheus text on `/metrics`."""

from __future__ import annotations

import logging
import sys

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pythonjsonlogger.json import JsonFormatter

from loyalty_event_processor.outcomes import Message, Outcome, Result
from loyalty_event_processor.reasons import log_fields, unexpected
from loyalty_server.queue import DurableQueue
from loyalty_shared.logs import WithoutValues

_log = logging.getLogger("loyalty")


_OURS = ("loyalty", "loyalty_api", "loyalty_event_processor", "loyalty_server", "loyalty_shared")


class _Formatter(WithoutValues, JsonFormatter):
    pass


def log_json(level: str) -> None:
    """Write every log record as one JSON line on stderr."""
    formatter = _Formatter(
        ["levelname", "name", "message"],
        rename_fields={"levelname": "level", "name": "logger"},
        timestamp="time",
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    # At DEBUG, boto3 logs what it sends: members' data, and the credentials that sign it.
    logging.basicConfig(level=max(logging.INFO, _number(level)), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)  # Python's own go to stderr as they are
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    # It announces each step of starting and stopping, and each request that is no HTTP: the command
    # itself says what people need, and strangers need not fill the log.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level]


def log_outcome(message: Message, outcome: Outcome) -> None:
    """Log what became of a message; what went well only at DEBUG, since that is nearly all."""
    fields = log_fields(message, outcome)
    if outcome.error is None:
        _log.debug("event", extra=fields)
    else:
        _log.warning("event", extra=fields, exc_info=unexpected(outcome.error))


class Metrics:
    """Counts outcomes, and reads how much waits in the queue when it is asked."""

    def __init__(self, queue: DurableQueue) -> None:
        self._registry = CollectorRegistry()
        self._events = Counter(
            "loyalty_events", "Messages by result", ["result"], registry=self._registry
        )
        for result in Result:
            self._events.labels(result.value)
        self._issued = Counter("loyalty_points_issued", "Points issued", registry=self._registry)
        self._reversed = Counter(
            "loyalty_points_reversed", "Points taken back after refunds", registry=self._registry
        )
        self._lag = Histogram(
            "loyalty_lag_seconds",
            "From the acceptance of an event to its points",
            buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 900),
            registry=self._registry,
        )
        self._gauge("loyalty_queue_messages", "Messages that wait").set_function(queue.depth)
        self._gauge("loyalty_dead_letters", "Dead letters").set_function(queue.dead_letter_count)

    def count(self, _message: Message, outcome: Outcome) -> None:
        """Count an outcome."""
        self._events.labels(outcome.result.value).inc()
        self._issued.inc(outcome.points_issued)
        self._reversed.inc(outcome.points_reversed)
        if outcome.lag_seconds is not None:
            self._lag.observe(outcome.lag_seconds)

    def text(self) -> bytes:
        """Write all metrics in the text format of Prometheus."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, documentation: str) -> Gauge:
        return Gauge(name, documentation, registry=self._registry)
