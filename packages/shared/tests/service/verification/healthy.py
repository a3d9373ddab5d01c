"""What happens to the members of a shop in a quarter of a year: one of everything."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from loyalty_shared.contracts.program_file import ProgramFile, read_program
from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Purchase, Refund, Returned
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.commands import Asking
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.service.redemptions import redeem, restore
from loyalty_shared.service.refunds import record_refund
from loyalty_shared.service.settling import Watch, settle_due
from loyalty_shared.service.transaction_ids import transaction_id

RULES = """
name: Test
currency: EUR
timezone: Europe/Amsterdam
earning: {points_per_unit: 3/2, pending_days: 5}
expiry: {after_days: 60}
tiers:
  window: {rolling_months: 2}
  levels: [{name: Basic, from: 0, multiplier: 1}, {name: Gold, from: 300, multiplier: 11/10}]
"""
TODAY = datetime(2026, 4, 1, 12, tzinfo=UTC)  # when all of it has happened


class Shop:
    """A ledger whose clock is set by what happens."""

    def __init__(self, store: LedgerArchive, rules: str = RULES) -> None:
        self.now = TODAY
        self._keys = 0
        self.under(store, read_program(rules, "test.yaml"))

    def under(self, store: LedgerArchive, rules: ProgramFile) -> None:
        self.ledger = Ledger(store, rules, lambda: self.now, lambda _: None)

    def on(self, day: str) -> Shop:
        self.now = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        return self

    def sells(self, member: str, order: str, amount: str) -> None:
        total = Money.of(Decimal(amount), "EUR")
        goods = Money(total.minor * 9 // 10, "EUR")
        purchase = Purchase(order, member, f"pay-{order}", total, goods, self.now)
        record_purchase(self.ledger, purchase)

    def takes_back(self, member: str, order: str, refund: str, amount: str) -> None:
        returned = Returned(refund, Money.of(Decimal(amount), "EUR"))
        record_refund(self.ledger, Refund(order, member, returned, self.now))

    def spends(self, member: str, points: int) -> Entry:
        return redeem(self.ledger, self._asking(member), Redemption(points, note="a mug")).entry

    def undoes(self, member: str, entry: Entry) -> None:
        key = self.ledger.member_key(member)
        spent = transaction_id(key, entry.seq, entry.recorded_at)
        restore(self.ledger, self._asking(member), spent)

    def settles(self) -> None:
        watch = Watch(lambda _: None, lambda _member, _error: None, lambda: True)
        assert settle_due(self.ledger, watch, workers=1).failed == 0

    def _asking(self, member: str) -> Asking:
        self._keys += 1
        return Asking(member, f"key-{self._keys}", "clerk")


def fill(store: LedgerArchive) -> None:
    """Let a quarter of a year pass."""
    shop = Shop(store)
    shop.on("2026-01-02").sells("ann", "A-1", "100.10")
    shop.takes_back("bob", "B-1", "R-1", "20.00")  # before its order
    shop.on("2026-01-05").sells("bob", "B-1", "250.00")
    shop.sells("cat", "C-1", "40.00")
    shop.on("2026-01-10").settles()
    shop.sells("ann", "A-2", "150.00")  # which makes ann Gold
    shop.takes_back("ann", "A-1", "R-2", "30.05")
    shop.on("2026-01-16").settles()
    spent = shop.spends("ann", 120)
    shop.on("2026-01-20").undoes("ann", spent)
    shop.spends("bob", 300)
    shop.takes_back("bob", "B-1", "R-3", "200.00")  # which leaves a debt
    shop.on("2026-02-01").sells("bob", "B-2", "10.00")
    shop.on("2026-03-20").settles()  # much is over by now
    shop.takes_back("cat", "C-1", "R-4", "40.00")
    shop.sells("ann", "A-3", "75.00")
    shop.sells("bob", "B-3", "500.00")
    shop.on("2026-03-30").settles()
    shop.sells("ann", "A-4", "12.34")
