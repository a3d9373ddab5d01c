"""Where the dead letters are: in the queue of this machine, or in SQS where its address is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from loyalty_server.composition import require_ledger
from loyalty_server.letters import DeadLetters
from loyalty_server.queue import FILE_NAME, DurableQueue
from loyalty_server.settings import ServerSettings
from loyalty_shared import system
from loyalty_shared.domain.errors import InvalidInput


@contextmanager
def open_dead_letters(settings: ServerSettings) -> Iterator[DeadLetters]:
    """Open the dead letters that the settings name.

    Raises:
        InvalidInput: when only one of the two addresses on SQS is set.
        LedgerNotFound: when the folder has neither a queue nor a ledger.
        StoreUnavailable: when the queue of this machine cannot be opened.
    """
    if settings.dead_letter_queue_url is None:
        if not (settings.data_folder / FILE_NAME).exists():
            require_ledger(settings)
        queue = DurableQueue(settings.data_folder, system.now)
        try:
            yield queue
        finally:
            queue.close()
        return
    if settings.queue_url is None:
        raise InvalidInput(
            "LOYALTY_QUEUE_URL: needed to put dead letters back", code="invalid_setting"
        )
    # boto3 costs a fifth of a second that one machine has no use for.
    from loyalty_server.sqs_dead_letters import open_sqs_dead_letters  # noqa: PLC0415 - see above

    with open_sqs_dead_letters(settings.dead_letter_queue_url, settings.queue_url) as dead_letters:
        yield dead_letters
