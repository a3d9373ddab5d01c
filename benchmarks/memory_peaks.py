"""The most memory that a process and those it starts have, looked at while they live.

Not from the kernel's `ru_maxrss`, in which a process begins with what its parent had.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TICK_SECONDS = 0.01
_KIBIBYTES_A_MEBIBYTE = 1_024
_PEAK = "VmHWM:"


class Peaks:
    """The peaks of a process and its descendants, by process."""

    def __init__(self, process_id: int) -> None:
        self._root = process_id
        self._mebibytes: dict[int, float] = {}

    @property
    def mebibytes(self) -> float:
        """What all of them had together, each at its peak."""
        return sum(self._mebibytes.values())

    def look(self) -> None:
        """Look at those that live now."""
        waiting = [self._root]
        while waiting:
            process_id = waiting.pop()
            peak = peak_mebibytes(process_id)
            if peak is not None:
                self._mebibytes[process_id] = peak
                waiting += children_of(process_id)


def peak_mebibytes(process_id: int) -> float | None:
    """Give the peak of one process; None where it is gone, or the system does not tell."""
    try:
        status = Path(f"/proc/{process_id}/status").read_text("utf-8")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith(_PEAK):
            return int(line.removeprefix(_PEAK).split()[0]) / _KIBIBYTES_A_MEBIBYTE
    return None  # it has ended, and nobody has asked yet how


@contextmanager
def watching(process_id: int) -> Iterator[Peaks]:
    """Look at a process again and again until the block ends."""
    peaks = Peaks(process_id)
    ending = threading.Event()

    def watch() -> None:
        while not ending.wait(_TICK_SECONDS):
            peaks.look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        ending.set()
        thread.join()


def children_of(process_id: int) -> list[int]:
    """List the processes that any thread of a process has started; none where it is gone."""
    found: list[int] = []
    # By the thread: Linux lists a child with the one that started it, as long as that lives.
    for each in Path(f"/proc/{process_id}/task").glob("*/children"):
        with suppress(OSError):  # the thread has ended since, or the process has
            found += map(int, each.read_text("utf-8").split())
    return found
