"""A part of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """Some items; `next_cursor` asks for the page after, None on the last one."""

    items: tuple[T, ...]
    next_cursor: str | None = None
