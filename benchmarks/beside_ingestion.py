"""`loyalty ingest` that goes on beside what is measured."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingesting import entries_in, running

_ORDER = b'"orderId":"'
_TICK_SECONDS = 0.02


def write_copies(events: Path, copy: Path, copies: int) -> None:
    """Write a file of events so many times into another one, each time with orders of its own."""
    text = events.read_bytes()
    with copy.open("wb") as file:
        for number in range(copies):
            file.write(text.replace(_ORDER, b"%s%d-" % (_ORDER, number)))


@contextmanager
def ingesting(events: Path, data: Path) -> Iterator[None]:
    """Ingest a file into a folder, beside the block; what is left at its end is left out.

    Raises:
        RuntimeError: when the file ends before the block, which was then not beside all the time.
    """
    before = entries_in(data)
    with running(events, data, None, stderr=None) as process:
        while entries_in(data) == before and process.poll() is None:
            time.sleep(_TICK_SECONDS)
        yield
        if process.poll() is not None:
            raise RuntimeError(f"the ingestion ended early, with {process.returncode}")
