"""Many records decided first, beside whoever else writes, and then written together."""

from __future__ import annotations

from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import Append, AppendConflict


class Plan:
    """What is recorded in `ledger` is decided on what was written before, and waits for `commit`.

    So the store is locked for as long as writing takes, and deciding, which takes longer, can be
    done by several processes at a time. Nothing that is planned sees what else is: a second record
    for the same member would be in the way of the first, and is told so by `commit`.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._appends: list[Append] = []
        self._written_to = ledger
        self.ledger = ledger.appending_with(self._appends.append)

    def __len__(self) -> int:
        """How many appends wait."""
        return len(self._appends)

    def commit(self) -> list[bool]:
        """Write what waits, durably; say of each append whether it was written.

        One that was not stood in the way of nobody: its record has to be made again.

        Raises:
            StoreUnavailable: when the store does not answer; then nothing of it was written.
        """
        with self._written_to.batch():
            return [self._is_written(append) for append in self._appends]

    def _is_written(self, append: Append) -> bool:
        try:
            self._written_to.store.append(append)
        except AppendConflict:
            return False
        return True
