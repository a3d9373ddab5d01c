"""What every command is put together from: a ledger, and a processor that suits its store."""

from __future__ import annotations

from loyalty_event_processor.processor import EventProcessor, Observe
from loyalty_server.settings import ServerSettings
from loyalty_shared import system
from loyalty_shared.contracts.program_file import program_at
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.storage.opening import open_store

_NETWORK_WORKERS = 16  # members worked on at a time where every write waits for a network


def open_ledger(settings: ServerSettings) -> Ledger:
    """Open the ledger that the settings name, under the program that they name.

    Raises:
        InvalidInput: when the program file or the name of the store is not valid.
        StoreUnavailable: when the store cannot be opened.
    """
    rules = program_at(settings.program)
    return Ledger(open_settings_store(settings), rules, system.now, system.pause)


def open_settings_store(settings: ServerSettings) -> LedgerArchive:
    """Open the store that the settings name.

    Raises:
        InvalidInput: when its name is not valid.
        StoreUnavailable: when it cannot be opened.
    """
    return open_store(settings.store_name, system.pause)


def make_processor(settings: ServerSettings, ledger: Ledger, observe: Observe) -> EventProcessor:
    """Make a processor that suits the store."""
    return EventProcessor(ledger, observe, workers=_NETWORK_WORKERS if is_far(settings) else 1)


def is_far(settings: ServerSettings) -> bool:
    """Say whether the store is across a network, so that waiting for it is worth a thread."""
    return settings.store_name.startswith("dynamodb:")
