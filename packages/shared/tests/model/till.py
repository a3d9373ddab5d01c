"""Spends points in a scene, sets points aside and gives them back, asking for each thing twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from packages.shared.tests.model.orders import Payment
from packages.shared.tests.model.purse import Hold, Purse
from packages.shared.tests.model.scene import Scene
from packages.shared.tests.model.terms import Terms
from packages.shared.tests.model.troubled_store import Trouble

from loyalty_shared.domain.errors import LoyaltyError, TryAgain
from loyalty_shared.domain.holds import Capture, Holding
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service.commands import Asking, Done
from loyalty_shared.service.holds import capture_hold, hold_points, release_hold
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.redemptions import redeem, restore

Command = Callable[[Ledger, Asking], Done]
_MOST_HOLDS = 10


class Till:
    """Where members of a scene spend. What comes of it is said by the model, before it is asked."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._asked = 0
        self._done: list[tuple[Asking, Command, int]] = []
        self.payments: list[Payment] = []
        self.holds: list[Hold] = []
        self.trouble: Trouble | None = None  # comes with the next command
        self._rival: Command | None = None

    @property
    def terms(self) -> Terms:
        return self._scene.book.terms

    def purse(self, member: str) -> Purse:
        """Give what a member has now, by the model."""
        return self._scene.audits[member].points.purse.at(self._scene.now)

    def available(self, member: str) -> int:
        return self.purse(member).available(self._scene.today)

    def spend(self, member: str, points: int, order: str | None = None) -> None:
        """Spend points, on an order or on nothing."""
        payment = Payment(member, points, self.terms.cents(points), order)
        verdict = self._judged(points, self.available(member))
        if verdict == "processed":
            verdict = self._pay(payment)
        wish = Redemption(points, order)
        self._ask(member, lambda ledger, asking: redeem(ledger, asking, wish), verdict)

    def spend_beside_a_rival(self, member: str, points: int, rival: int) -> None:
        """Spend points that are there, when somebody else has just spent some of them."""
        scene, available = self._scene, self.available(member)
        cents = scene.book.terms.cents
        judged = self._judged(points, available), self._judged(rival, available)
        if judged != ("processed", "processed"):
            return
        self._pay(Payment(member, rival, cents(rival)))
        verdict = self._judged(points, available - rival)
        if verdict == "processed":
            self._pay(Payment(member, points, cents(points)))
        self._rival = lambda ledger, asking: redeem(ledger, asking, Redemption(rival))
        wish = Redemption(points)
        self._ask(member, lambda ledger, asking: redeem(ledger, asking, wish), verdict)

    def hold(self, member: str, points: int, lasts: timedelta, order: str | None) -> None:
        """Set points aside."""
        scene, purse = self._scene, self.purse(member)
        verdict = self._judged(points, purse.available(scene.today))
        if len(purse.holds) == _MOST_HOLDS and verdict != "points_not_redeemable":
            verdict = "too_many_holds"
        if verdict == "processed":
            terms, until = scene.book.terms, scene.now + lasts
            due = terms.day_of(until)
            returns = due + timedelta(days=terms.return_days)
            self.holds.append(Hold(member, points, until, returns, due, order))
            scene.book.set_aside(self.holds[-1])
        wish = Holding(points, lasts, order)
        self._ask(member, lambda ledger, asking: hold_points(ledger, asking, wish), verdict)

    def capture(self, hold: Hold, points: int | None, order: str | None) -> None:
        """Spend points of a hold, all where `points` is None."""
        wanted = hold.points if points is None else points
        paid_for = hold.order or order
        cents = self.terms.cents(wanted)
        verdict = "processed"
        if not self.is_open(hold):
            verdict = "hold_not_open"
        elif order and paid_for != order:
            verdict = "hold_of_another_order"
        elif wanted > hold.points:
            verdict = "insufficient_points"
        else:
            verdict = self._judged(wanted, hold.points)
        if verdict == "processed":
            verdict = self._pay(Payment(hold.member, wanted, cents, paid_for, hold))
        wish = Capture(hold.id, points, order)
        self._ask(hold.member, lambda ledger, asking: capture_hold(ledger, asking, wish), verdict)

    def release(self, hold: Hold) -> None:
        """Let go of a hold."""
        verdict = "processed" if self.is_open(hold) else "hold_not_open"
        if verdict == "processed":
            self._scene.book.let_go(hold)
        self._ask(hold.member, _releasing(hold), verdict)

    def capture_beside_a_release(self, hold: Hold) -> None:
        """Capture a hold that somebody else has just released."""
        can_be_written = self._judged(hold.points, hold.points) == "processed"
        if self.is_open(hold) and hold.order is None and can_be_written:
            self._scene.book.let_go(hold)
            self._rival = _releasing(hold)
            wish = Capture(hold.id)
            capturing: Command = lambda ledger, asking: capture_hold(ledger, asking, wish)  # noqa: E731
            self._ask(hold.member, capturing, "hold_not_open")

    def give_back(self, payment: Payment) -> None:
        """Give back what was spent, as far as it is not back."""
        verdict = self._scene.book.undo(payment)
        id_ = payment.id
        self._ask(payment.member, lambda ledger, asking: restore(ledger, asking, id_), verdict)

    def ask_again(self, which: int) -> None:
        """Ask once more for something that was done, however long ago."""
        if self._done:
            asking, command, seq = self._done[-1 - which % len(self._done)]
            for world in self._scene.worlds:
                done = command(world.ledger, asking)
                assert (done.entry.seq, done.is_replayed) == (seq, True)
            self._scene.check()

    def is_open(self, hold: Hold) -> bool:
        return hold in self.purse(hold.member).holds

    def _judged(self, points: int, available: int) -> str:
        if not self.terms.can_be_spent(points):
            return "points_not_redeemable"
        return "processed" if points <= available else "insufficient_points"

    def _pay(self, payment: Payment) -> str:
        verdict = self._scene.book.pay(payment)
        if verdict == "processed":
            self.payments.append(payment)
        return verdict

    def _ask(self, member: str, command: Command, verdict: str) -> None:
        trouble, self.trouble = self.trouble, None
        asking, beside = self._asking(member), self._asking(member)
        seqs = set()
        for world in self._scene.worlds:
            rival = self._rival
            world.front.expect(trouble)
            if rival:
                world.front.let_in(lambda: rival(world.other, beside))  # noqa: B023 - it is called at once
            first = _outcome(command, world.ledger, asking)
            world.front.expect(None)
            again = _outcome(command, world.ledger, asking)
            has_failed = isinstance(first, TryAgain)
            assert trouble or not has_failed
            if isinstance(again, Done):
                assert again.is_replayed or has_failed
                assert has_failed or (isinstance(first, Done) and first.entry == again.entry)
                seqs.add(again.entry.seq)
            assert _code_of(again) == verdict
            assert has_failed or _code_of(first) == verdict
        self._rival = None
        if verdict == "processed":
            [seq] = seqs
            self._done.append((asking, command, seq))
        self._scene.check()

    def _asking(self, member: str) -> Asking:
        self._asked += 1
        return Asking(member, f"key-{self._asked}", None)


def _releasing(hold: Hold) -> Command:
    return lambda ledger, asking: release_hold(ledger, asking, hold.id)


def _outcome(command: Command, ledger: Ledger, asking: Asking) -> Done | LoyaltyError:
    try:
        return command(ledger, asking)
    except LoyaltyError as error:
        return error


def _code_of(outcome: Done | LoyaltyError) -> str:
    return "processed" if isinstance(outcome, Done) else outcome.code
