"""Run the real command, `loyalty ingest`, in a process of its own: to its end, or until killed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LEDGER = "ledger.db"
_LOYALTY = Path(sys.executable).with_name("loyalty")
_TICK_SECONDS = 0.005


@dataclass(frozen=True)
class Report:
    """What the command says of a run, and how long its process lived."""

    processed: int
    duplicate: int
    rejected: int
    points_issued: int
    seconds: float


def ingest(events: Path, data: Path, program: Path | None = None) -> Report:
    """Ingest a file of events into the ledger of a folder."""
    started = time.perf_counter()
    with running(events, data, program, stderr=None) as process:
        output, _ = process.communicate()
    seconds = time.perf_counter() - started
    if process.returncode != 0:
        sys.exit(f"loyalty ingest ended with {process.returncode}: {output.decode()}")
    says = json.loads(output)
    return Report(
        says["processed"], says["duplicate"], says["rejected"], says["pointsIssued"], seconds
    )


def settle(data: Path) -> None:
    """Write what time has done in the ledger of a folder, which remembers its program."""
    command = [str(_LOYALTY), "settle", "--data", str(data)]
    subprocess.run(command, env=_without_settings(), check=True, capture_output=True)  # noqa: S603 - as below


def ingest_until_killed(events: Path, data: Path, *, entries: int, then_seconds: float) -> bool:
    """Kill the command -9 a moment after its ledger has so many entries.

    Returns:
        Whether it was killed; False where it came to its end before.
    """
    with tempfile.TemporaryFile() as errors, running(events, data, None, stderr=errors) as process:
        while process.poll() is None and entries_in(data) < entries:
            time.sleep(_TICK_SECONDS)
        time.sleep(then_seconds)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if process.returncode > 0:
            errors.seek(0)
            sys.exit(f"loyalty ingest ended with {process.returncode}: {errors.read().decode()}")
    return process.returncode == -signal.SIGKILL


def entries_in(data: Path) -> int:
    """Count the entries that are durable in a folder's ledger; there may be none yet."""
    try:
        with closing(sqlite3.connect(f"file:{data / LEDGER}?mode=ro", uri=True)) as ledger:
            count: int = ledger.execute("SELECT ifnull(max(id), 0) FROM entry").fetchone()[0]
            return count
    except sqlite3.OperationalError:
        return 0


@contextmanager
def running(
    events: Path, data: Path, program: Path | None, stderr: IO[bytes] | None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command until the block ends; it ends with it, and so does whatever it started."""
    command = [str(_LOYALTY), "ingest", str(events), "--data", str(data), "--json"]
    command += ["--program", str(program)] if program else []
    process = subprocess.Popen(  # noqa: S603 - our own command, and paths that we made
        command,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=_without_settings(),
        start_new_session=True,  # so that whatever it starts is killed with it
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _without_settings() -> dict[str, str]:
    # The ledger and the program of this machine have nothing to do with a benchmark.
    return {name: value for name, value in os.environ.items() if not name.startswith("LOYALTY_")}
