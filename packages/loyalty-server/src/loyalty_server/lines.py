"""Lines of a file of events: numbered as an editor does, none larger than an event may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from loyalty_shared.contracts.strict_json import text_of
from loyalty_shared.domain.errors import InvalidInput

LARGEST_LINE_BYTES = 1_000_000  # without its end
_MOST_AT_ONCE = LARGEST_LINE_BYTES + 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: its text, or the beginning of it and why it can't be read."""

    number: int
    text: str
    error: InvalidInput | None = None


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
