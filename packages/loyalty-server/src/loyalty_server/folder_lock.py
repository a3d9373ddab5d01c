"""One server a folder: the queue has one worker, and what it says of itself is the whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO

from loyalty_shared.domain.errors import LoyaltyError, StoreUnavailable

FILE_NAME = "server.lock"


class FolderInUse(LoyaltyError):
    """Another server has the folder."""

    code = "folder_in_use"


@contextmanager
def only_server_in(folder: Path) -> Iterator[Callable[[], None]]:
    """Be the only server in a folder until the block ends, or the process, however it does.

    Gives what writes into the lock whose it is, for who is refused later. It is for the moment when
    nothing refuses the folder any more: one that is refused is not touched.

    Raises:
        FolderInUse: when another server is.
        StoreUnavailable: when the folder cannot be made or written in.
    """
    path = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b", buffering=0)
    except OSError as error:
        raise StoreUnavailable(f"{folder}: {error.strerror}") from error
    with file:
        if not is_locked_by_us(file):
            raise FolderInUse(
                f"another server{_named_in(file)} has the folder {folder}; --data takes another one"
            )
        yield partial(_name_us_in, file)


def _name_us_in(file: IO[bytes]) -> None:
    with suppress(OSError):  # it is for people: on a full disk they go without
        file.truncate(0)
        file.write(str(os.getpid()).encode())


def _named_in(file: IO[bytes]) -> str:
    file.seek(0)
    process = file.read(20).decode(errors="replace")
    return f" (process {process})" if process.isdecimal() else ""


if sys.platform == "win32":

    def is_locked_by_us(_file: IO[bytes]) -> bool:
        """Lock an open file until it is closed; False where another process has done so."""
        return True  # without such locks two servers are still correct: each effect happens once

else:
    import fcntl

    def is_locked_by_us(file: IO[bytes]) -> bool:
        """Lock an open file until it is closed; False where another process has done so."""
        try:
            # The file stays when the lock goes: taking it away would let two have one each.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
