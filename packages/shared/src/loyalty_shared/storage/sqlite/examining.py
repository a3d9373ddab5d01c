"""Whether a file still has all that it had, asked before anybody writes to it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from loyalty_shared.storage.sqlite.commits import CommitNote
from loyalty_shared.storage.sqlite.connections import as_store_errors, connect_to_read
from loyalty_shared.storage.sqlite.file_length import is_short, require_every_page


def examine(path: Path) -> None:
    """Return if the file at `path` has all that it had, or never was; nothing of it is changed.

    Raises:
        CommitsLost: when commits are gone that were once there.
        FileCutOff: when pages are gone.
        LedgerDamaged: when it is no database.
        StoreUnavailable: when it cannot be read.
    """
    note = CommitNote(path)
    noted = note.read()  # first: what is committed meanwhile only adds to what is found
    note.require_file()
    if not path.exists():
        return
    is_shortened = is_short(path)
    with as_store_errors(path), closing(connect_to_read(path)) as connection:
        if is_shortened:
            require_every_page(connection, path)
        note.require_commits(connection, noted)
