"""The command `restore`: a data folder from a backup."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loyalty_server.backup import (
    CONTENTS,
    DATABASES,
    FORMAT,
    PROGRAM,
    HashedStream,
    Saved,
    folder_of,
    sync_folder,
    unusable,
)
from loyalty_server.folder_lock import only_server_in
from loyalty_server.scratch_folder import scratch_folder
from loyalty_server.settings import ServerSettings
from loyalty_server.showing import progress
from loyalty_server.unfinished_restore import PREFIX, is_unfinished
from loyalty_shared.domain.errors import InvalidInput, StoreUnavailable

_BYTES_A_READ = 1024 * 1024


def restore(settings: ServerSettings, path: Path) -> Saved:
    """Put the files of a backup into a folder that has none of them, whole and durable.

    What a restore left there that was killed does not count, and is taken away.

    Raises:
        InvalidInput: with code `invalid_setting`, when the ledger is in no folder, or something is
            in it already; with code `unreadable_file`, when the file cannot be read; with code
            `invalid_archive`, when it is no whole backup.
        FolderInUse: when a server has the folder.
        StoreUnavailable: when the folder cannot be written.
    """
    folder = folder_of(settings, "restore")
    with only_server_in(folder) as name_us:
        _require_empty(folder)
        name_us()
        try:
            file = path.open("rb")
        except OSError as error:
            raise unusable(path, str(error.strerror)) from error
        with file, progress("restore", path.stat().st_size) as advance:
            try:
                with scratch_folder(folder, PREFIX) as place:
                    with tarfile.open(fileobj=file, mode="r:") as archive:
                        found = _taken_out(archive, place, advance)
                    sizes = _checked(path, found)
                    # The ledger comes last: a folder that has one has all of it.
                    for name in (PROGRAM, *DATABASES):
                        if name in sizes:
                            (place / name).rename(folder / name)
                            sync_folder(folder)
            except tarfile.TarError as error:
                raise _no_backup(path, str(error)) from error
            except OSError as error:
                raise StoreUnavailable(f"{folder}: {error.strerror}") from error
    return Saved(sizes)


def _require_empty(folder: Path) -> None:
    # What SQLite keeps beside a file would be taken for a part of the new one.
    ours = (*DATABASES, PROGRAM)
    there = sorted(each.name for each in folder.iterdir() if each.name.startswith(ours))
    if is_unfinished(folder):
        for name in there:
            (folder / name).unlink()
    elif there:
        raise InvalidInput(
            f"{folder}: {there[0]} is there already; restore into another folder (--data)",
            code="invalid_setting",
        )


def _taken_out(
    archive: tarfile.TarFile, place: Path, advance: Callable[[int], None]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for about in archive:
        stream = archive.extractfile(about)
        if stream is None or about.name in found or CONTENTS in found:
            raise tarfile.TarError(f"{about.name} does not belong into it")
        if about.name == CONTENTS:
            found[CONTENTS] = stream.read(_BYTES_A_READ)
            continue
        if about.name not in (*DATABASES, PROGRAM):
            raise tarfile.TarError(f"{about.name} does not belong into it")
        hashed = HashedStream(stream)
        with (place / about.name).open("xb") as target:
            shutil.copyfileobj(hashed, target, _BYTES_A_READ)
            target.flush()
            os.fsync(target.fileno())
        advance(about.size)
        found[about.name] = {"size": about.size, "sha256": hashed.digest()}
    return found


def _checked(path: Path, found: dict[str, Any]) -> dict[str, int]:
    try:
        contents = json.loads(found.pop(CONTENTS))
        format_, files = contents["format"], contents["files"]
    except (KeyError, ValueError, TypeError) as error:
        raise _no_backup(path, "it is cut off") from error
    if format_ != FORMAT:
        raise _no_backup(path, f"format {format_}, and this program knows {FORMAT}")
    if files != found:
        raise _no_backup(path, "its files are not those that were written")
    return {name: int(about["size"]) for name, about in found.items()}


def _no_backup(path: Path, reason: str) -> InvalidInput:
    return InvalidInput(f"{path}: no whole backup: {reason}", code="invalid_archive")
