"""The thread that settles: when the server starts, and every hour from then on."""

from __future__ import annotations

import logging
import threading

from loyalty_server.composition import NETWORK_WORKERS
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.settling import Watch, settle_due

# Days end at any hour somewhere; and what a late purchase brings that is over already, waits for
# the next round.
_INTERVAL_SECONDS = 3600.0

_log = logging.getLogger(__name__)


class SettleTimer:
    """Settles a ledger until it is stopped. Balances do not wait for it; the entries do."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._stopping = threading.Event()
        # A daemon for the same reason as the queue's worker: to be killed is to crash, no more.
        self._thread = threading.Thread(target=self._run, name="settle-timer", daemon=True)

    def start(self) -> None:
        """Begin with a first round."""
        self._thread.start()

    def stop(self) -> None:
        """End after the members at hand; the next round finds the others."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def settle(self) -> None:
        """Do one round, and log what came of it."""
        try:
            watch = Watch(lambda _members: None, _tell, lambda: not self._stopping.is_set())
            settled = settle_due(self._ledger, watch, workers=NETWORK_WORKERS)
        except Exception:  # noqa: BLE001 - whatever it is, the next round may do better
            _log.exception("not settled")
        else:
            if settled.members:
                fields = {"members": settled.members, "entries": settled.entries}
                _log.info("settled", extra=fields)

    def _run(self) -> None:
        self.settle()
        while not self._stopping.wait(_INTERVAL_SECONDS):
            self.settle()


def _tell(member_id: str, error: Exception) -> None:
    _log.error("member not settled", extra={"member_id": member_id}, exc_info=error)
