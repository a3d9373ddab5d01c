"""`POST /loyalty/events`, until applied, beside a route that only keeps the body."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from bare_server import bare_server
from bench_settings import Bench
from driving import CONNECTIONS, Driven, Request, drive
from ingesting import entries_in
from measuring import interleaved, percentile
from results import Reach, Row, compared
from tests.server_process import Server

_MEMBERS = 1_000
_TICK_SECONDS = 0.005


def measure(bench: Bench) -> Row:
    """Send single events, and wait until all of them are in the ledger."""
    events = bench.size(6_000, 300)
    numbers = count()
    with bench.new_folder() as folder, bare_server(folder) as bare_url:
        server = Server(folder)
        data = folder / "loyalty-data"

        def ours(events: int) -> Driven:
            before = entries_in(data)
            driven = drive(server.url, _bodies("/loyalty/events", numbers, events), CONNECTIONS)
            _wait_until_applied(data, before + events)
            driven.seconds = time.perf_counter() - driven.started
            return driven

        def bare(events: int) -> Driven:
            return drive(bare_url, _bodies("/events", numbers, events), CONNECTIONS)

        try:
            for run in (ours, bare):
                run(events // 4)  # not counted: what is slow only once
            runs = {"ours": lambda: ours(events), "bare": lambda: bare(events)}
            found = interleaved(bench.rounds, runs, bench.tell)
        finally:
            server.stop(signal.SIGTERM)
    rates = {name: [driven.rate for driven in each] for name, each in found.items()}
    p99 = {
        name: [1e3 * percentile(driven.answers, 0.99) for driven in each]
        for name, each in found.items()
    }
    return Row(
        f"`POST /loyalty/events`, one event each, {CONNECTIONS} connections, until applied",
        "a FastAPI route that inserts the body in a WAL database, committed",
        (
            compared("throughput", "events/s", rates["ours"], rates["bare"], Reach("≥", 0.7)),
            compared("99th percentile of an answer", "ms", p99["ours"], p99["bare"]),
        ),
        f"{events:,} events of {_MEMBERS:,} members a round; ours ends when the last of them is an"
        " entry of the ledger, theirs with the last answer. Both run under uvicorn in a process of"
        " their own, `synchronous=FULL`; who asks is a third process.",
    )


def _bodies(path: str, numbers: Iterator[int], events: int) -> Iterator[Request]:
    for _, number in zip(range(events), numbers, strict=False):
        yield Request(
            "POST",
            path,
            f'{{"userId":"member-{number % _MEMBERS}","orderId":"order-{number}"'
            f',"transactionId":"payment-{number}","totalAmount":19.95,"currency":"EUR"}}',
        )


def _wait_until_applied(data: Path, entries: int) -> None:
    while entries_in(data) < entries:
        time.sleep(_TICK_SECONDS)
