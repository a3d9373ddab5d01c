"""What the process does that helps a busy server: it processes messages on the same ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from loyalty_event_processor.outcomes import Message, Outcome
from loyalty_server.composition import make_processor, observe_nothing
from loyalty_server.observing import log_json
from loyalty_shared import system
from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.storage.sqlite.store import FILE_NAME, SqliteLedgerStore

LedgerFile = tuple[int, int]
"""Which file a ledger is, by its device and its number there, whatever it is called."""


def ledger_file_in(folder: Path) -> LedgerFile:
    """Say which file the ledger of a folder is.

    Raises:
        StoreUnavailable: when there is none.
    """
    try:
        found = (folder / FILE_NAME).stat()
    except OSError as error:
        raise StoreUnavailable(f"{folder / FILE_NAME}: {error.strerror}") from error
    return found.st_dev, found.st_ino


@contextmanager
def helping(
    folder: Path, ledger_file: LedgerFile, rules: ProgramFile, log_level: str
) -> Iterator[Callable[[Sequence[Message]], list[Outcome | None]]]:
    """Open what processes messages for a server: by its rules, on the file that it has open.

    The server observes the outcomes. None stands for what can't succeed or failed: why does not
    travel, and is found again by who tries again.

    Raises:
        StoreUnavailable: when the file cannot be opened, or the folder has another one by now.
    """
    log_json(log_level)
    _require_same(folder, ledger_file)  # first: where there is none, opening it makes another
    with closing(SqliteLedgerStore(folder)) as store:
        _require_same(folder, ledger_file)
        ledger = Ledger(store, rules, system.now, system.pause)
        with closing(make_processor(ledger, observe_nothing)) as processor:
            yield lambda messages: [_told(each) for each in processor.process(messages)]


def _require_same(folder: Path, ledger_file: LedgerFile) -> None:
    if ledger_file_in(folder) != ledger_file:
        raise StoreUnavailable(f"{folder / FILE_NAME}: another file than the server has open")


def _told(outcome: Outcome) -> Outcome | None:
    if isinstance(outcome.error, StoreUnavailable):
        # It was waited for long enough. What it came from may not travel.
        return replace(outcome, error=StoreUnavailable(outcome.error.detail))
    return None if outcome.error else outcome
