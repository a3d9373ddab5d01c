"""The command `backup`: the data folder as one file, copied while a server works on it.

The file is a tar: the queue, the ledger and the remembered program as they are in the folder, and
last a list of them with their hashes, so that a file that was cut off shows. The queue is copied
first: a message leaves it once its effect is in the ledger, so what is not in its copy any more is
in that of the ledger. What is in both is processed again after a restore, which changes nothing.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import sqlite3
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from loyalty_server import program_in_use, queue
from loyalty_server.composition import require_ledger
from loyalty_server.scratch_folder import scratch_folder
from loyalty_server.settings import ServerSettings
from loyalty_server.showing import progress, show_pairs
from loyalty_shared import system
from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.storage.sqlite.connections import as_store_errors, connect_to_read, unchanged
from loyalty_shared.storage.sqlite.examining import examine
from loyalty_shared.storage.sqlite.store import FILE_NAME as LEDGER

FORMAT = 1  # raised when an older program could no longer restore it
CONTENTS = "contents.json"
DATABASES = (queue.FILE_NAME, LEDGER)  # in this order: see above
PROGRAM = program_in_use.FILE_NAME

_PAGES_A_STEP = 4_096
_NO_ROOM = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE})


@dataclass(frozen=True, slots=True)
class Saved:
    """The files of a backup, with their sizes in bytes."""

    sizes: dict[str, int]


def back_up(settings: ServerSettings, path: Path) -> Saved:
    """Write a backup, which is there once all of it is written, and durable.

    Raises:
        InvalidInput: with code `invalid_setting`, when the ledger is in no folder; with code
            `unreadable_file`, when the file is there already or cannot be written.
        LedgerNotFound: when there is no ledger.
        StoreUnavailable: when the ledger or the queue cannot be read.
        CommitsLost: when commits are gone from one of them, or it is gone itself.
        LedgerDamaged: when one of them is no database any more.
    """
    folder = folder_of(settings, "backup")
    for name in DATABASES:  # what has lost something must not pass for a backup of all of it
        examine(folder / name)
    require_ledger(settings)
    if path.exists():
        raise unusable(path, "it is there already; a backup takes the place of nothing")
    beside = path.resolve().parent
    try:
        with scratch_folder(beside, ".loyalty-backup-") as place:
            partial = place / path.name
            with partial.open("wb") as file:
                sizes = _write(folder, file, place)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(path)
        sync_folder(beside)
    except OSError as error:
        raise unusable(path, str(error.strerror)) from error
    return Saved(sizes)


def show_saved(saved: Saved, *, as_json: bool) -> None:
    """Print which files were copied, and their sizes."""
    if as_json:
        sys.stdout.write(json.dumps({"files": saved.sizes}) + "\n")
    else:
        show_pairs([(name, f"{size:,} bytes") for name, size in saved.sizes.items()])


def folder_of(settings: ServerSettings, what: str) -> Path:
    """Give the folder of the ledger.

    Raises:
        InvalidInput: with code `invalid_setting`, when the ledger is in none.
    """
    folder = settings.ledger_folder
    if folder is None:
        raise InvalidInput(
            f"{what} is for a data folder, and LOYALTY_STORE is {settings.store_name}: DynamoDB has"
            ' point-in-time recovery ("Restore the table" in docs/Operations.md)',
            code="invalid_setting",
        )
    return folder


def unusable(path: Path, reason: str) -> InvalidInput:
    """Say why a file cannot be used."""
    return InvalidInput(f"{path}: {reason}", code="unreadable_file")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where a folder can be asked to."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write(folder: Path, file: IO[bytes], place: Path) -> dict[str, int]:
    contents: dict[str, dict[str, object]] = {}
    total = sum((folder / name).stat().st_size for name in DATABASES if (folder / name).exists())
    with (
        tarfile.open(fileobj=file, mode="w") as archive,
        progress("backup", total) as advance,
    ):
        for name in DATABASES:
            if (folder / name).exists():  # who only ingests files has no queue
                copy = place / f"{name}.copy"
                _copy(folder / name, copy, advance)
                contents[name] = _add(archive, name, copy)
                copy.unlink()
        if (folder / PROGRAM).exists():
            contents[PROGRAM] = _add(archive, PROGRAM, folder / PROGRAM)
        whole = json.dumps({"format": FORMAT, "files": contents}).encode()
        _add_stream(archive, CONTENTS, len(whole), io.BytesIO(whole))
    return {name: int(str(about["size"])) for name, about in contents.items()}


def _copy(source: Path, target: Path, advance: Callable[[int], None]) -> None:
    done = 0

    def tell(_status: int, remaining: int, total: int) -> None:
        nonlocal done
        advance((total - remaining - done) * page_size)
        done = total - remaining

    with (
        as_store_errors(source),
        unchanged(source),
        closing(connect_to_read(source)) as reader,
        closing(sqlite3.connect(target)) as writer,
    ):
        [(page_size,)] = reader.execute("PRAGMA page_size").fetchall()
        # Held open, it is the moment that is copied: else each write of others begins it anew.
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchall()
        try:
            reader.backup(writer, pages=_PAGES_A_STEP, progress=tell)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode in _NO_ROOM:  # for the copy: the source is only read
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            raise


def _add(archive: tarfile.TarFile, name: str, path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        return _add_stream(archive, name, os.fstat(file.fileno()).st_size, file)


def _add_stream(
    archive: tarfile.TarFile, name: str, size: int, stream: IO[bytes]
) -> dict[str, object]:
    about = tarfile.TarInfo(name)
    about.size, about.mtime, about.mode = size, int(system.now().timestamp()), 0o600
    hashed = HashedStream(stream)
    archive.addfile(about, hashed)
    return {"size": size, "sha256": hashed.digest()}


class HashedStream(io.RawIOBase):
    """Hashes what is read from a stream in passing."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        some = self._stream.read(size)
        self._hash.update(some)
        return some

    def digest(self) -> str:
        """Give the SHA-256 of what was read, in hexadecimal."""
        return self._hash.hexdigest()
