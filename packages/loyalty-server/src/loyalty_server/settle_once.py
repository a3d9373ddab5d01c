"""The command `settle`."""

from __future__ import annotations

import json
import sys
from contextlib import closing

from loyalty_event_processor.reasons import reason_of
from loyalty_server.composition import NETWORK_WORKERS, open_ledger_to_write, require_ledger
from loyalty_server.settings import ServerSettings
from loyalty_server.showing import progress_of_members, show_pairs
from loyalty_shared.service.settling import Settled, settle_due

_FAILED = 1


def settle_once(settings: ServerSettings) -> Settled:
    """Settle everybody whom time has changed; running it again finds what is left.

    Raises:
        LedgerNotFound: when there is no ledger.
        TryAgain: when the store does not answer.
    """
    require_ledger(settings)
    ledger = open_ledger_to_write(settings)
    with closing(ledger.store), progress_of_members("settle") as advance:
        return settle_due(ledger, advance, lambda: True, workers=NETWORK_WORKERS)


def show_settled(settled: Settled, *, as_json: bool) -> None:
    """Print what a run did, and end with status 1 where some could not be settled."""
    failed = [{"memberId": id_, "reason": reason_of(error)} for id_, error in settled.failed]
    if as_json:
        body = {"members": settled.members, "entries": settled.entries, "failed": failed}
        sys.stdout.write(json.dumps(body) + "\n")
    else:
        show_pairs([("members", f"{settled.members:,}"), ("entries", f"{settled.entries:,}")])
        for each in failed:
            sys.stderr.write(f"loyalty: member {each['memberId']}: {each['reason']}\n")
    if failed:
        sys.exit(_FAILED)
