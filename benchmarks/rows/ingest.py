"""`loyalty ingest` of a real year beside a bare loop over the same rows."""

from __future__ import annotations

import json
import time

from bench_settings import Bench
from ingesting import LEDGER, entries_in
from measuring import interleaved
from processes import LOYALTY, run_to_its_end
from results import Reach, Row, compared, told
from sqlite_bound import seconds_to_write


def measure(bench: Bench) -> Row:
    """Ingest the year, and write the rows that came of it without the service."""
    with bench.new_folder() as folder:
        ours, source = [LOYALTY, "ingest", str(bench.year), "--data"], folder / "source"
        run_to_its_end([*ours, str(source)])  # not counted: the rows for the bare loop
        events = entries_in(source)

        def ingest() -> tuple[float, float]:
            with bench.new_folder() as data:
                ended = run_to_its_end([*ours, str(data)])
                assert entries_in(data) == events, "each basket is an entry"
                return ended.seconds, ended.cpu_seconds

        def bare() -> tuple[float, float]:
            with bench.new_folder() as data:
                return seconds_to_write(source / LEDGER, data / "bare.db"), 0.0

        def parse() -> tuple[float, float]:
            started = time.perf_counter()
            with bench.year.open("rb") as lines:
                for line in lines:
                    json.loads(line)
            return time.perf_counter() - started, 0.0

        runs = {"ours": ingest, "bare": bare, "parse": parse}
        found = interleaved(bench.rounds, runs, bench.tell)
    # What any program in Python does at the least that reads the file, and is on one core.
    found["parsed"] = [
        (writing + parsing, 0.0)
        for (writing, _), (parsing, _) in zip(found["bare"], found["parse"], strict=True)
    ]
    rates = {name: [events / seconds for seconds, _ in each] for name, each in found.items()}
    cpu_microseconds = [1e6 * cpu / events for _, cpu in found["ours"]]
    return Row(
        "`loyalty ingest` of the real year, durable",
        "the same rows, bare sqlite3 loop, 1,000 a commit",
        (
            compared("throughput", "events/s", rates["ours"], rates["bare"], Reach("≥", 0.5)),
            compared(
                "beside json.loads of each line too", "events/s", rates["ours"], rates["parsed"]
            ),
            told("CPU time, all processes", "µs/event", cpu_microseconds),
        ),
        f"{events:,} baskets with their lines, into an empty folder each round; the command's whole"
        " life is counted. The loop writes rows that are already made, and reading them is not"
        " counted.",
    )
