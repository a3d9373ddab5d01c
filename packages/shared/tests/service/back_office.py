"""A ledger in memory, whose clock and rules are set at will, and who asks for things there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from loyalty_shared.contracts.program_file import read_program
from loyalty_shared.domain.account import Account
from loyalty_shared.domain.adjustments import Adjustment
from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.holds import Capture, Holding
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Purchase, Refund, Returned
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service.adjustments import adjust
from loyalty_shared.service.commands import Asking, Done
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.entries import entries_of
from loyalty_shared.service.erasing import Erasure, erase
from loyalty_shared.service.holds import capture_hold, hold_points, made_by
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.merging import merge, undo_merge
from loyalty_shared.service.ports import Append
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.service.redemptions import redeem
from loyalty_shared.service.refunds import record_refund
from loyalty_shared.service.settling import Settled, Watch, settle_due
from loyalty_shared.storage.memory import MemoryLedgerStore

_RULES = {
    "name": "name: Test",
    "currency": "currency: EUR",
    "timezone": "timezone: Europe/Amsterdam",
    "earning": "earning: {points_per_unit: 1}",
    "tiers": "tiers: {window: lifetime, levels: [{name: Basic, from: 0, multiplier: 1}]}",
}


class WatchedStore(MemoryLedgerStore):
    """Counts the rows of each append, and lets a rival in before the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.rows_of_appends: list[int] = []
        self.rival: Callable[[], object] | None = None

    def append(self, append: Append) -> None:
        rival, self.rival = self.rival, None
        if rival is not None:
            rival()
        of_members = (
            len(each.entries) + len(each.due_on) + bool(each.record) for each in append.members
        )
        self.rows_of_appends.append(sum(of_members) + len(append.references))
        super().append(append)


class BackOffice:
    """Asks for things; each under a key of its own unless told. It begins on 1 January 2026."""

    def __init__(self, *rules: str) -> None:
        self.store = WatchedStore()
        self.at("2026-01-01")
        self.under(*rules)
        self._asked = 0

    def under(self, *rules: str) -> None:
        parts = _RULES | {each.partition(":")[0]: each for each in rules}
        program = read_program("\n".join(parts.values()), "test.yaml")
        self.ledger = Ledger(self.store, program, lambda: self.now, lambda _: None)

    def at(self, day: str) -> BackOffice:
        self.now = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        return self

    def asking(self, member: str, key: str | None = None) -> Asking:
        self._asked += 1
        return Asking(member, key or f"key-{self._asked}", "clerk")

    def buys(self, member: str, order: str, euros: int) -> None:
        total = Money.of(Decimal(euros), "EUR")
        purchase = Purchase(order, member, "pay", total, total, self.now)
        record_purchase(self.ledger, purchase)

    def gets_back(self, member: str, order: str, euros: int, refund: str = "R-1") -> None:
        returned = Returned(refund, Money.of(Decimal(euros), "EUR"))
        record_refund(self.ledger, Refund(order, member, returned, self.now))

    def spends(self, member: str, points: int, order: str | None = None) -> Done:
        return redeem(self.ledger, self.asking(member), Redemption(points, order))

    def holds(self, member: str, points: int, days: int = 1) -> str:
        done = hold_points(self.ledger, self.asking(member), Holding(points, timedelta(days=days)))
        return made_by(self.ledger, done).hold.hold_id

    def captures(self, member: str, hold: str, key: str | None = None) -> Done:
        return capture_hold(self.ledger, self.asking(member, key), Capture(hold))

    def gives(self, member: str, points: int) -> None:
        adjust(self.ledger, self.asking(member), Adjustment(points, "goodwill"))

    def merges(self, member: str, into: str) -> None:
        merge(self.ledger, self.asking(member), into)

    def parts(self, member: str) -> None:
        undo_merge(self.ledger, self.asking(member))

    def forgets(self, member: str, key: str | None = None) -> Erasure:
        return erase(self.ledger, self.asking(member, key))

    def settles(self) -> Settled:
        settled = settle_due(
            self.ledger, Watch(lambda _: None, lambda _m, _e: None, lambda: True), workers=1
        )
        assert settled.failed == 0
        return settled

    def account(self, member: str) -> Account:
        newest = self.store.newest_entry(self.ledger.member_key(member))
        account = decode_entry(newest.body).account if newest else Account()
        assert account.is_conserved()
        assert not (account.debt and account.lots), "there are points to pay the debt with"
        return account

    def entries(self, member: str) -> list[Entry]:
        return list(entries_of(self.ledger, member))
