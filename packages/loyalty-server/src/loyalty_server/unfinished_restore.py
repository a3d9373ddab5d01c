"""What a restore that was killed leaves, and that nobody takes it for a folder to work in."""

from __future__ import annotations

from pathlib import Path

from loyalty_server import queue
from loyalty_server.scratch_folder import remove_abandoned
from loyalty_shared.domain.errors import LoyaltyError
from loyalty_shared.storage.sqlite.commits import CommitNote
from loyalty_shared.storage.sqlite.store import FILE_NAME as LEDGER

PREFIX = ".restore-"


class RestoreUnfinished(LoyaltyError):
    """The folder has a part of a backup."""

    code = "restore_unfinished"


def is_unfinished(folder: Path) -> bool:
    """Say whether a restore began and did not come to its end: it puts the ledger there last.

    A backup has no notes of commits. Where one is, the folder was worked with since: its ledger was
    there once, and what is in its queue may be nowhere else.
    """
    if (folder / LEDGER).exists() or not any(folder.glob(f"{PREFIX}*")):
        return False
    return not any(CommitNote(folder / name).is_there() for name in (LEDGER, queue.FILE_NAME))


def require_finished(folder: Path) -> None:
    """See to it that a part of a backup is not taken for all of it.

    What a restore left that was killed after its last step is taken away.

    Raises:
        RestoreUnfinished: when the folder has one.
    """
    if is_unfinished(folder):
        raise RestoreUnfinished(
            f"{folder}: a restore was not finished; run loyalty restore again, which begins anew"
        )
    remove_abandoned(folder, PREFIX)
