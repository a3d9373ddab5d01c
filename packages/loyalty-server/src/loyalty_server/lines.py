"""Lines of a file of events: numbered as an editor does, none larger than an event may be.

They are ingested in batches, which are bounded too, so that no file takes more memory than another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from loyalty_shared.contracts.strict_json import text_of
from loyalty_shared.domain.errors import InvalidInput

LARGEST_LINE_BYTES = 1_000_000  # without its end
LINES_A_BATCH = 1_000
_BATCH_BYTES = 4_000_000  # thousands of common lines; decoded, they take many times as much
_MOST_AT_ONCE = LARGEST_LINE_BYTES + 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: its text, or the beginning of it and why it can't be read."""

    number: int
    text: str
    error: InvalidInput | None = None


@dataclass(slots=True)
class Batch:
    """Lines to be ingested together, and how many bytes of the file they and blank ones took."""

    lines: list[Line] = field(default_factory=list)
    size_bytes: int = 0

    def add(self, size_bytes: int, line: Line | None) -> None:
        """Add a line, None for a blank one."""
        self.size_bytes += size_bytes
        if line is not None:
            self.lines.append(line)

    @property
    def is_full(self) -> bool:
        """Whether it is to be ingested before another line is added."""
        return len(self.lines) >= LINES_A_BATCH or self.size_bytes >= _BATCH_BYTES


def batches_of(lines: Iterable[tuple[int, Line | None]]) -> Iterator[Batch]:
    """Put sized lines into batches, in their order."""
    batch = Batch()
    for size_bytes, line in lines:
        batch.add(size_bytes, line)
        if batch.is_full:
            yield batch
            batch = Batch()
    if batch.size_bytes:
        yield batch


def read_lines(stream: IO[bytes]) -> Iterator[tuple[int, Line | None]]:
    """Read lines with the number of bytes that each took; None for a blank one."""
    number = 0
    while start := stream.readline(_MOST_AT_ONCE):
        number += 1
        size, last = len(start), start
        while last and not last.endswith(b"\n") and size >= _MOST_AT_ONCE:
            last = stream.readline(_MOST_AT_ONCE)
            size += len(last)
        is_whole = size == len(start) and len(start.rstrip(b"\r\n")) <= LARGEST_LINE_BYTES
        yield size, _line(number, start, is_whole=is_whole)


def _line(number: int, content: bytes, *, is_whole: bool) -> Line | None:
    if not content.strip():
        return None
    if not is_whole:
        error = InvalidInput(
            f"a line has at most {LARGEST_LINE_BYTES} bytes", code="body_too_large"
        )
        return Line(number, content[:1_000].decode(errors="replace"), error)
    try:
        return Line(number, text_of(content).strip())
    except InvalidInput as error:
        return Line(number, content.decode(errors="replace").strip(), error)
