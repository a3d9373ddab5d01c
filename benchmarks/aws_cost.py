"""What a million purchases cost on AWS, line by line, from the request units that were measured.

The prices are on-demand list prices of us-east-1 in US dollars, without free tiers; who quoted them
when stands in docs/Performance.md. What a run takes on Lambda is estimated, as docs/Operations.md
says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from price_rule import Units
from results import read_row

PURCHASE_READ = "read by a purchase at the longest history"
PURCHASE_WRITTEN = "written by a purchase at the longest history"

_EVENT_IN = _EVENT_OUT = 1.00  # a million, of up to 64 KB
_ARCHIVED = 0.10 + 0.023 * 35 / 30  # a GB: put in, and kept for 35 days
_QUEUE_REQUEST = 0.40  # a million
_WRITE_UNIT, _READ_UNIT = 0.625, 0.125  # a million
_RUN = 0.20  # a million
_GIGABYTE_SECOND = 0.0000133334  # on arm64
_LOG = 0.50  # a GB
_GATEWAY_REQUEST = 1.00  # a million


@dataclass(frozen=True)
class CostLine:
    """What a million of something costs of one service."""

    service: str
    units: str
    dollars: float


@dataclass(frozen=True)
class Runs:
    """How a function runs for a million events: millions of runs, their time, memory and log."""

    millions: float
    seconds: float
    memory_gigabytes: float
    log_gigabytes: float

    def dollars(self) -> float:
        """What the runs cost."""
        used = self.millions * 1e6 * self.seconds * self.memory_gigabytes
        return self.millions * _RUN + used * _GIGABYTE_SECOND


# Ten to a batch; each alone. Times are estimated, logs are measured.
_BUSY = (Runs(0.1, 0.120, 0.5, 0.36), Runs(0.1, 0.030, 0.25, 0.39))
_TRICKLE = (Runs(1, 0.035, 0.5, 0.93), Runs(1, 0.020, 0.25, 0.96))


def purchases(units: Units, *, is_busy: bool) -> list[CostLine]:
    """List what a million purchases over the bus cost; busy: ten come in a batch."""
    processor, publisher = _BUSY if is_busy else _TRICKLE
    queue_requests = 1 + 2 * processor.millions
    return [
        CostLine("EventBridge, events in", "1 M events", _EVENT_IN),
        CostLine("EventBridge, their archive", "0.6 GB", 0.6 * _ARCHIVED),
        CostLine(
            "SQS: sent, received, deleted",
            f"{queue_requests:.1f} M requests",
            queue_requests * _QUEUE_REQUEST,
        ),
        CostLine("DynamoDB, written", f"{units.written:g} M units", units.written * _WRITE_UNIT),
        CostLine("DynamoDB, read", f"{units.read:g} M units", units.read * _READ_UNIT),
        *_function("`loyalty-event-processor`", processor),
        CostLine("DynamoDB, the stream, read by Lambda", "", 0),
        *_function("`loyalty-publisher`", publisher),
        CostLine("EventBridge, events out", "1 M events", _EVENT_OUT),
    ]


def over_http(is_busy_with: float) -> list[CostLine]:
    """List what comes instead of the bus where a million events are posted, so many at a time."""
    requests = 1 / is_busy_with
    return [
        CostLine("API Gateway", f"{requests:g} M requests", requests * _GATEWAY_REQUEST),
        CostLine("SQS, sent", f"{requests:g} M requests", requests * _QUEUE_REQUEST),
        *_function("`loyalty-api`", Runs(requests, 0.020, 1, 0.7 * requests)),
    ]


def balances(read_units: float) -> list[CostLine]:
    """List what a million balances cost."""
    return [
        CostLine("API Gateway", "1 M requests", _GATEWAY_REQUEST),
        *_function("`loyalty-api`", Runs(1, 0.010, 1, 0.7)),
        CostLine("DynamoDB, read", f"{read_units:g} M units", read_units * _READ_UNIT),
    ]


def cost_markdown(content: Mapping[str, Any]) -> str:
    """Write the tables of costs for a document, from the units in results.

    Raises:
        ValueError: when the units are not among the results.
    """
    found = content["rows"].get("request_units")
    if found is None:
        raise ValueError("the request units were not measured: poe bench --rows request_units")
    values = {line.name: line.value for line in read_row(found).lines}
    units = Units(values[PURCHASE_READ], values[PURCHASE_WRITTEN])
    return "\n".join(
        [
            "| a million purchases over the bus | busy | trickle |",
            "|---|---:|---:|",
            *_rows(purchases(units, is_busy=True), purchases(units, is_busy=False)),
            "",
            "| a million events over HTTP, instead of the bus | one each | ten each |",
            "|---|---:|---:|",
            *_rows(over_http(1), over_http(10)),
            "",
            "| a million balances | |",
            "|---|---:|",
            *_rows(balances(0.5)),
            "",
        ]
    )


def _function(name: str, runs: Runs) -> list[CostLine]:
    milliseconds = 1_000 * runs.seconds
    memory = f"{1_024 * runs.memory_gigabytes:g} MB"
    return [
        CostLine(
            f"Lambda {name}",
            f"{runs.millions:g} M runs of {milliseconds:g} ms, {memory}",
            runs.dollars(),
        ),
        CostLine(
            f"CloudWatch, log of {name}",
            f"{runs.log_gigabytes:g} GB",
            runs.log_gigabytes * _LOG,
        ),
    ]


def _rows(*columns: Sequence[CostLine]) -> list[str]:
    rows = [
        f"| {lines[0].service} | " + " | ".join(map(_cell, lines)) + " |"
        for lines in zip(*columns, strict=True)
    ]
    sums = (f"**{sum(line.dollars for line in column):.2f}**" for column in columns)
    return [*rows, "| **together** | " + " | ".join(sums) + " |"]


def _cell(line: CostLine) -> str:
    return f"{line.units}: {line.dollars:.2f}" if line.units else "free"
