"""The command `ingest`: a file in, a summary out, what was rejected beside the input."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from loyalty_event_processor.outcomes import Result
from loyalty_server.composition import make_ingestion
from loyalty_server.ingest_processes import ingest_in_processes, processes_for
from loyalty_server.ingestion import Tally, ingest_alone
from loyalty_server.lines import read_lines
from loyalty_server.settings import ServerSettings
from loyalty_server.showing import progress, show_pairs
from loyalty_shared import system
from loyalty_shared.domain.errors import InvalidInput

_STDIN = Path("-")


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a file, how long it took, and where the rejected lines are."""

    tally: Tally
    seconds: float
    rejected_file: Path | None


class _RejectedFile:
    """The file of rejected lines, in place of that of an earlier run; an empty one does not stay.

    Raises:
        InvalidInput: with code `unreadable_file`, when it cannot be written or is the input.
    """

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self.path = path
        self.is_empty = True
        with self._as_input_errors():
            if path.exists() and os.path.samestat(path.stat(), os.fstat(stream.fileno())):
                raise InvalidInput(
                    f"{path}: the rejected lines cannot go into the file that is read",
                    code="unreadable_file",
                )
            # Before a line is read: where they cannot go anywhere, none is to be rejected.
            self._file = path.open("w", encoding="utf-8")

    def write(self, line: str) -> None:
        self.is_empty = False
        with self._as_input_errors():
            self._file.write(line)

    def close(self) -> None:
        with self._as_input_errors():
            self._file.close()
            if self.is_empty and self.path.is_file():  # and not /dev/null
                self.path.unlink()

    @contextmanager
    def _as_input_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InvalidInput(
                f"{self.path}: {error.strerror}; --rejected names another file for rejected lines",
                code="unreadable_file",
            ) from error


def ingest_file(
    settings: ServerSettings, path: Path, rejected_path: Path | None, processes: int | None
) -> Summary:
    """Ingest a file, or standard input for `-`, by one process or several (None: what is best).

    Raises:
        InvalidInput: when the file cannot be read, the rejected lines cannot be written, or the
            program file is not valid.
        StoreUnavailable: when the store cannot be opened, or stayed away.
    """
    started = time.monotonic()
    total = Tally()
    with ExitStack() as stack:
        stream, size = stack.enter_context(_opened(path))
        now = system.now()
        ingestion = make_ingestion(settings, now, stack)
        rejected = _RejectedFile(rejected_path or _beside(path), stream)
        stack.callback(rejected.close)
        advance = stack.enter_context(progress("ingest", size))
        count = processes or processes_for(settings, size)
        lines = read_lines(stream)
        batches = (
            ingest_in_processes(lines, settings, now, count)
            if count > 1
            else ingest_alone(lines, ingestion)
        )
        # Closed before the rest is, whatever happens: no process goes on behind our back.
        for size_bytes, tally in stack.enter_context(closing(batches)):
            total.add(tally)
            for line in tally.rejected:
                rejected.write(line)
            advance(size_bytes)
    return Summary(total, time.monotonic() - started, None if rejected.is_empty else rejected.path)


def show_summary(summary: Summary, *, as_json: bool) -> None:
    """Print a summary."""
    tally, results = summary.tally, summary.tally.results
    rejected_file = str(summary.rejected_file) if summary.rejected_file else None
    counts = {result.value: results[result] for result in Result if result is not Result.RETRY}
    if as_json:
        body = {
            **counts,
            "pointsIssued": tally.points_issued,
            "pointsReversed": tally.points_reversed,
            "seconds": round(summary.seconds, 3),
            "rejectedFile": rejected_file,
        }
        sys.stdout.write(json.dumps(body) + "\n")
        return
    pairs = [(name, f"{count:,}") for name, count in counts.items()]
    pairs += [
        ("points issued", f"{tally.points_issued:,}"),
        ("points reversed", f"{tally.points_reversed:,}"),
        ("seconds", f"{summary.seconds:,.1f}"),
    ]
    show_pairs(pairs)
    if rejected_file:
        sys.stdout.write(f"The rejected lines and the reasons are in {rejected_file}\n")


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], int | None]]:
    if path == _STDIN:
        yield sys.stdin.buffer, None
        return
    try:
        stream = path.open("rb")
        size = path.stat().st_size
    except OSError as error:
        raise InvalidInput(f"{path}: {error.strerror}", code="unreadable_file") from error
    with stream:
        yield stream, size


def _beside(path: Path) -> Path:
    return Path("stdin.rejected.jsonl") if path == _STDIN else Path(f"{path}.rejected.jsonl")
