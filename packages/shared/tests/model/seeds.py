"""What may happen, as small plain values that hypothesis can shrink; a scene makes them events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from math import floor
from typing import Literal

from hypothesis import strategies as st
from packages.shared.tests.model.events import Bought, Event, GaveBack, Lines, Sent, differing
from packages.shared.tests.model.scene import MEMBERS, Scene
from packages.shared.tests.model.till import Till
from packages.shared.tests.model.troubled_store import Trouble


@dataclass(frozen=True)
class Buying:
    """A new order, or one (`is_awaited`) of which a refund has come already."""

    member: int
    cents: int
    lines: int
    extras: int
    ago: timedelta
    is_awaited: bool


@dataclass(frozen=True)
class Returning:
    """A refund of an order, or of one (`is_early`) that is still to come; `share` in percent."""

    order: int
    share: int
    of: Literal["amount", "line", "line and more", "strange line", "all that is left"]
    ago: timedelta
    is_early: bool


@dataclass(frozen=True)
class Repeating:
    """Something that was sent before: the same message, or under its ids something else."""

    which: int
    how: Literal["same", "published again", "differing", "of another member"]


@dataclass(frozen=True)
class Spending:
    """Points to spend, for nothing, or for an order that is there or to come.

    At most so many, or as many as the order costs, or one more.
    """

    member: int
    most: int | Literal["all of it", "too much"]
    on: Literal["nothing", "an order", "an order to come"]
    order: int


@dataclass(frozen=True)
class Holding:
    """Points to set aside for a time."""

    spending: Spending
    lasts: timedelta


Seed = Buying | Returning | Repeating

_agos = st.one_of(
    st.just(timedelta()),
    st.integers(-20, 48).map(lambda hours: timedelta(hours=hours)),
    st.integers(0, 60).map(lambda days: timedelta(days=days)),
    st.integers(0, 1100).map(lambda days: timedelta(days=days)),
)
_cents = st.one_of(st.integers(0, 2_000), st.integers(10_000, 100_000), st.just(40_000))
_shares = st.one_of(st.sampled_from([100, 50, 99]), st.integers(0, 110))
_some = st.integers(0, 9)

buyings = st.builds(
    Buying,
    member=st.integers(0, len(MEMBERS) - 1),
    cents=_cents,
    lines=st.integers(0, 3),
    extras=st.sampled_from([0, 0, 10, 50]),
    ago=_agos,
    is_awaited=st.booleans(),
)
returnings = st.builds(
    Returning,
    order=_some,
    share=_shares,
    of=st.sampled_from(
        ["amount", "amount", "line", "line and more", "strange line", "all that is left"]
    ),
    ago=_agos,
    is_early=st.sampled_from([False, False, False, True]),
)
repeatings = st.builds(
    Repeating,
    which=_some,
    how=st.sampled_from(["same", "same", "published again", "differing", "of another member"]),
)
seeds = st.one_of(buyings, returnings, returnings, repeatings)
spendings = st.builds(
    Spending,
    member=st.integers(0, len(MEMBERS) - 1),
    most=st.one_of(
        st.sampled_from([1, 100, 10_000]),
        st.integers(1, 500),
        st.sampled_from(["all of it", "all of it", "too much"]),
    ),
    on=st.sampled_from(["nothing", "an order", "an order", "an order to come"]),
    order=_some,
)
holdings = st.builds(
    Holding,
    spending=spendings,
    lasts=st.one_of(
        st.integers(1, 3_600).map(lambda seconds: timedelta(seconds=seconds)),
        st.integers(1, 400).map(lambda days: timedelta(days=days)),
    ),
)

troubles = st.one_of(
    st.builds(
        Trouble,
        st.just("append"),
        st.integers(1, 3),
        st.sampled_from(["not done", "done", "conflict"]),
    ),
    st.builds(Trouble, st.just("read"), st.integers(1, 4), st.just("not done")),
    st.builds(Trouble, st.just("commit"), st.just(1), st.sampled_from(["not done", "done"])),
)
settle_troubles = st.one_of(
    troubles,
    st.builds(
        Trouble,
        st.sampled_from(["due", "forget"]),
        st.integers(1, 3),
        st.sampled_from(["not done", "done"]),
    ),
)


def sent_of(seed: Seed, scene: Scene) -> Sent:
    """Make a message of a seed, as things stand in a scene."""
    if isinstance(seed, Repeating):
        return _repeated(seed, scene)
    if isinstance(seed, Buying):
        return scene.send(_bought(seed, scene))
    return scene.send(_given_back(seed, scene))


def spending_of(seed: Spending, scene: Scene, till: Till) -> tuple[int, str | None]:
    """Say how many points are spent, of those that there are, one at least, and on what."""
    name = _order_of(seed, scene)
    order = scene.book.orders.get(name) if name else None
    most = seed.most if isinstance(seed.most, int) else 1_000
    if order and order.bought and not isinstance(seed.most, int):
        left = Fraction(order.bought.total - order.cents_paid, 100)
        most = floor(left * Fraction(till.terms.points_a_euro)) + (seed.most == "too much")
    most = min(most, till.available(MEMBERS[seed.member]))
    return max(most - most % till.terms.spent_in_steps, till.terms.least_spent), name


def _order_of(seed: Spending, scene: Scene) -> str | None:
    if seed.on == "nothing":
        return None
    names = [
        name
        for name, order in scene.book.orders.items()
        if order.member == MEMBERS[seed.member] or seed.order % 4 == 1
    ]
    if seed.on == "an order" and names:
        return names[-1 - seed.order % len(names)]
    return f"order-{len(scene.sent)}-to-come"


def _repeated(seed: Repeating, scene: Scene) -> Sent:
    if not scene.sent:
        return scene.send(Bought("ann", "order-0", 12_345, scene.now))
    again = scene.sent[-1 - seed.which % len(scene.sent)]
    if seed.how == "same":
        return again
    event: Event = replace(again.event, at=scene.now)
    if seed.how == "differing":
        event = differing(event)
    if seed.how == "of another member":
        event = replace(event, member=next(each for each in MEMBERS if each != event.member))
    return scene.send(event)


def _bought(seed: Buying, scene: Scene) -> Bought:
    awaited = [name for name, order in scene.book.orders.items() if order.bought is None]
    name, member = f"order-{len(scene.sent)}", MEMBERS[seed.member]
    if seed.is_awaited and awaited:
        name = awaited[0]
        if seed.extras < 50:  # and else it may be that somebody else sent the refund
            member = scene.book.orders[name].member
    extras = seed.cents * seed.extras // 100
    goods = seed.cents - extras
    lines = [(f"line-{number}", goods // seed.lines) for number in range(seed.lines)]
    return Bought(member, name, seed.cents, scene.now - seed.ago, extras, tuple(lines))


def _given_back(seed: Returning, scene: Scene) -> GaveBack:
    names = list(scene.book.orders)
    number = len(scene.sent)
    lines: Lines
    if seed.is_early or not names:
        name, member, lines, left = f"order-{number}", MEMBERS[seed.order % 2], (), 10_000
    else:
        name = names[-1 - seed.order % len(names)]
        order = scene.book.orders[name]
        member, lines = order.member, order.bought.lines if order.bought else ()
        left = order.bought.total if order.bought else 10_000
        if seed.of == "all that is left":
            left = max(left - sum(each.total for each in order.refunds.values()), 0)
    amount: int | None = left * (100 if seed.of == "all that is left" else seed.share) // 100
    given: Lines = ()
    if "line" in seed.of:
        line, cents = lines[seed.order % len(lines)] if lines else ("line-0", 1_000)
        line = "line-x" if seed.of == "strange line" else line
        given = ((line, cents * seed.share // 100),)
        amount = None if seed.of == "line" else given[0][1] + 100
    return GaveBack(member, name, f"refund-{number}", amount, scene.now - seed.ago, given)
