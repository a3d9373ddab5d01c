"""Members as a state machine: whatever happens to them, on whichever store, it all adds up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from packages.shared.tests.model.events import Bought, GaveBack
from packages.shared.tests.model.members import Members
from packages.shared.tests.model.purse import Hold
from packages.shared.tests.model.scene import MEMBERS
from packages.shared.tests.model.seeds import (
    Buying,
    Holding,
    Returning,
    Spending,
    buyings,
    holdings,
    returnings,
    sent_of,
    spending_of,
    spendings,
    troubles,
)
from packages.shared.tests.model.troubled_store import Trouble

from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.storage.memory import MemoryLedgerStore

OpenStore = Callable[[], LedgerArchive]

members = st.sampled_from(MEMBERS)
maybe_troubles = st.one_of(st.none(), st.none(), troubles)
some = st.integers(0, 9)


class SpendingMembers(Members):
    """The same where members spend, so that refunds may find nothing to take."""

    @rule(spending=spendings, trouble=maybe_troubles)
    def points_are_spent(self, spending: Spending, trouble: Trouble | None) -> None:
        self._earn_some(spending)
        points, order = spending_of(spending, self.scene, self.till)
        self.till.trouble = trouble
        self.till.spend(MEMBERS[spending.member], points, order)

    @rule(member=members)
    def too_much_is_spent(self, member: str) -> None:
        self.till.spend(member, self.till.available(member) + 5)

    @rule(spending=spendings, rival=spendings)
    def two_spend_at_once(self, spending: Spending, rival: Spending) -> None:
        self._earn_some(spending)
        points, _ = spending_of(spending, self.scene, self.till)
        beside, _ = spending_of(replace(rival, member=spending.member), self.scene, self.till)
        self.till.spend_beside_a_rival(MEMBERS[spending.member], points, beside)

    @precondition(lambda self: self.till.payments)
    @rule(which=some, trouble=maybe_troubles)
    def what_was_spent_comes_back(self, which: int, trouble: Trouble | None) -> None:
        self.till.trouble = trouble
        self.till.give_back(self.till.payments[-1 - which % len(self.till.payments)])

    @rule(holding=holdings, trouble=maybe_troubles)
    def points_are_set_aside(self, holding: Holding, trouble: Trouble | None) -> None:
        spending = holding.spending
        self._earn_some(spending)
        points, order = spending_of(spending, self.scene, self.till)
        self.till.trouble = trouble
        self.till.hold(MEMBERS[spending.member], points, holding.lasts, order)

    @precondition(lambda self: self.till.holds)
    @rule(
        which=some,
        share=st.sampled_from([None, None, 100, 50, 1, 150]),
        order=st.sampled_from(["own", "own", "another", "some"]),
        spending=spendings,
        trouble=maybe_troubles,
    )
    def a_hold_is_captured(
        self,
        which: int,
        share: int | None,
        order: Literal["own", "another", "some"],
        spending: Spending,
        trouble: Trouble | None,
    ) -> None:
        hold = self._hold(which)
        points = None if share is None else max(hold.points * share // 100, 1)
        _, some_order = spending_of(spending, self.scene, self.till)
        names = {"own": hold.order, "another": "another", "some": some_order}
        self.till.trouble = trouble
        self.till.capture(hold, points, names[order])

    @precondition(lambda self: self.till.holds)
    @rule(which=some, trouble=maybe_troubles)
    def a_hold_is_released(self, which: int, trouble: Trouble | None) -> None:
        self.till.trouble = trouble
        self.till.release(self._hold(which))

    @precondition(lambda self: self.till.holds)
    @rule(which=some)
    def a_hold_is_captured_and_released_at_once(self, which: int) -> None:
        self.till.capture_beside_a_release(self._hold(which))

    @precondition(lambda self: self.till.holds)
    @rule(which=some, before=st.booleans(), is_captured=st.booleans())
    def a_hold_lapses(self, which: int, *, before: bool, is_captured: bool) -> None:
        hold = self._hold(which)
        if self.till.is_open(hold):
            self.scene.now = hold.until - timedelta(milliseconds=before)
            self.scene.check()
            if is_captured:
                self.till.capture(hold, None, None)

    @rule(which=some)
    def something_is_asked_for_again(self, which: int) -> None:
        self.till.ask_again(which)

    @rule(buying=buyings, returning=returnings, are_held=st.booleans())
    def an_order_is_given_back_when_all_is_spent(
        self, buying: Buying, returning: Returning, *, are_held: bool
    ) -> None:
        scene, member = self.scene, MEMBERS[buying.member]
        scene.deliver(sent_of(replace(buying, ago=timedelta()), scene))
        available = self.till.available(member)
        if are_held:
            self.till.hold(member, available, timedelta(days=1), None)
        else:
            self.till.spend(member, available)
        scene.deliver(sent_of(replace(returning, order=0, is_early=False), scene))

    @rule(
        seeds=st.tuples(buyings, spendings, returnings),
        steps=st.permutations(["buy", "pay", "pay", "refund"]),
    )
    def an_order_is_bought_and_paid_and_given_back_in_any_order(
        self, seeds: tuple[Buying, Spending, Returning], steps: list[str]
    ) -> None:
        buying, spending, returning = seeds
        self._earn_some(spending)
        scene, member = self.scene, MEMBERS[spending.member]
        name = f"order-{len(scene.sent)}-whole"
        for step in steps:
            if step == "pay":
                points, _ = spending_of(spending, scene, self.till)
                self.till.spend(member, points, name)
            elif step == "buy":
                bought = Bought(member, name, buying.cents, scene.now - buying.ago)
                scene.deliver(scene.send(bought))
            else:
                cents = buying.cents * returning.share // 100
                refund = f"refund-{len(scene.sent)}"
                given = GaveBack(member, name, refund, cents, scene.now - returning.ago)
                scene.deliver(scene.send(given))

    def _earn_some(self, spending: Spending) -> None:
        """Let there be points to spend, more often than not."""
        scene, member = self.scene, MEMBERS[spending.member]
        if spending.order and self.till.available(member) < spending.order * 20:
            name = f"order-{len(scene.sent)}"
            scene.deliver(scene.send(Bought(member, name, 50_000, scene.now - timedelta(days=11))))

    def _hold(self, which: int) -> Hold:
        return self.till.holds[-1 - which % len(self.till.holds)]


@pytest.mark.parametrize("machine", [Members, SpendingMembers])
def test_whatever_happens_to_members_adds_up_alike_in_memory_and_in_sqlite(
    new_sqlite: OpenStore, machine: type[Members]
) -> None:
    run_state_machine_as_test(
        lambda: machine([MemoryLedgerStore(), new_sqlite()]),  # type: ignore[arg-type] # it is called
        settings=settings(max_examples=90, stateful_step_count=40),
    )


def test_whatever_happens_to_members_adds_up_alike_in_memory_and_in_dynamodb(
    new_dynamodb: OpenStore,
) -> None:
    run_state_machine_as_test(
        lambda: SpendingMembers([MemoryLedgerStore(), new_dynamodb()]),  # type: ignore[arg-type] # as above
        settings=settings(max_examples=15, stateful_step_count=20),
    )
