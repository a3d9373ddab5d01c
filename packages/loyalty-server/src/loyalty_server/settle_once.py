"""The command `settle`."""

from __future__ import annotations

import json
import sys
from contextlib import closing

from loyalty_event_processor.reasons import reason_of
from loyalty_server.composition import NETWORK_WORKERS, open_ledger_to_write, require_ledger
from loyalty_server.settings import ServerSettings
from loyalty_server.showing import progress_of_members, show_pairs
from loyalty_shared.service.settling import Settled, Watch, settle_due

_FAILED = 1


def settle_once(settings: ServerSettings) -> Settled:
    """Settle everybody whom time has changed, and say on stderr who could not be.

    Running it again finds what is left.

    Raises:
        LedgerNotFound: when there is no ledger.
        StoreUnavailable: when the store does not answer.
    """
    require_ledger(settings)
    ledger = open_ledger_to_write(settings)
    with closing(ledger.store), progress_of_members("settle") as advance:
        watch = Watch(advance, _say, lambda: True)
        return settle_due(ledger, watch, workers=NETWORK_WORKERS)


def show_settled(settled: Settled, *, as_json: bool) -> None:
    """Print what a run did, and end with status 1 where some could not be settled."""
    counts = {
        "members": settled.members,
        "entries": settled.entries,
        "failed": settled.failed,
    }
    if as_json:
        sys.stdout.write(json.dumps(counts) + "\n")
    else:
        show_pairs([(name, f"{count:,}") for name, count in counts.items()])
    if settled.failed:
        sys.exit(_FAILED)


def _say(member_id: str, error: Exception) -> None:
    sys.stderr.write(f"loyalty: member {member_id}: {reason_of(error)}\n")
