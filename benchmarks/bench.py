"""Measure everything that is claimed to be fast, each beside what bounds it, in one run.

python benchmarks/bench.py [--rows A,B] [--rounds N] [--quick] [--large] [--into FILE]
python benchmarks/bench.py --docs

Prints one table and writes `benchmarks/results.json`. A quick run is to see whether it works: its
figures mean little, and are kept only where `--into` says. `--docs` measures nothing, and puts what
is in the file into docs/Performance.md. Ends with 1 where a row failed, and not where a figure is
not what it is to be: that is for whoever reads it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))  # the emulator and the HTTP client are the tests'

from aws_cost import cost_markdown
from bench_settings import Bench
from results import RESULTS, Row, keep, written
from results_table import PERFORMANCE, markdown, put_between, show
from rich.console import Console

_WIDTH = 120  # of the table, where the terminal is narrower or none

ROWS = (
    "ingest",
    "post",
    "balance",
    "history",
    "request_units",
    "processor",
    "cold_start",
    "serve_start",
    "many_members",
    "memory",
)


def measure(
    asked: argparse.Namespace, names: Sequence[str], console: Console
) -> tuple[dict[str, Row], dict[str, dict[str, Any]], dict[str, str]]:
    """Measure rows one after the other; an error in one is no reason to leave out the others."""
    rows: dict[str, Row] = {}
    kept: dict[str, dict[str, Any]] = {}
    failed: dict[str, str] = {}

    def tell(what: str) -> None:
        console.print(f"  {what}", highlight=False)

    with TemporaryDirectory(prefix="loyalty-bench-", dir=asked.folder) as folder:
        bench = Bench(Path(folder), asked.rounds, asked.quick, asked.large, tell)
        for name in names:
            console.print(f"[bold]{name}[/]")
            load, started = os.getloadavg()[0], time.monotonic()
            try:
                row: Row = import_module(f"rows.{name}").measure(bench)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - it is told at the end
                traceback.print_exc()
                failed[name] = f"{type(error).__name__}: {error}"
                continue
            seconds = time.monotonic() - started
            rows[name] = row
            kept[name] = written(row, rounds=asked.rounds, seconds=seconds, load_average=load)
            tell(f"{seconds:,.0f} s")
    return rows, kept, failed


def write_docs(content: Mapping[str, Any]) -> None:
    """Put what was found into docs/Performance.md."""
    put_between(PERFORMANCE, "figures", markdown(content))
    put_between(PERFORMANCE, "cost", cost_markdown(content))


def main() -> int:
    """Measure as the command line says; return an exit status."""
    parser = argparse.ArgumentParser(prog="poe bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", default=",".join(ROWS), help=f"which, of {','.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (5)")
    parser.add_argument("--quick", action="store_true", help="little of each; figures mean little")
    parser.add_argument("--large", action="store_true", help="a million members: minutes, 9 GB")
    parser.add_argument("--into", type=Path, help="where the figures go (benchmarks/results.json)")
    parser.add_argument("--folder", type=Path, help="where to work (the system's temporary folder)")
    parser.add_argument("--docs", action="store_true", help="write docs/Performance.md, no more")
    asked = parser.parse_args()
    if asked.docs:
        write_docs(json.loads((asked.into or RESULTS).read_text("utf-8")))
        return 0
    names = asked.rows.split(",")
    if unknown := set(names) - set(ROWS):
        parser.error(f"no such rows: {', '.join(sorted(unknown))}")
    rows, kept, failed = measure(asked, names, Console(stderr=True))
    show(Console(width=max(Console().width, _WIDTH)), rows, failed)
    into = asked.into or (None if asked.quick else RESULTS)
    if into and kept:
        keep(into, kept, ROWS)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
