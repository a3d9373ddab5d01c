"""Whoever settles on the days that somebody is due on, and on no other, misses nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packages.shared.tests.model.events import Bought, GaveBack
from packages.shared.tests.model.scene import Scene
from packages.shared.tests.model.seeds import Buying, Returning, buyings, returnings, sent_of
from packages.shared.tests.model.terms import Level, Terms

from loyalty_shared.storage.memory import MemoryLedgerStore

LEVELS: tuple[Level, ...] = (("Basic", 0, "1"), ("Gold", 300, "1"), ("Platinum", 1000, "1"))
TWO_MONTHS = Terms(window=2, levels=LEVELS)

prompt = timedelta()
large_buyings = st.builds(
    replace,
    buyings.map(lambda buying: replace(buying, member=0, ago=prompt)),
    cents=st.integers(100, 1_200).map(lambda euros: euros * 100),
)
prompt_returnings = returnings.map(lambda returning: replace(returning, ago=prompt, is_early=False))
tiers = st.builds(
    Terms,
    window=st.sampled_from([1, 2, 3, "calendar_year"]),
    grace_months=st.integers(0, 2),
    expiry=st.sampled_from([None, 20, (1, "month_end")]),
    pending_days=st.sampled_from([0, 15]),
    levels=st.just(LEVELS),
)


def on(month: int, day: int) -> datetime:
    return datetime(2027, month, day, 12, tzinfo=UTC)


@given(
    terms=tiers,
    days=st.lists(
        st.tuples(st.integers(0, 45), st.one_of(large_buyings, prompt_returnings)),
        min_size=2,
        max_size=12,
    ),
)
def test_what_is_settled_on_due_days_is_settled_every_day(
    terms: Terms, days: list[tuple[int, Buying | Returning]]
) -> None:
    scene = Scene([MemoryLedgerStore()], terms)
    for some, seed in days:
        scene.live_until(scene.now + timedelta(days=some))
        scene.deliver(sent_of(seed, scene))
        scene.settle()
    scene.live_until(scene.now + timedelta(days=800))

    for audit in scene.audits.values():
        assert all(lot.changes_on() == () for lot in audit.account.lots)


def test_a_refund_after_months_without_a_purchase_leaves_no_tier_that_is_over() -> None:
    scene = Scene([MemoryLedgerStore()], TWO_MONTHS)
    for month, cents in ((2, 300_00), (3, 1100_00)):
        scene.now = on(month, 10)
        scene.deliver(scene.send(Bought("ann", f"in month {month}", cents, scene.now)))
    scene.now = on(4, 10)
    scene.settle()

    # It leaves 250 of March, and those of February no longer count in April.
    scene.deliver(scene.send(GaveBack("ann", "in month 3", "r-1", 850_00, scene.now)))
    scene.settle()

    assert scene.audits["ann"].account.tier == "Basic"


def test_a_tier_that_ends_sooner_under_new_rules_is_looked_at_sooner() -> None:
    scene = Scene([MemoryLedgerStore()], replace(TWO_MONTHS, window=12))
    scene.now = on(3, 10)
    scene.deliver(scene.send(Bought("ann", "A-1", 400_00, scene.now)))
    scene.change_program(TWO_MONTHS)
    scene.deliver(scene.send(Bought("ann", "A-2", 10_00, scene.now)))
    assert scene.audits["ann"].account.tier == "Gold"

    scene.live_until(on(6, 10))

    assert scene.audits["ann"].account.tier == "Basic"


def test_a_run_that_is_stopped_leaves_the_rest_to_the_next() -> None:
    scene = Scene([MemoryLedgerStore()], Terms(expiry=30))
    for day in (1, 2, 3):
        scene.now = on(3, day)
        for member in ("ann", "bob"):
            order = f"{member} on day {day}"
            scene.deliver(scene.send(Bought(member, order, 100_00, scene.now)))
    scene.now = on(5, 1)

    scene.settle(days=1)
    scene.settle(days=0)
    scene.settle()

    assert [audit.account.lifetime.expired for audit in scene.audits.values()] == [300, 300]


@pytest.mark.parametrize("days_back", [1, 40])
def test_a_clock_that_was_set_back_expires_nothing_twice(days_back: int) -> None:
    scene = Scene([MemoryLedgerStore()], Terms(expiry=30))
    scene.now = on(3, 1)
    scene.deliver(scene.send(Bought("ann", "A-1", 100_00, scene.now)))
    scene.now = on(4, 1)
    scene.settle()

    scene.now -= timedelta(days=days_back)
    scene.deliver(scene.send(GaveBack("ann", "A-1", "r-1", 100_00, scene.now)))
    scene.settle()

    account = scene.audits["ann"].account
    assert (account.debt, account.lifetime.expired, account.lifetime.reversed) == (0, 0, 100)
