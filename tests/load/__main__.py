"""`poe load`: find the rate that holds, and show what it does to the server."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.load.load import Loaded, load


def main() -> None:
    """Run, print, and end with status 1 where something does not hold."""
    words = argparse.ArgumentParser(prog="poe load", description=__doc__)
    words.add_argument("--seconds", type=float, default=60)
    words.add_argument("--connections", type=int, default=32)
    words.add_argument("--json", action="store_true", help="for machines")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        loaded = load(Path(folder), asked.seconds, asked.connections)
    figures = _figures(loaded, asked.connections)
    if asked.json:
        print(json.dumps(figures))  # noqa: T201 - what it is for
    else:
        _show(figures)
    sys.exit(0 if figures["holds"] else 1)


def _figures(loaded: Loaded, connections: int) -> dict[str, object]:
    latencies = {
        kind: {
            "requests": len(seconds),
            "p50Milliseconds": _percentile(seconds, 0.5),
            "p99Milliseconds": _percentile(seconds, 0.99),
        }
        for kind, seconds in sorted(loaded.seen.seconds.items())
    }
    return {
        "seconds": round(loaded.seconds, 1),
        "connections": connections,
        "requestsPerSecond": round(loaded.requests / loaded.seconds),
        "latencies": latencies,
        "residentMebibytes": {
            "start": round(loaded.samples[0].resident_mebibytes),
            "middle": round(loaded.resident_at(0.5)),
            "end": round(loaded.resident_at(1.0)),
        },
        "mostWaiting": max(each.waiting for each in loaded.samples),
        "waitingAtEnd": loaded.samples[-1].waiting,
        "drainSeconds": round(loaded.drain_seconds, 2),
        "members": loaded.members,
        "differing": loaded.differing,
        "wrongAnswers": dict(loaded.seen.wrong),
        "verified": loaded.is_whole,
        "logged": loaded.logged.splitlines(),
        "holds": loaded.is_whole and not (loaded.differing or loaded.seen.wrong or loaded.logged),
    }


def _percentile(seconds: list[float], part: float) -> float:
    return round(sorted(seconds)[int(part * (len(seconds) - 1))] * 1_000, 1)


def _show(figures: dict[str, object]) -> None:
    console = Console()
    latencies = figures.pop("latencies")
    assert isinstance(latencies, dict)
    table = Table("", "requests", "p50 ms", "p99 ms", box=None, pad_edge=False)
    for kind, row in latencies.items():
        table.add_row(kind, *(f"{value:,}" for value in row.values()))
    for name, value in figures.items():
        console.print(f"{name:20} {value}", highlight=False)
    console.print(table)


if __name__ == "__main__":
    main()
