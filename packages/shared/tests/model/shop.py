"""A shop in few words: it sends messages to the real processor, and looks at what came of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from packages.shared.tests.model.terms import Terms

from loyalty_event_processor.outcomes import Message, Outcome
from loyalty_event_processor.processor import EventProcessor
from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.holds import Capture, Holding
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service import queries, statements
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.commands import Asking, Done
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.holds import capture_hold, hold_points, release_hold
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.redemptions import redeem, restore
from loyalty_shared.service.settling import Watch, settle_due
from loyalty_shared.service.transaction_ids import transaction_id


class Shop:
    """One member's purchases, refunds and commands, at noon of the day that it is."""

    def __init__(self, store: LedgerArchive) -> None:
        self.store = store
        self.now = datetime(2027, 1, 1, 12, tzinfo=UTC)
        self._asked = 0
        self.under(Terms())

    def under(self, terms: Terms) -> None:
        """Run under these rules from now on."""
        self.ledger = Ledger(self.store, terms.file(), lambda: self.now, lambda _: None)
        self.processor = EventProcessor(self.ledger, lambda *_: None, workers=1)

    def on(self, day: str) -> None:
        """Let it be another day."""
        self.now = datetime.combine(date.fromisoformat(day), self.now.timetz())

    def sells(self, order: str, amount: float, **more: object) -> Outcome:
        detail = {"transactionId": f"pay-{order}", "totalAmount": amount}
        return self.sends("OrderCompleted", order, **detail, **more)

    def takes_back(self, order: str, refund: str, amount: float, **more: object) -> Outcome:
        return self.sends("OrderRefunded", order, refundId=refund, amount=amount, **more)

    def sends(self, kind: str, order: str, **detail: object) -> Outcome:
        ids = {"userId": "ann", "orderId": order, "occurredAt": self.now.isoformat()}
        body = json.dumps({"detail-type": kind, "detail": ids | detail})
        [outcome] = self.processor.process([Message(f"{kind} of {order}", body, self.now)])
        return outcome

    def redeems(self, points: int, order: str | None = None, key: str | None = None) -> str:
        """Spend points, and give the id of the transaction."""
        done = redeem(self.ledger, self._asking(key), Redemption(points, order))
        return self._id_of(done)

    def holds(
        self, points: int, minutes: int = 15, order: str | None = None, key: str | None = None
    ) -> str:
        """Set points aside, and give the id of the hold."""
        holding = Holding(points, timedelta(minutes=minutes), order)
        return self._id_of(hold_points(self.ledger, self._asking(key), holding))

    def captures(self, hold: str, points: int | None = None, order: str | None = None) -> str:
        done = capture_hold(self.ledger, self._asking(None), Capture(hold, points, order))
        return self._id_of(done)

    def releases(self, hold: str) -> None:
        release_hold(self.ledger, self._asking(None), hold)

    def undoes(self, transaction: str) -> int:
        """Give back what a transaction spent, and say how much that is."""
        return restore(self.ledger, self._asking(None), transaction).entry.points

    def settles(self) -> None:
        watch = Watch(lambda _: None, lambda _member, _error: None, lambda: True)
        assert settle_due(self.ledger, watch, workers=1).failed == 0

    @property
    def points(self) -> int:
        """What the member can use."""
        return queries.balance(self.ledger, "ann")

    @property
    def account(self) -> Account:
        return statements.account(self.ledger, "ann").account

    @property
    def entries(self) -> list[Entry]:
        stored = self.store.entries_after(self.ledger.member_key("ann"), 0, 1000)
        return [decode_entry(each.body) for each in stored]

    def points_of(self, order: str) -> int:
        return queries.order(self.ledger, order).order.points

    def _asking(self, key: str | None) -> Asking:
        self._asked += 1
        return Asking("ann", key or f"key {self._asked} of the shop", None)

    def _id_of(self, done: Done) -> str:
        key, entry = self.ledger.member_key("ann"), done.entry
        return transaction_id(key, entry.seq, entry.recorded_at)


NewShop = Callable[[], Shop]
