"""The commands `export` and `import`: a ledger as a file of lines, and back into a store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

from loyalty_server.composition import open_settings_store, require_ledger
from loyalty_server.program_in_use import remember
from loyalty_server.settings import ServerSettings
from loyalty_server.showing import progress
from loyalty_shared.contracts.program_file import read_program
from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.service.transfer import Counts, Import, export_lines


def export_ledger(settings: ServerSettings, path: Path) -> Counts:
    """Write the ledger to a file, which is there once all of it is written, and durable.

    Raises:
        InvalidInput: with code `unreadable_file`, when the file cannot be written.
        LedgerNotFound: when there is no ledger.
        StoreUnavailable: when the store does not answer.
    """
    require_ledger(settings)
    counts = Counts()
    partial = Path(f"{path}.partial")
    try:
        with closing(open_settings_store(settings)) as store, partial.open("wb") as file:
            with progress("export", None) as advance:
                for line in export_lines(store, counts):
                    advance(file.write(line.encode() + b"\n"))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise _unusable(path, error) from error
    return counts


def import_ledger(settings: ServerSettings, path: Path) -> Counts:
    """Put the lines of an exported file into the store, and check that they arrived.

    Raises:
        InvalidInput: with code `unreadable_file` or `invalid_archive`.
        LedgerDamaged: when the file holds a ledger that was changed.
        RowDiffers: when the store has another ledger in its place.
        StoreUnavailable: when the store does not answer; running it again goes on.
    """
    try:
        with (
            path.open("rb") as file,
            closing(open_settings_store(settings)) as store,
            progress("import", path.stat().st_size) as advance,
        ):
            incoming = Import(store)
            counts = incoming.run(_lines(file, advance))
    except OSError as error:
        raise _unusable(path, error) from error
    folder = settings.ledger_folder
    # Of several versions nobody here can tell which is in force; then it has to be named.
    if folder is not None and len(incoming.programs) == 1:
        [program] = incoming.programs
        remember(folder, read_program(program.body, f"{path}, program {program.version}"))
    return counts


def _lines(file: IO[bytes], advance: Callable[[int], None]) -> Iterator[str]:
    for line in file:
        yield line.decode(errors="replace").rstrip("\n")
        advance(len(line))


def _unusable(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(f"{path}: {error.strerror}", code="unreadable_file")
