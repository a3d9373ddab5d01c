"""From the one setting that names a store to the store."""

from __future__ import annotations

from pathlib import Path

from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.ports import Pause
from loyalty_shared.storage.memory import MemoryLedgerStore


def open_store(name: str, pause: Pause) -> LedgerArchive:
    """Open `sqlite:FOLDER`, `dynamodb:TABLE` or `memory:`; `pause` waits for one that is busy.

    Raises:
        InvalidInput: with code `invalid_setting`, when the name is none of these.
        StoreUnavailable: when the store cannot be opened.
    """
    kind, _, place = name.partition(":")
    # Imported where needed: boto3 alone costs a fifth of a second that SQLite has no use for.
    if kind == "sqlite" and place:
        from loyalty_shared.storage.sqlite.store import SqliteLedgerStore  # noqa: PLC0415 - see above

        return SqliteLedgerStore(Path(place))
    if kind == "dynamodb" and place:
        from loyalty_shared.storage.dynamodb.store import DynamoLedgerStore  # noqa: PLC0415 - see above

        return DynamoLedgerStore.connect(place, pause)
    if name == "memory:":
        return MemoryLedgerStore()
    raise InvalidInput(
        f"LOYALTY_STORE is {name!r}, but must be sqlite:FOLDER, dynamodb:TABLE or memory:",
        code="invalid_setting",
    )
