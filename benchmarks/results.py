"""What a benchmark found: lines of a table, and the machine that they were found on."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from measuring import holds, median, median_ratio, spread

RESULTS = Path(__file__).with_name("results.json")

_PACKAGES = ("fastapi", "uvicorn", "starlette", "pydantic", "boto3", "ministack", "mangum")


@dataclass(frozen=True)
class Reach:
    """What a line is to come to, in its ratio or in its value."""

    sign: Literal["≥", "≤"]
    limit: float
    of: Literal["ratio", "value"] = "ratio"


FLAT = Reach("≤", 1.05)
"""No more than 5 % above what it is measured against."""


@dataclass(frozen=True)
class Line:
    """One figure: what, of what unit, beside what `bound`, and what it is to reach, if anything."""

    name: str
    unit: str
    value: float
    bound: float | None = None
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    reach: Reach | None = None

    @property
    def reached(self) -> bool | None:
        """Say whether it is where it is to be; None where it is only told."""
        if self.reach is None:
            return None
        value = self.ratio if self.reach.of == "ratio" else self.value
        return value is not None and holds(value, self.reach.sign, self.reach.limit)


@dataclass(frozen=True)
class Row:
    """A row of the table: its lines, what they are measured against, and how."""

    what: str
    against: str
    lines: tuple[Line, ...]
    how: str


@dataclass(frozen=True)
class Machine:
    """Where figures were found, and with what."""

    system: str
    processor: str
    cores: int
    memory_gibibytes: float
    python: str
    sqlite: str
    packages: Mapping[str, str] = field(default_factory=dict)


def compared(
    name: str,
    unit: str,
    ours: Sequence[float],
    bound: Sequence[float],
    reach: Reach | None = None,
) -> Line:
    """Put figures of the same rounds beside each other: medians, and the median of the ratios."""
    return Line(
        name,
        unit,
        median(ours),
        median(bound),
        median_ratio(ours, bound),
        spread(ours, bound),
        reach,
    )


def told(name: str, unit: str, figures: Sequence[float], reach: Reach | None = None) -> Line:
    """Tell the median of figures that are beside nothing."""
    return Line(name, unit, median(figures), reach=reach)


def this_machine() -> Machine:
    """Describe the machine that this runs on."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(
        f"{platform.system()} {platform.release()}",
        _processor(),
        os.cpu_count() or 1,
        round(pages / 2**30, 1),
        platform.python_version(),
        sqlite3.sqlite_version,
        {name: found for name in _PACKAGES if (found := _version(name))},
    )


def written(row: Row, *, rounds: int, seconds: float, load_average: float) -> dict[str, Any]:
    """Write a row for the file: with when it was found, and what else the machine had to do."""
    lines = [{**asdict(line), "reached": line.reached} for line in row.lines]
    return {
        **asdict(row),
        "lines": lines,
        "measuredAt": datetime.now(UTC).isoformat(timespec="seconds"),
        "rounds": rounds,
        "seconds": round(seconds, 1),
        "loadAverageBefore": round(load_average, 2),
    }


def read_row(found: Mapping[str, Any]) -> Row:
    """Read a row from the file."""
    return Row(
        found["what"],
        found["against"],
        tuple(_line(each) for each in found["lines"]),
        found["how"],
    )


def keep(path: Path, rows: Mapping[str, Mapping[str, Any]], order: Sequence[str]) -> None:
    """Write rows to the file; those of before stay where they are of the same machine."""
    machine = asdict(this_machine())
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    kept = before.get("rows", {}) if before.get("machine") == machine else {}
    together = kept | dict(rows)
    content = {
        "machine": machine,
        "rows": {name: together[name] for name in order if name in together},
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _line(found: Mapping[str, Any]) -> Line:
    parts = {name: value for name, value in found.items() if name != "reached"}
    reach, ratios = parts.pop("reach"), parts.pop("spread")
    return Line(
        **parts,
        spread=tuple(ratios) if ratios else None,
        reach=Reach(**reach) if reach else None,
    )


def _processor() -> str:
    names = Path("/proc/cpuinfo")
    if names.exists():
        for line in names.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
