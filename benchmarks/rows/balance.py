"""`GET /loyalty/points/{userId}` beside full ingestion, and a route that answers a constant."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from pathlib import Path

from bare_server import bare_server
from bench_settings import Bench
from beside_ingestion import ingesting, write_copies
from driving import CONNECTIONS, Driven, Request, drive
from measuring import interleaved, percentile
from processes import LOYALTY, run_to_its_end
from results import Line, Reach, Row, compared
from tests.server_process import Server

_MOST_EVENTS_A_SECOND = 25_000  # more than any machine ingests beside this


def measure(bench: Bench) -> Row:
    """Ask for balances alone and beside `loyalty ingest` on the same folder."""
    seconds = bench.size(4.0, 1.0)
    with bench.new_folder() as folder, bare_server(folder) as bare_url:
        data, more = folder / "loyalty-data", folder / "more.jsonl"
        run_to_its_end([LOYALTY, "ingest", str(bench.tenth_of_year), "--data", str(data)])
        needed = int(_MOST_EVENTS_A_SECOND * seconds * (2 * bench.rounds + 4))
        write_copies(bench.tenth_of_year, more, -(-needed // _lines(bench.tenth_of_year)))
        server = Server(folder)
        members = _members(bench.tenth_of_year)
        runs: dict[str, Callable[[], Driven]] = {
            "ours": lambda: drive(
                server.url, _asked("/loyalty/points", members), CONNECTIONS, seconds
            ),
            "bare": lambda: drive(bare_url, _asked("/constant", members), CONNECTIONS, seconds),
        }
        try:
            alone = interleaved(bench.rounds, runs, bench.tell)
            with ingesting(more, data):
                _ = [run() for run in runs.values()]  # not counted: until it is at full speed
                beside = interleaved(bench.rounds, runs, bench.tell)
        finally:
            server.stop(signal.SIGTERM)
    return Row(
        f"`GET /loyalty/points/{{userId}}`, {CONNECTIONS} connections",
        "a FastAPI route returning a constant, beside the same ingestion",
        (
            *_lines_of("beside `loyalty ingest`", beside, Reach("≥", 0.7), 50),
            *_lines_of("alone", alone, None, None),
        ),
        f"windows of {seconds:g} s, in turn, while `loyalty ingest` works on the folder that is"
        " served, with a process for each core; both routes have it beside them.",
    )


def _lines_of(
    name: str,
    found: dict[str, list[Driven]],
    reach: Reach | None,
    longest_milliseconds: float | None,
) -> tuple[Line, Line]:
    rates = {key: [driven.rate for driven in each] for key, each in found.items()}
    p99 = {
        key: [1e3 * percentile(driven.answers, 0.99) for driven in each]
        for key, each in found.items()
    }
    slowest = Reach("≤", longest_milliseconds, "value") if longest_milliseconds else None
    return (
        compared(name, "requests/s", rates["ours"], rates["bare"], reach),
        compared(f"{name}, 99th percentile", "ms", p99["ours"], p99["bare"], slowest),
    )


def _asked(path: str, members: Sequence[str]) -> Iterator[Request]:
    return (Request("GET", f"{path}/{member}") for member in cycle(members))


def _members(events: Path) -> list[str]:
    with events.open(encoding="utf-8") as lines:
        return sorted({str(json.loads(line)["userId"]) for line in lines})


def _lines(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(1 for _ in lines)
