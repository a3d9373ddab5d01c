"""A folder for what is not finished yet; what a killed process left of its own is taken away."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loyalty_server.folder_lock import is_locked_by_us

_LOCK = "in-use"


@contextmanager
def scratch_folder(beside: Path, prefix: str) -> Iterator[Path]:
    """Make a folder in another, until the block ends, and remove those that nobody uses any more.

    Raises:
        OSError: when it cannot be made.
    """
    remove_abandoned(beside, prefix)
    with (
        tempfile.TemporaryDirectory(dir=beside, prefix=prefix) as place,
        (Path(place) / _LOCK).open("xb") as lock,
    ):
        is_locked_by_us(lock)
        yield Path(place)


def remove_abandoned(beside: Path, prefix: str) -> None:
    """Remove the scratch folders in another that nobody uses any more."""
    for each in beside.glob(f"{prefix}*"):
        _remove_if_abandoned(each)


def _remove_if_abandoned(folder: Path) -> None:
    if sys.platform == "win32":
        return  # nobody can tell who uses it
    try:
        lock = (folder / _LOCK).open("rb")
    except OSError:
        return  # it is just being made, or it is not ours
    with lock:
        if is_locked_by_us(lock):
            shutil.rmtree(folder, ignore_errors=True)
