"""What customers and shops complain of in public about spending points, each by its name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import permutations
from math import floor
from typing import Literal

import pytest
from packages.shared.tests.model.shop import Shop
from packages.shared.tests.model.terms import Terms
from packages.shared.tests.model.troubled_store import Trouble, TroubledStore

from loyalty_event_processor.outcomes import Result
from loyalty_shared.domain.errors import (
    AlreadyRestored,
    HoldNotOpen,
    InsufficientPoints,
    OrderOfAnotherMember,
    RedemptionExceedsOrder,
    StoreUnavailable,
)
from loyalty_shared.service.ledger import Ledger

# ------------------------------------------------------------ points lost on a checkout time-out


def test_points_of_a_checkout_that_timed_out_are_back_at_that_moment(shop: Shop) -> None:
    shop.sells("A-1", 100)
    shop.holds(70, minutes=15, order="A-2")
    shop.now += timedelta(minutes=15, microseconds=-1)
    assert shop.points == 30

    shop.now += timedelta(microseconds=1)

    assert (shop.points, len(shop.entries)) == (100, 2)  # and nobody had to do anything
    shop.redeems(100)
    assert shop.points == 0


def test_points_of_a_checkout_that_timed_out_are_not_spent_as_well(shop: Shop) -> None:
    shop.sells("A-1", 100)
    hold = shop.holds(70, minutes=15, order="A-2")
    shop.now += timedelta(minutes=15)

    with pytest.raises(HoldNotOpen):
        shop.captures(hold)
    with pytest.raises(HoldNotOpen):
        shop.releases(hold)

    assert (shop.points, shop.account.lifetime.redeemed) == (100, 0)


def test_a_sweep_writes_that_a_checkout_timed_out_and_changes_nothing(shop: Shop) -> None:
    shop.sells("A-1", 100)
    shop.holds(70, minutes=15)
    shop.on("2027-01-02")
    shop.settles()

    assert [entry.type for entry in shop.entries] == ["EARN", "HOLD", "LAPSE"]
    assert (shop.points, shop.account.holds) == (100, ())


@pytest.mark.parametrize("what", ["done", "not done"])
def test_a_checkout_that_got_no_answer_and_asks_again_holds_points_once(
    shop: Shop, what: str
) -> None:
    shop.sells("A-1", 100)
    front, ledger = TroubledStore(shop.store), shop.ledger
    shop.ledger = Ledger(front, ledger.rules, ledger.clock, lambda _: None)
    front.expect(Trouble("append", 1, what))  # type: ignore[arg-type] # one of its words

    with pytest.raises(StoreUnavailable):
        shop.holds(70, key="the checkout")
    hold = shop.holds(70, key="the checkout")

    assert (shop.points, shop.account.held) == (30, 70)
    shop.captures(hold)
    assert (shop.points, shop.account.held) == (30, 0)


def test_points_that_expired_while_a_checkout_timed_out_can_still_be_used(shop: Shop) -> None:
    shop.under(Terms(expiry=1, return_days=7))
    shop.sells("A-1", 100)
    shop.holds(70, minutes=2 * 24 * 60)

    shop.on("2027-01-03")

    assert shop.points == 70
    shop.on("2027-01-10")
    assert shop.points == 70
    shop.on("2027-01-11")
    assert shop.points == 0


# ------------------------------------------------------------ a refund does not restore points


def test_a_refund_restores_what_was_spent_in_whatever_order_it_all_comes(shop: Shop) -> None:
    orders = permutations(["pay", "buy", "half", "other half"])
    for number, events in enumerate(orders):
        shop.sells(f"before {number}", 1000)
        points, order = shop.points, f"order {number}"
        for event in events:
            if event == "pay":
                shop.redeems(333, order)
            elif event == "buy":
                shop.sells(order, 10)
            else:
                shop.takes_back(order, event, 5)
        assert (shop.points, shop.points_of(order)) == (points, 0)
    assert shop.account.lifetime.redeemed == 0


def test_a_partial_refund_restores_points_and_takes_back_no_more_than_its_part(shop: Shop) -> None:
    shop.sells("A-1", 300)
    shop.redeems(300, "A-2")  # 3.00 of
    shop.sells("A-2", 10)

    shop.takes_back("A-2", "R-1", 2.50)

    assert shop.account.lifetime.redeemed == 225
    # Of the 7.50 that are kept, 5.25 were paid with money; one is Gold with 300.
    assert (shop.points_of("A-2"), shop.points) == (7, 75 + 7)


def test_a_refund_restores_what_was_captured(shop: Shop) -> None:
    shop.sells("A-1", 100)
    shop.captures(shop.holds(100, order="A-2"), 80)
    shop.sells("A-2", 8)

    shop.takes_back("A-2", "R-1", 8)

    assert (shop.points, shop.account.lifetime.redeemed) == (100, 0)


def test_what_a_refund_restored_is_not_restored_again(shop: Shop) -> None:
    shop.sells("A-1", 100)
    spent = shop.redeems(80, "A-2")
    shop.sells("A-2", 8)
    shop.takes_back("A-2", "R-1", 2)

    assert shop.undoes(spent) == 60
    with pytest.raises(AlreadyRestored):
        shop.undoes(spent)
    shop.takes_back("A-2", "R-2", 6)

    assert (shop.points, shop.points_of("A-2")) == (100, 0)


def test_points_that_a_refund_restores_after_their_last_day_can_be_used(shop: Shop) -> None:
    shop.under(Terms(expiry=30, return_days=7))
    shop.sells("A-1", 100)
    shop.redeems(100, "A-2")
    shop.sells("A-2", 1)
    shop.on("2027-06-01")
    shop.settles()

    shop.takes_back("A-2", "R-1", 1)

    assert shop.points == 100
    shop.on("2027-06-08")
    assert shop.points == 100
    shop.on("2027-06-09")
    assert shop.points == 0


def test_a_refund_that_restores_points_pays_what_is_owed_first(shop: Shop) -> None:
    shop.sells("A-1", 100)
    shop.redeems(100, "A-2")
    shop.takes_back("A-1", "R-1", 60)
    shop.sells("A-2", 1)
    assert (shop.points, shop.account.debt) == (0, 60)

    shop.takes_back("A-2", "R-2", 1)

    assert (shop.points, shop.account.debt) == (40, 0)


@pytest.mark.parametrize("when_spent", ["debt", "forgive"])
@pytest.mark.parametrize("points", [30, 100])
def test_an_order_that_its_own_points_paid_for_leaves_nothing_when_it_is_refunded(
    shop: Shop, when_spent: Literal["debt", "forgive"], points: int
) -> None:
    shop.under(Terms(when_spent=when_spent))
    shop.sells("A-1", 100)
    shop.redeems(points, "A-1")

    shop.takes_back("A-1", "R-1", 40)
    shop.takes_back("A-1", "R-2", 60)

    assert (shop.points, shop.account.debt, shop.account.lifetime.redeemed) == (0, 0, 0)


@pytest.mark.parametrize("when_spent", ["debt", "forgive"])
def test_paying_for_an_order_with_its_own_points_and_undoing_it_makes_no_points(
    shop: Shop, when_spent: Literal["debt", "forgive"]
) -> None:
    shop.under(Terms(when_spent=when_spent, points_a_euro="1"))
    shop.sells("A-1", 100)
    for _ in range(3):
        elsewhere = shop.redeems(60)
        paid = shop.redeems(40, "A-1")
        shop.undoes(paid)
        shop.undoes(elsewhere)

    assert (shop.points, shop.points_of("A-1"), shop.account.debt) == (100, 100, 0)


# ------------------------------------------------------------ checked on one balance, taken from
# ------------------------------------------------------------ another


@pytest.mark.parametrize("is_settled", [False, True])
@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("off", [-1, 0, 1])
def test_what_is_shown_is_what_can_be_spent_around_every_midnight(
    shop: Shop, zone: str, off: int, *, is_settled: bool
) -> None:
    terms = Terms(pending_days=2, expiry=5, return_days=0, timezone=zone)
    shop.under(terms)
    start = terms.midnight(datetime(2027, 1, 1, tzinfo=UTC).date())
    for day in range(3):
        shop.now = start + timedelta(days=day, hours=1)
        shop.sells(f"A-{day}", 100 + day)
    expected = [0, 0, 100, 201, 303, 303, 203, 102, 0]  # each is for the days 2 to 5 after it
    for day in range(3, 9):
        shop.now = start + timedelta(days=day, microseconds=off)
        today = terms.day_of(shop.now)
        if is_settled:
            shop.settles()
        points = expected[(today - terms.day_of(start)).days]
        assert shop.points == points
        with pytest.raises(InsufficientPoints):
            shop.redeems(points + 1)
        with pytest.raises(InsufficientPoints):
            shop.holds(points + 1)
        if points:
            shop.undoes(shop.redeems(points))
        if points and off >= 0:  # one that ends on the next day comes back for that day
            shop.releases(shop.holds(points, minutes=1))


def test_what_is_held_for_one_order_does_not_pay_for_another(shop: Shop) -> None:
    shop.sells("A-1", 100)
    hold = shop.holds(60, order="A-2")

    with pytest.raises(InsufficientPoints):
        shop.redeems(41, "A-3")
    shop.redeems(40, "A-3")
    shop.captures(hold)

    assert (shop.points, shop.account.lifetime.redeemed) == (0, 100)


def test_two_holds_that_lapse_while_points_are_owed_show_what_can_be_spent(shop: Shop) -> None:
    shop.under(Terms(expiry=2, return_days=0))
    shop.sells("A-1", 10)
    for_long = shop.now
    shop.holds(10, minutes=4 * 24 * 60)  # comes back for its last day, the fifth
    shop.sells("A-2", 10)
    shop.holds(10, minutes=24 * 60)  # is over after the third
    shop.takes_back("A-1", "R-1", 10)
    assert shop.account.debt == 10

    shop.now = for_long + timedelta(days=4)

    # What came back first paid: so what is left is what came back last.
    assert shop.points == 10
    shop.redeems(10)


# ------------------------------------------------------------ float dust rejects a coupon


@pytest.mark.parametrize("rate", ["100", "10", "150", "1/3", "7/10", "3", "1"])
@pytest.mark.parametrize("cents", [30, 10, 70, 29, 115, 435, 810, 1999, 2_000_000_03])
@pytest.mark.parametrize("is_bought_first", [False, True])
def test_points_worth_exactly_what_an_order_costs_pay_for_all_of_it(
    shop: Shop, rate: str, cents: int, *, is_bought_first: bool
) -> None:
    shop.under(Terms(points_a_euro=rate, rate="1000000"))
    shop.sells("A-1", 10_000)
    whole = floor(Fraction(cents + 1, 100) * Fraction(rate))
    points = next(each for each in range(whole, -1, -1) if shop_value(each, rate) <= cents)
    if not points:
        return
    before = shop.points
    if is_bought_first:
        shop.sells("A-2", cents / 100)
        with pytest.raises(RedemptionExceedsOrder):
            shop.redeems(points + floor(Fraction(rate)) // 100 + 1, "A-2")
    shop.redeems(points, "A-2")
    if not is_bought_first:
        shop.sells("A-2", cents / 100)

    left = cents - shop_value(points, rate)
    assert shop.entries[-1].type in ("EARN", "CORRECT")
    assert shop.points == before - points + shop.points_of("A-2")
    assert (shop.points_of("A-2") == 0) == (left == 0)


def shop_value(points: int, rate: str) -> int:
    return floor(points * 100 / Fraction(rate))


def test_a_tenth_and_two_tenths_pay_for_three_tenths(shop: Shop) -> None:
    shop.sells("A-1", 100)
    shop.sells("A-2", 0.30)

    shop.redeems(10, "A-2")
    shop.redeems(20, "A-2")

    with pytest.raises(RedemptionExceedsOrder):
        shop.redeems(1, "A-2")
    assert (shop.points, shop.points_of("A-2")) == (70, 0)


def test_twenty_payments_of_a_nickel_pay_for_a_euro(shop: Shop) -> None:
    shop.sells("A-1", 100)
    shop.sells("A-2", 1)
    for _ in range(20):
        shop.redeems(5, "A-2")

    assert (shop.points, shop.points_of("A-2")) == (0, 0)
    shop.takes_back("A-2", "R-1", 0.70)
    shop.takes_back("A-2", "R-2", 0.20)
    shop.takes_back("A-2", "R-3", 0.10)
    assert (shop.points, shop.account.lifetime.redeemed) == (100, 0)


# ------------------------------------------------------------ earning on what points paid


@pytest.mark.parametrize("is_bought_first", [False, True])
@pytest.mark.parametrize(("points", "earned"), [(0, 100), (1, 99), (2_500, 75), (10_000, 0)])
def test_what_points_pay_of_an_order_earns_nothing(
    shop: Shop, points: int, earned: int, *, is_bought_first: bool
) -> None:
    shop.under(Terms(levels=(("Basic", 0, "1"),)))
    shop.sells("A-1", 10_000)
    if is_bought_first:
        shop.sells("A-2", 100)
    if points:
        shop.redeems(points, "A-2")
    shop.sells("A-2", 100)  # as a redelivery, where it was bought first

    assert (shop.points_of("A-2"), shop.points) == (earned, 10_000 - points + earned)
    assert shop.account.qualification.lifetime == 10_000 + earned


def test_nobody_lives_on_points_that_points_earned(shop: Shop) -> None:
    # A point pays a euro, and a euro earns a point.
    shop.under(Terms(points_a_euro="1"))
    shop.sells("A-0", 100)
    points = shop.points
    number = 0
    while points:
        number += 1
        order = f"A-{number}"
        spent = points // 2 or 1
        if number % 2:
            shop.captures(shop.holds(spent), order=order)
            shop.sells(order, spent)
        else:
            shop.sells(order, spent)
            shop.redeems(spent, order)
        assert shop.points == points - spent
        points = shop.points


def test_a_redemption_for_an_order_that_never_comes_earns_and_costs_nothing_more(
    shop: Shop,
) -> None:
    shop.sells("A-1", 100)
    spent = shop.redeems(30, "A-2")

    assert shop.undoes(spent) == 30
    assert shop.sells("A-2", 100).result is Result.PROCESSED
    assert (shop.points, shop.points_of("A-2")) == (200, 100)


def test_points_do_not_pay_for_what_somebody_else_bought(shop: Shop) -> None:
    shop.sells("A-1", 100)
    shop.sells("B-1", 100, userId="bob")
    hold = shop.holds(20, order="B-1")

    with pytest.raises(OrderOfAnotherMember):
        shop.redeems(30, "B-1")
    with pytest.raises(OrderOfAnotherMember):
        shop.captures(hold)

    assert (shop.points, shop.points_of("B-1")) == (80, 100)


def test_who_paid_for_an_order_that_somebody_else_then_bought_gets_the_points_back(
    shop: Shop,
) -> None:
    shop.sells("A-1", 100)
    spent = shop.redeems(30, "B-1")
    shop.sells("B-1", 100, userId="bob")
    assert shop.points_of("B-1") == 100

    assert shop.undoes(spent) == 30
    assert (shop.points, shop.points_of("B-1")) == (100, 100)


def test_no_fewer_than_no_points_were_ever_taken_back(shop: Shop) -> None:
    shop.under(Terms(when_spent="forgive"))
    shop.sells("A-1", 100)
    shop.redeems(100)
    shop.takes_back("A-1", "R-1", 50)  # 50 points are forgiven
    shop.sells("A-2", 10_000)

    shop.redeems(10_000, "A-1")  # worth all that it cost, so now it earns nothing

    life = shop.account.lifetime
    assert min(life.earned, life.redeemed, life.expired, life.reversed) >= 0
