"""What every command is put together from: a ledger, and a processor that suits its store."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime

from loyalty_event_processor.outcomes import Message, Outcome
from loyalty_event_processor.processor import EventProcessor, Observe
from loyalty_server.ingestion import Ingestion
from loyalty_server.program_in_use import program_for, remember
from loyalty_server.settings import ServerSettings
from loyalty_server.unfinished_restore import require_finished
from loyalty_shared import system
from loyalty_shared.contracts.program_file import ProgramFile, program_at
from loyalty_shared.domain.errors import NotFound
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.storage.opening import open_store
from loyalty_shared.storage.sqlite.store import FILE_NAME

NETWORK_WORKERS = 16  # members worked on at a time where every write waits for a network


class LedgerNotFound(NotFound):
    """There is no ledger where one is looked for."""

    code = "ledger_not_found"


def rules_in_use(settings: ServerSettings) -> ProgramFile:
    """Read the program that the settings name, else the one that the ledger's folder is used with.

    Raises:
        InvalidInput: when the program file is not valid, or is another ledger's.
    """
    folder = settings.ledger_folder
    return program_for(folder, settings.program) if folder else program_at(settings.program)


def open_ledger(settings: ServerSettings) -> Ledger:
    """Open the ledger that the settings name, to look at it.

    It is under the program that they name, else the one that the ledger's folder was used with.

    Raises:
        InvalidInput: when the program file or the name of the store is not valid.
        StoreUnavailable: when the store cannot be opened.
    """
    return _opened(settings, rules_in_use(settings))


def open_ledger_to_write(settings: ServerSettings) -> Ledger:
    """Open the ledger to write to it, and remember the program in its folder.

    Raises: as `open_ledger` does, and
        RestoreUnfinished: when the folder has a part of a backup.
    """
    folder = settings.ledger_folder
    if folder is not None:
        require_finished(folder)
    rules = rules_in_use(settings)
    ledger = _opened(settings, rules)
    if folder is not None:
        remember(folder, rules)
    return ledger


def open_settings_store(settings: ServerSettings) -> LedgerArchive:
    """Open the store that the settings name.

    Raises:
        InvalidInput: when its name is not valid.
        StoreUnavailable: when it cannot be opened.
    """
    return open_store(settings.store_name, system.pause)


def require_ledger(settings: ServerSettings) -> None:
    """See to it that a folder with nothing in it is not taken for an empty ledger.

    Raises:
        LedgerNotFound: when the store is a folder without a ledger.
    """
    folder = settings.ledger_folder
    if folder is not None and not (folder / FILE_NAME).exists():
        raise LedgerNotFound(f"no ledger in {folder}")


def make_processor(ledger: Ledger, observe: Observe) -> EventProcessor:
    """Make a processor for a ledger."""
    return EventProcessor(ledger, observe, workers=NETWORK_WORKERS)


def make_ingestion(
    settings: ServerSettings, received_at: datetime, closing: ExitStack
) -> Ingestion:
    """Make what ingests lines of a file; `closing` closes what it opens.

    Raises: as `open_ledger` does.
    """
    ledger = open_ledger_to_write(settings)
    closing.callback(ledger.store.close)
    processor = make_processor(ledger, observe_nothing)
    closing.callback(processor.close)
    return Ingestion(processor, system.pause, received_at)


def observe_nothing(_message: Message, _outcome: Outcome) -> None:
    """Tell nobody: who has the outcomes says what became of all."""


def _opened(settings: ServerSettings, rules: ProgramFile) -> Ledger:
    return Ledger(open_settings_store(settings), rules, system.now, system.pause)
