"""`loyalty serve` until its first answer, beside the imports that it stands on."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from bench_settings import Bench
from driving import Request, drive
from measuring import interleaved
from processes import LOYALTY, clean_environment, run_to_its_end
from results import Reach, Row, compared

_BARE = [sys.executable, "-c", "import fastapi, uvicorn"]


def measure(bench: Bench) -> Row:
    """Start it on an empty folder, and on one that it has served before."""
    with bench.new_folder() as known:

        def serve_anew() -> float:
            with bench.new_folder() as data:
                return _seconds_to_answer(str(data))

        runs: dict[str, Callable[[], float]] = {
            "new": serve_anew,
            "known": lambda: _seconds_to_answer(str(known)),
            "bare": lambda: run_to_its_end(_BARE).seconds,
        }
        for run in runs.values():
            run()  # not counted: files come from the disk
        found = interleaved(bench.rounds * 2, runs, bench.tell)
    reach = Reach("≤", 1.5)
    figures = {name: [1e3 * seconds for seconds in each] for name, each in found.items()}
    return Row(
        "start of `loyalty serve` to its first answer",
        '`python -c "import fastapi, uvicorn"`',
        (
            compared("on a new folder", "ms", figures["new"], figures["bare"], reach),
            compared("on a folder in use", "ms", figures["known"], figures["bare"], reach),
        ),
        "From the start of the process to the answer of `GET /loyalty/points/ann`; theirs to the"
        " end of the process.",
    )


def _seconds_to_answer(data: str) -> float:
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [LOYALTY, "serve", "--port", "0", "--data", data],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        greeting = process.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", greeting)
        assert url, greeting
        drive(url[0], iter([Request("GET", "/loyalty/points/ann")]), 1)
        return time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()
