"""Members as a state machine: whatever happens to them, on whichever store, it all adds up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from packages.shared.tests.model.scene import MEMBERS, Scene
from packages.shared.tests.model.seeds import (
    Buying,
    Returning,
    Seed,
    buyings,
    returnings,
    seeds,
    sent_of,
    settle_troubles,
    troubles,
)
from packages.shared.tests.model.terms import VERSIONS, Terms
from packages.shared.tests.model.till import Till
from packages.shared.tests.model.troubled_store import Trouble

from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.storage.memory import MemoryLedgerStore

OpenStore = Callable[[], LedgerArchive]

versions = st.sampled_from(VERSIONS)
members = st.sampled_from(MEMBERS)


class Members(RuleBasedStateMachine):
    """What may happen. After each step the scene checks what must be true."""

    def __init__(self, stores: Sequence[LedgerArchive]) -> None:
        super().__init__()
        self.stores = stores

    @initialize(version=versions)
    def the_program_begins(self, version: Terms) -> None:
        self.scene = Scene(self.stores, version)
        self.till = Till(self.scene)

    @rule(some=st.lists(seeds, min_size=1, max_size=4))
    def events_are_delivered(self, some: list[Seed]) -> None:
        self.scene.deliver(*[sent_of(seed, self.scene) for seed in some])

    @rule(seed=buyings)
    def a_purchase_is_delivered(self, seed: Seed) -> None:
        self.scene.deliver(sent_of(seed, self.scene))

    @rule(seed=seeds, trouble=troubles, is_patient=st.booleans())
    def the_store_fails(self, seed: Seed, trouble: Trouble, *, is_patient: bool) -> None:
        sent = sent_of(seed, self.scene)
        self.scene.deliver_in_trouble(sent, trouble, is_patient=is_patient)

    @precondition(lambda self: self.scene.late)
    @rule()
    def what_failed_is_delivered_again(self) -> None:
        self.scene.deliver_late()

    @rule(seed=seeds, beside=seeds)
    def a_rival_gets_in_between(self, seed: Seed, beside: Seed) -> None:
        sent = sent_of(seed, self.scene)
        self.scene.deliver_beside_a_rival(sent, sent_of(beside, self.scene))

    @rule(
        some=st.one_of(
            st.integers(1, 48).map(lambda hours: timedelta(hours=hours)),
            st.integers(1, 20).map(lambda days: timedelta(days=days)),
            st.integers(1, 400).map(lambda days: timedelta(days=days)),
        )
    )
    def time_passes(self, some: timedelta) -> None:
        self.scene.now += some
        self.scene.check()

    @rule(before=st.booleans())
    def the_next_day_comes_that_somebody_is_due_on(self, *, before: bool) -> None:
        scene = self.scene
        days = [day for day in scene.worlds[0].marks() if day > scene.today]
        if days:
            scene.now = scene.book.terms.midnight(days[0]) - timedelta(milliseconds=before)
        scene.check()

    @rule(hours=st.one_of(st.integers(1, 30), st.integers(1, 2_000)))
    def the_clock_is_set_back(self, hours: int) -> None:
        self.scene.now -= timedelta(hours=hours)
        self.scene.check()

    @rule(days=st.sampled_from([None, None, None, 0, 1, 2]))
    def who_is_due_is_settled(self, days: int | None) -> None:
        self.scene.settle(days=days)

    @rule(trouble=settle_troubles)
    def the_store_fails_while_settling(self, trouble: Trouble) -> None:
        self.scene.settle(trouble)

    @rule(version=versions)
    def the_program_changes(self, version: Terms) -> None:
        self.scene.change_program(version)

    def teardown(self) -> None:
        scene = self.scene
        try:
            if scene.is_sound:  # what is wrong already shall show as it is
                scene.deliver_late()
                newest = max(audit.latest_day for audit in scene.audits.values())
                scene.now = max(scene.now, scene.book.terms.midnight(newest))
                scene.settle()
                scene.live_until(scene.now + timedelta(days=500))
                scene.check_all_alike()
        finally:
            scene.close()


class SpendingMembers(Members):
    """The same where members spend, so that refunds may find nothing to take."""

    @rule(member=members, most=st.sampled_from([1, 100, 10_000]))
    def points_are_spent(self, member: str, most: int) -> None:
        self.till.spend(member, most)

    @rule(member=members, trouble=troubles)
    def the_store_fails_while_points_are_spent(self, member: str, trouble: Trouble) -> None:
        self.till.spend(member, 50, trouble)

    @rule(member=members)
    def too_much_is_spent(self, member: str) -> None:
        self.till.spend_too_much(member)

    @rule(member=members, which=st.integers(0, 2))
    def what_was_spent_comes_back(self, member: str, which: int) -> None:
        self.till.give_back(member, which)

    @rule(buying=buyings, returning=returnings)
    def an_order_is_given_back_when_all_is_spent(
        self, buying: Buying, returning: Returning
    ) -> None:
        scene = self.scene
        scene.deliver(sent_of(replace(buying, ago=timedelta()), scene))
        self.till.spend(MEMBERS[buying.member], 1_000_000)
        scene.deliver(sent_of(replace(returning, order=0, is_early=False), scene))


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
