"""A member's ledger without a store, where points are spent, held, and given back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from packages.shared.tests.domain.member_ledger import MemberLedger

from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.entries import Draft
from loyalty_shared.domain.holds import (
    Capture,
    Holding,
    decide_capture,
    decide_hold,
    decide_release,
)
from loyalty_shared.domain.lots import Lots
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.orders import Happening
from loyalty_shared.domain.payments import left_of
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.redemptions import Redemption, decide_redemption
from loyalty_shared.domain.restoring import Spent, decide_restoring

MEMBER = "m-1"


@dataclass(frozen=True, slots=True)
class Paying:
    """A redemption under a key: asked for again, it takes no effect."""

    key: str
    redemption: Redemption


@dataclass(frozen=True, slots=True)
class Undoing:
    """Giving back the points of what was redeemed under a key, as soon as it was."""

    key: str


Step = Happening | Paying | Undoing


class SpendingLedger(MemberLedger):
    """The ledger of a member who has some points before anything happens."""

    def __init__(self, program: Program, lots: Lots) -> None:
        super().__init__(program)
        self._points = sum(lot.points for lot in lots)
        self.account = Account(lots=lots, lifetime=Lifetime(earned=self._points))
        self._made: dict[str, tuple[str, Draft]] = {}
        self._undone: set[str] = set()
        self._to_undo: set[str] = set()

    @property
    def points(self) -> int:
        """What there is in all, less what is owed."""
        account = self.account
        return sum(lot.points for lot in account.lots) + account.held - account.debt

    def lives(self, steps: list[Step], now: datetime) -> None:
        """Let all of it happen at a moment, in the order of the steps."""
        for step in steps:
            if isinstance(step, Paying):
                self._pays(step, now)
            elif isinstance(step, Undoing):
                self._to_undo.add(step.key)
            else:
                self.happens(step, today=self.program.date_of(now))
            for key in sorted(self._to_undo & self._made.keys() - self._undone):
                self._undone.add(key)
                self.undoes(key, now)

    def redeems(self, redemption: Redemption, now: datetime, key: str = "") -> Draft:
        def decide(occasion: Occasion) -> Draft:
            return decide_redemption(self.program, redemption, self.account, occasion)

        return self._does(decide, redemption.order_id, now, key)

    def undoes(self, key: str, now: datetime) -> Draft:
        made_as, draft = self._made[key]
        spent = Spent(made_as, "m-1", draft.order_id, draft.taken)

        def decide(occasion: Occasion) -> Draft:
            return decide_restoring(self.program, spent, self.account, occasion)

        return self._does(decide, draft.order_id, now)

    def holds(self, holding: Holding, now: datetime) -> str:
        """Set points aside, and give the id of the hold."""
        self._does(
            lambda occasion: decide_hold(self.program, holding, self.account, occasion), None, now
        )
        return self.account.holds[-1].hold_id

    def captures(self, capture: Capture, now: datetime, key: str = "") -> Draft:
        def decide(occasion: Occasion) -> Draft:
            return decide_capture(self.program, capture, self.account, occasion)

        held = [hold.order_id for hold in self.account.holds if hold.hold_id == capture.hold_id]
        order_id = capture.order_id or (held[0] if held else None)
        return self._does(decide, order_id, now, key)

    def releases(self, hold_id: str, now: datetime) -> Draft:
        return self._does(
            lambda occasion: decide_release(self.program, hold_id, self.account, occasion),
            None,
            now,
        )

    def given_back_of(self, order_id: str) -> int:
        """Sum what refunds gave back of what is paid for an order."""
        order = self.orders[order_id]
        left = sum(lot.points for each in order.paid for lot in left_of(each, order))
        return sum(each.points for each in order.paid) - left

    def _pays(self, paying: Paying, now: datetime) -> None:
        if paying.key not in self._made:
            self.redeems(paying.redemption, now, paying.key)

    def _does(
        self,
        decide: Callable[[Occasion], Draft],
        order_id: str | None,
        now: datetime,
        key: str = "",
    ) -> Draft:
        self.lapse(now)
        occasion = self.occasion(MEMBER, order_id, now)
        draft = decide(occasion)
        self._write(draft, self.program.date_of(now))
        self._made[key] = occasion.transaction_id, draft
        return draft
