"""The figures as tables: on a terminal, and in docs/Performance.md between its markers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from results import Line, Row, read_row
from rich.console import Console
from rich.table import Table

PERFORMANCE = Path(__file__).parents[1] / "docs" / "Performance.md"

_FINE, _COARSE = 10, 1_000


def show(console: Console, rows: Mapping[str, Row], failed: Mapping[str, str]) -> None:
    """Print a table of all rows, and why some are not there."""
    table = Table("", "figure", "beside", "ratio", "reach", "", box=None, pad_edge=False)
    for column in table.columns[1:5]:
        column.justify = "right"
        column.no_wrap = True
    for name, row in rows.items():
        table.add_row(f"[bold]{name}[/]: {row.what}, beside {row.against}")
        for line in row.lines:
            value, ratio, reach = _cells(line)
            table.add_row(f"  {line.name}", value, _bound(line), ratio, reach, _verdict(line))
        table.add_row()
    console.print(table)
    for name, reason in failed.items():
        console.print(f"[red]{name}[/]: {reason}", highlight=False)


def markdown(content: Mapping[str, Any]) -> str:
    """Write the same for a document: what was measured where, and the table."""
    machine = content["machine"]
    packages = ", ".join(f"{name} {found}" for name, found in machine["packages"].items())
    where = (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gibibytes']} GiB,"
        f" {machine['system']}; Python {machine['python']}, SQLite {machine['sqlite']},"
    )
    lines = [
        f"{where} {packages}.",
        "",
        "| | figure | beside | ratio (least to most) | reach | |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for name, found in content["rows"].items():
        row = read_row(found)
        rounds = "1 round" if found["rounds"] == 1 else f"{found['rounds']} rounds"
        taken = f"{found['measuredAt'][:10]}, {rounds}"
        lines.append(f"| **`{name}`: {row.what}** | | {row.against} | | | {taken} |")
        lines += [_markdown_line(line) for line in row.lines]
    return "\n".join(lines) + "\n"


def put_between(path: Path, name: str, text: str) -> None:
    """Put text into a document between its markers of a name, in place of what stands there.

    Raises:
        ValueError: when it does not have them.
    """
    marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    before = path.read_text("utf-8")
    if not marked.search(before):
        raise ValueError(f"{path} has no place for {name}")
    path.write_text(marked.sub(lambda found: f"{found[1]}{text}{found[2]}", before), "utf-8")


def shown(value: float) -> str:
    """Write a figure with as many digits as say something."""
    if value >= _COARSE or value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.1f}" if value >= _FINE else f"{value:,.2f}"


def _cells(line: Line) -> tuple[str, str, str]:
    ratio = f"{line.ratio:.2f}" if line.ratio is not None else ""
    return f"{shown(line.value)} {line.unit}", ratio, _reach(line)


def _bound(line: Line) -> str:
    return f"{shown(line.bound)} {line.unit}" if line.bound is not None else ""


def _reach(line: Line) -> str:
    if line.reach is None:
        return ""
    unit = f" {line.unit}" if line.reach.of == "value" else ""
    return f"{line.reach.sign} {line.reach.limit:g}{unit}"


def _verdict(line: Line) -> str:
    return {None: "", True: "[green]reached[/]", False: "[red]not reached[/]"}[line.reached]


def _markdown_line(line: Line) -> str:
    value, ratio, reach = _cells(line)
    if line.spread:
        ratio += " ({:.2f} to {:.2f})".format(*line.spread)
    verdict = {None: "", True: "reached", False: "**not reached**"}[line.reached]
    return f"| {line.name} | {value} | {_bound(line)} | {ratio} | {reach} | {verdict} |"
