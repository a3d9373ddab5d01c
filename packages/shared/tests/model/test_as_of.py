"""An account as of another day, and as it was known at another time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packages.shared.tests.model.orders import Order
from packages.shared.tests.model.scene import MEMBERS, START, Scene
from packages.shared.tests.model.seeds import (
    Buying,
    Seed,
    buyings,
    repeatings,
    returnings,
    seeds,
    sent_of,
)
from packages.shared.tests.model.shop import Shop
from packages.shared.tests.model.terms import PLAIN, VERSIONS, Terms

from loyalty_shared.contracts.account_bodies import AccountBody
from loyalty_shared.domain.errors import MemberNotFound
from loyalty_shared.service import statements
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.storage.memory import MemoryLedgerStore

START_OF_SHOP = datetime(2027, 1, 1, 12, tzinfo=UTC)
PROMPT = timedelta()
ALIKE = PLAIN[:1]

many = settings(max_examples=120)


@dataclass(frozen=True)
class Step:
    """Some time passes; something happens; time's own entries are written, or not."""

    gap: timedelta
    seed: Seed
    is_settled: bool


def histories(seed: st.SearchStrategy[Seed], fewest: int = 1) -> st.SearchStrategy[list[Step]]:
    gaps = st.one_of(
        st.integers(0, 50).map(lambda hours: timedelta(hours=hours)),
        st.integers(0, 70).map(lambda days: timedelta(days=days)),
    )
    steps = st.builds(Step, gaps, seed, st.booleans())
    return st.lists(steps, min_size=fewest, max_size=10)


in_order = st.one_of(
    buyings.map(lambda seed: replace(seed, ago=PROMPT)),
    returnings.map(lambda seed: replace(seed, ago=PROMPT)),
    repeatings.map(lambda seed: replace(seed, how="same")),
)
terms = st.sampled_from(VERSIONS)
offsets = st.sampled_from(
    [timedelta(microseconds=-1), timedelta(), timedelta(hours=7), timedelta(days=20)]
)


def play(scene: Scene, steps: list[Step], until: datetime | None = None) -> None:
    """Let a history happen, or the part of it that did by a moment."""
    for step in steps:
        if until and scene.now + step.gap > until:
            scene.now = until
            return
        scene.now += step.gap
        scene.deliver(sent_of(step.seed, scene))
        if step.is_settled:
            scene.settle()


def moments(scene: Scene) -> list[datetime]:
    """List when the things in the ledger occurred, in the time up to now."""
    world = scene.worlds[0]
    entries = [each for member in MEMBERS for each in world.entries_after(member, 0)]
    found = (decode_entry(each.body).occurred_at for each in entries)
    return sorted(moment for moment in found if moment <= scene.now) or [START]


def seen(
    scene: Scene,
    member: str,
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> AccountBody | None:
    """Look at an account as a client does; None where there is none."""
    ledger = scene.worlds[0].ledger
    try:
        found = statements.account(ledger, member, as_of=as_of, known_at=known_at)
    except MemberNotFound:
        return None
    body = AccountBody.of(ledger.program, member, found.account, found.seq, found.as_of)
    return body.model_copy(update={"seq": 0, "as_of": START})


def nobody(body: AccountBody | None) -> bool:
    """Say whether there is no account, or nothing in it."""
    return body is None or (not any(body.lifetime.model_dump().values()) and not body.points.debt)


@many
@given(terms=terms, steps=histories(in_order), which=st.integers(0, 9), offset=offsets)
def test_as_of_a_past_moment_an_account_is_what_it_was_then(
    terms: Terms, steps: list[Step], which: int, offset: timedelta
) -> None:
    scene = Scene([MemoryLedgerStore()], terms)
    play(scene, steps)
    moment = moments(scene)[-1 - which % len(moments(scene))] + offset
    moment = min(moment, scene.now)
    then = Scene([MemoryLedgerStore()], terms)
    play(then, steps, moment)
    then.now = moment

    for member in MEMBERS:
        now, before = seen(scene, member, as_of=moment), seen(then, member)
        assert now == before or (nobody(now) and nobody(before))


@many
@given(terms=terms, steps=histories(seeds), part=st.integers(0, 100))
def test_known_at_a_past_moment_an_account_is_what_had_been_recorded(
    terms: Terms, steps: list[Step], part: int
) -> None:
    scene = Scene([MemoryLedgerStore()], terms)
    play(scene, steps)
    world = scene.worlds[0]
    known_at = START + (scene.now - START) * part / 100

    for member in MEMBERS:
        entries = [decode_entry(each.body) for each in world.entries_after(member, 0)]
        known = [entry for entry in entries if entry.recorded_at <= known_at]
        if not known:
            with pytest.raises(MemberNotFound):
                statements.account(world.ledger, member, as_of=scene.now, known_at=known_at)
            continue
        found = statements.account(world.ledger, member, as_of=scene.now, known_at=known_at)
        assert (found.account, found.seq) == (known[-1].account, known[-1].seq)


@many
@given(terms=terms, steps=histories(in_order), which=st.integers(0, 9), offset=offsets)
def test_known_at_alone_says_what_an_answer_was_then(
    terms: Terms, steps: list[Step], which: int, offset: timedelta
) -> None:
    scene = Scene([MemoryLedgerStore()], terms)
    play(scene, steps)
    moment = moments(scene)[-1 - which % len(moments(scene))] + offset
    moment = min(moment, scene.now)
    then = Scene([MemoryLedgerStore()], terms)
    play(then, steps, moment)
    then.now = moment

    for member in MEMBERS:
        assert seen(scene, member, known_at=moment) == seen(then, member)


@many
@given(terms=terms, steps=histories(seeds), days=st.integers(0, 900))
def test_as_of_a_future_day_time_alone_has_gone_on_swept_or_not(
    terms: Terms, steps: list[Step], days: int
) -> None:
    scene = Scene([MemoryLedgerStore()], terms)
    play(scene, steps)
    moment = scene.now + timedelta(days=days)
    foreseen = {member: seen(scene, member, as_of=moment) for member in MEMBERS}

    scene.settle()
    assert {member: seen(scene, member, as_of=moment) for member in MEMBERS} == foreseen

    scene.now = moment
    assert {member: seen(scene, member) for member in MEMBERS} == foreseen

    scene.settle()
    assert {member: seen(scene, member) for member in MEMBERS} == foreseen


@many
@given(
    pending_days=st.sampled_from([0, 20]),
    steps=histories(st.one_of(buyings, returnings), fewest=4),
    which=st.integers(0, 9),
    offset=offsets,
)
def test_as_of_a_past_moment_what_the_shop_dates_later_does_not_count(
    pending_days: int, steps: list[Step], which: int, offset: timedelta
) -> None:
    # Events come late and out of their order. With one tier and nothing to round, that makes no
    # difference to an order.
    scene = Scene([MemoryLedgerStore()], Terms(rate="100", pending_days=pending_days, levels=ALIKE))
    play(scene, [replace(step, seed=never_awaited(step.seed)) for step in steps])
    moment = moments(scene)[-1 - which % len(moments(scene))] + offset

    for member in MEMBERS:
        orders = [
            order
            for order in scene.book.orders.values()
            if order.member == member and order.bought and order.bought.at <= moment
        ]
        body = seen(scene, member, as_of=moment)
        if body is None:
            assert orders == []
            continue
        points = body.points
        assert points.available + points.pending == sum(kept_by(order, moment) for order in orders)
        assert (body.lifetime.earned, points.debt) == (sum(order.earned for order in orders), 0)


def kept_by(order: Order, moment: datetime) -> int:
    given_back = {name: each for name, each in order.refunds.items() if each.at <= moment}
    return replace(order, refunds=given_back).kept


def never_awaited(seed: Seed) -> Seed:
    # What a refund took that came before its order is part of the order's own entry.
    return replace(seed, is_awaited=False) if isinstance(seed, Buying) else seed


@many
@given(
    steps=histories(seeds, fewest=3),
    changes=st.lists(terms, min_size=2, max_size=2),
    which=st.integers(0, 9),
    offset=offsets,
)
def test_as_of_any_moment_an_account_adds_up(
    steps: list[Step], changes: list[Terms], which: int, offset: timedelta
) -> None:
    scene = Scene([MemoryLedgerStore()], changes[0])
    play(scene, steps[::2])
    scene.change_program(changes[1])
    play(scene, steps[1::2])
    moment = moments(scene)[-1 - which % len(moments(scene))] + offset

    for member in MEMBERS:
        if seen(scene, member, as_of=moment):
            found = statements.account(scene.worlds[0].ledger, member, as_of=moment).account
            assert found.is_conserved()
            assert found.debt >= 0
            assert all(lot.points > 0 for lot in found.lots)
            assert all(points >= 0 for points in found.qualification.by_month)


def test_as_of_a_past_moment_nothing_was_given_back_that_had_not_been_spent(shop: Shop) -> None:
    shop.sells("A-1", 100)
    shop.on("2027-01-05")
    shop.redeems(50, "A-2")
    # The shop dates both before the redemption.
    shop.sells("A-2", 1, occurredAt="2027-01-02T12:00:00Z")
    shop.takes_back("A-2", "R-1", 1, occurredAt="2027-01-03T12:00:00Z")
    shop.on("2027-01-06")

    found = statements.account(shop.ledger, "ann", as_of=shop.now - timedelta(days=2)).account

    assert (found.points_on(shop.now.date()).available, found.lifetime.redeemed) == (100, 0)


def test_as_of_a_past_moment_what_was_spent_on_an_order_of_the_next_day_was_spent(
    shop: Shop,
) -> None:
    shop.sells("A-1", 100)
    shop.sells("A-2", 1, occurredAt="2027-01-02T10:00:00Z")
    shop.redeems(50, "A-2")
    shop.holds(20, minutes=7 * 24 * 60, order="A-2")
    shop.on("2027-01-06")

    found = statements.account(shop.ledger, "ann", as_of=START_OF_SHOP).account

    assert found.points_on(START_OF_SHOP.date()).available == 30
    assert (found.lifetime.redeemed, found.held) == (50, 20)
