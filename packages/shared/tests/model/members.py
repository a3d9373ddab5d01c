"""Members as a state machine: what may happen to them, but for what they spend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)
from packages.shared.tests.model.scene import Scene
from packages.shared.tests.model.seeds import (
    Seed,
    buyings,
    seeds,
    sent_of,
    settle_troubles,
    troubles,
)
from packages.shared.tests.model.terms import VERSIONS, Terms
from packages.shared.tests.model.till import Till
from packages.shared.tests.model.troubled_store import Trouble

from loyalty_shared.service.archive import LedgerArchive

versions = st.sampled_from(VERSIONS)


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
