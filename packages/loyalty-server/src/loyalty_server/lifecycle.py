"""What the commands of `members` ask for: merge, undo it, forget, write out all that is held."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from loyalty_server.asking import Answer, Asker, transacted, wish_of
from loyalty_server.looking import looking
from loyalty_server.settings import ServerSettings
from loyalty_shared.contracts.lifecycle_bodies import ErasureBody, shown_row
from loyalty_shared.contracts.transaction_bodies import TransactionBody
from loyalty_shared.contracts.wishes import MergeWish
from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.service import erasing, merging
from loyalty_shared.service.archive import encode_row
from loyalty_shared.service.commands import Asking
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.member_export import rows_of_member

_ENTRIES_AT_ONCE = 500


def merge(asker: Asker, into: str) -> Answer[TransactionBody]:
    """Let all that a member has be another one's.

    Raises: as the use case does.
    """
    other = wish_of(MergeWish, into=("--into", into)).into
    return asker.ask(
        lambda ledger, asking: transacted(ledger, merging.merge(ledger, asking, other))
    )


def undo_merge(asker: Asker) -> Answer[TransactionBody]:
    """Give a member that was merged back what is its own.

    Raises: as the use case does.
    """
    return asker.ask(lambda ledger, asking: transacted(ledger, merging.undo_merge(ledger, asking)))


def erase(asker: Asker) -> Answer[ErasureBody]:
    """Forget a member.

    Raises: as the use case does.
    """

    def do(ledger: Ledger, asking: Asking) -> Answer[ErasureBody]:
        erasure = erasing.erase(ledger, asking)
        body = ErasureBody.of(erasure.forgotten, erasure.erased_at)
        return Answer(body, erasure.is_replayed)

    return asker.ask(do)


def export_member(settings: ServerSettings, member_id: str, path: Path | None) -> int:
    """Write all that is held of a member to a file (None: stdout), and say how many rows.

    The file is there once all of it is written, and no part of it before or otherwise.

    Raises:
        InvalidInput: with code `unreadable_file`, when the file cannot be written.
        LedgerNotFound: when there is no ledger.
        MemberNotFound: when the ledger has no entry of the member.
        StoreUnavailable: when the store does not answer.
    """
    lines = (f"{line}\n" for line in _lines(settings, member_id))
    if path is None:
        return sum(1 for line in lines if sys.stdout.write(line))
    partial = Path(f"{path}.partial")
    try:
        try:
            with partial.open("w", encoding="utf-8") as file:
                count = sum(1 for line in lines if file.write(line))
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)  # what is held of somebody lies about nowhere
    except OSError as error:
        raise InvalidInput(f"{path}: {error.strerror}", code="unreadable_file") from error
    return count


def _lines(settings: ServerSettings, member_id: str) -> Iterator[str]:
    with looking(settings) as ledger:
        after: int | None = 0
        while after is not None:
            page = rows_of_member(ledger, member_id, after=after, limit=_ENTRIES_AT_ONCE)
            for row in page.rows:
                yield json.dumps(
                    shown_row(encode_row(row)), ensure_ascii=False, separators=(",", ":")
                )
            after = page.next_after
