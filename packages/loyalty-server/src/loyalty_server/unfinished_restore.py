"""What a restore that was killed leaves, and that nobody takes it for a folder to work in."""

from __future__ import annotations

from pathlib import Path

from loyalty_shared.domain.errors import LoyaltyError
from loyalty_shared.storage.sqlite.store import FILE_NAME as LEDGER

PREFIX = ".restore-"


class RestoreUnfinished(LoyaltyError):
    """The folder has a part of a backup."""

    code = "restore_unfinished"


def is_unfinished(folder: Path) -> bool:
    """Say whether a restore began and did not come to its end: it puts the ledger there last."""
    return not (folder / LEDGER).exists() and any(folder.glob(f"{PREFIX}*"))


def require_finished(folder: Path) -> None:
    """See to it that a part of a backup is not taken for all of it.

    Raises:
        RestoreUnfinished: when the folder has one.
    """
    if is_unfinished(folder):
        raise RestoreUnfinished(
            f"{folder}: a restore was not finished; run loyalty restore again, which begins anew"
        )
