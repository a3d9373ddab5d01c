"""A SQLite file that is shorter than it says: cut off, or its log was just being folded into it.

SQLite opens both alike, and meets what is missing when somebody asks for it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from loyalty_shared.storage.sqlite.damage import WHAT_NEXT, FileCutOff

_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\0"
_PAGE_SIZE = slice(16, 18)
_PAGE_COUNT = slice(28, 32)
_ONE = 1  # by which a page size of 65,536 is written


def is_short(path: Path) -> bool:
    """Say whether a file has fewer bytes than its first page says."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
        size = path.stat().st_size
    except OSError:
        return False  # which shows when it is opened
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        return False  # as above
    page_size = int.from_bytes(header[_PAGE_SIZE], "big")
    page_size = 65_536 if page_size == _ONE else page_size
    return size < page_size * int.from_bytes(header[_PAGE_COUNT], "big")


def require_every_page(connection: sqlite3.Connection, path: Path) -> None:
    """See to it that what a file does not have is in its log; that takes a look at all of it.

    Raises:
        FileCutOff: when it is not.
    """
    [(found,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    if found != "ok":
        raise FileCutOff(f"{path}: the file is cut off; {WHAT_NEXT}")
