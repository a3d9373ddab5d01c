"""From the one setting that names a store to what a verification reads."""

from __future__ import annotations

from pathlib import Path

from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.service.ports import Pause
from loyalty_shared.service.verification.ledger_to_verify import LedgerToVerify


def open_to_verify(name: str, pause: Pause) -> LedgerToVerify:
    """Open the ledger in `sqlite:FOLDER` as it is now, or that in `dynamodb:TABLE`.

    Raises:
        InvalidInput: with code `invalid_setting`, when the name is neither.
        StoreUnavailable: when the store cannot be opened.
        LedgerDamaged: when the file is no database.
    """
    kind, _, place = name.partition(":")
    # Imported where needed, as `open_store` does.
    if kind == "sqlite" and place:
        from loyalty_shared.storage.sqlite.snapshot import SqliteSnapshot  # noqa: PLC0415 - see above
        from loyalty_shared.storage.sqlite.store import FILE_NAME  # noqa: PLC0415 - see above

        return SqliteSnapshot(Path(place) / FILE_NAME)
    if kind == "dynamodb" and place:
        from loyalty_shared.storage.dynamodb.to_verify import (  # noqa: PLC0415 - see above
            DynamoLedgerToVerify,
        )

        return DynamoLedgerToVerify.connect(place, pause)
    raise InvalidInput(
        f"LOYALTY_STORE is {name!r}: verify looks at sqlite:FOLDER or dynamodb:TABLE",
        code="invalid_setting",
    )
