"""What every row of the benchmark is given: where to work, how much, and whom to tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from complete_journey import Year
from order_events import write_events

_QUICK_HOUSEHOLDS = 60

Size = TypeVar("Size")


@dataclass(frozen=True)
class Bench:
    """A run of the benchmark; `tell` says what it is at."""

    folder: Path
    rounds: int
    is_quick: bool
    is_large: bool
    tell: Callable[[str], None]

    def size(self, full: Size, quick: Size) -> Size:
        """Give how much of something to take."""
        return quick if self.is_quick else full

    @cached_property
    def year(self) -> Path:
        """A file with the real year of shopping, a line an event; of a quick run a part of it."""
        return self._written("year.jsonl", _QUICK_HOUSEHOLDS if self.is_quick else None)

    @cached_property
    def tenth_of_year(self) -> Path:
        """The same of a tenth of the households."""
        return self._written("tenth.jsonl", _QUICK_HOUSEHOLDS // 10 if self.is_quick else 247)

    @contextmanager
    def new_folder(self) -> Iterator[Path]:
        """Make a folder that is gone when the block ends."""
        with TemporaryDirectory(dir=self.folder) as name:
            yield Path(name)

    def _written(self, name: str, households: int | None) -> Path:
        self.tell("writing the events of the real year")
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="\n") as file:
            write_events(Year(households), file)
        return path
