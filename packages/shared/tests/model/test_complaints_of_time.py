"""What customers complain of in public about points that expire, each by its name."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from packages.shared.tests.model.shop import NewShop, Shop
from packages.shared.tests.model.terms import Terms

from loyalty_event_processor.outcomes import Result

MONTH = Terms(expiry=30)
NEVER = Terms()


def test_points_that_were_given_for_good_do_not_expire_by_later_rules(shop: Shop) -> None:
    shop.under(NEVER)
    shop.sells("A-1", 100)
    shop.under(MONTH)
    shop.sells("A-2", 10)

    shop.on("2029-01-01")
    shop.settles()

    assert shop.points == 100


def test_points_that_were_given_for_a_year_do_not_expire_sooner_by_later_rules(shop: Shop) -> None:
    shop.under(Terms(expiry=(12, "same_day")))
    shop.sells("A-1", 100)
    shop.under(MONTH)

    shop.on("2027-12-31")
    shop.settles()
    assert shop.points == 100

    shop.on("2028-01-02")
    assert shop.points == 0


def test_points_that_expire_by_their_own_rules_still_do_under_later_ones(shop: Shop) -> None:
    shop.under(MONTH)
    shop.sells("A-1", 100)
    shop.under(NEVER)

    shop.on("2027-03-01")
    assert shop.points == 0
    shop.settles()
    assert (shop.points, shop.account.lifetime.expired) == (0, 100)


def test_points_that_pend_keep_their_day_under_later_rules(shop: Shop) -> None:
    shop.under(Terms(pending_days=10))
    shop.sells("A-1", 100)
    shop.under(Terms(pending_days=60))
    assert shop.points == 0

    shop.on("2027-01-11")

    assert shop.points == 100


@pytest.mark.parametrize("is_swept", [False, True])
def test_points_expire_on_their_day_whether_or_not_a_sweep_has_run(
    shop: Shop, *, is_swept: bool
) -> None:
    shop.under(MONTH)
    shop.sells("A-1", 100)
    seen = []
    for day in ("2027-01-31", "2027-02-01", "2027-03-01"):
        shop.on(day)
        if is_swept:
            shop.settles()
        seen.append(shop.points)

    assert seen == [100, 0, 0]
    assert [entry.type.value for entry in shop.entries] == ["EARN", *["EXPIRE"] * is_swept]


@pytest.mark.parametrize("is_swept", [False, True])
def test_a_purchase_that_arrives_after_its_points_expired_gives_none(
    shop: Shop, *, is_swept: bool
) -> None:
    shop.under(MONTH)
    shop.on("2027-06-01")

    shop.sells("A-1", 100, occurredAt="2027-01-01T12:00:00Z")
    if is_swept:
        shop.settles()

    assert (shop.points, shop.account.debt) == (0, 0)


def test_a_sweep_that_runs_again_expires_nothing_twice(shop: Shop) -> None:
    shop.under(MONTH)
    shop.sells("A-1", 100)
    shop.on("2027-03-01")
    shop.sells("A-2", 50)

    for _ in range(3):
        shop.settles()

    assert (shop.points, shop.account.lifetime.expired, len(shop.entries)) == (50, 100, 3)


@pytest.mark.parametrize("is_swept", [False, True])
@pytest.mark.parametrize("when_spent", ["debt", "forgive"])
def test_a_refund_after_the_points_expired_makes_no_debt(
    shop: Shop, when_spent: Literal["debt", "forgive"], *, is_swept: bool
) -> None:
    shop.under(replace(MONTH, when_spent=when_spent))
    shop.sells("A-1", 100)
    shop.on("2027-03-01")
    shop.sells("A-2", 10)
    if is_swept:
        shop.settles()

    outcome = shop.takes_back("A-1", "R-1", 60)

    # What nobody has written off yet is taken back; what was written off is not there to take.
    assert (outcome.result, outcome.points) == (Result.PROCESSED, 0 if is_swept else -60)
    assert (shop.points, shop.account.debt, shop.points_of("A-1")) == (10, 0, 40)


def test_a_refund_after_the_points_expired_comes_out_the_same_swept_or_not(
    empty_shops: NewShop,
) -> None:
    accounts = []
    for is_swept in (False, True):
        shop = empty_shops()
        shop.under(replace(MONTH, pending_days=5))
        shop.sells("A-1", 100)
        shop.on("2027-01-20")
        shop.sells("A-2", 400)
        shop.on("2027-02-10")
        if is_swept:
            shop.settles()
        shop.takes_back("A-1", "R-1", 100)
        shop.takes_back("A-2", "R-2", 100)
        shop.settles()
        accounts.append(shop.account)

    swept, unswept = accounts
    assert swept == unswept
    assert swept.debt == 0


def test_an_order_that_came_late_and_expired_as_late_is_refunded_without_debt(shop: Shop) -> None:
    shop.under(MONTH)
    shop.sells("A-1", 100)
    shop.on("2027-03-01")
    shop.settles()
    shop.sells("A-2", 100, occurredAt="2027-01-01T12:00:00Z")  # the same last day
    shop.settles()

    shop.takes_back("A-1", "R-1", 100)
    shop.takes_back("A-2", "R-2", 100)

    assert (shop.points, shop.account.debt) == (0, 0)


def test_points_that_expired_stand_for_one_refund_only(shop: Shop) -> None:
    shop.under(MONTH)
    shop.sells("A-1", 100)
    shop.on("2027-03-01")
    shop.settles()

    for refund in ("R-1", "R-2"):
        shop.takes_back("A-1", refund, 50)

    life = shop.account.lifetime
    assert (life.earned, life.expired, life.reversed) == (100, 0, 100)
    assert [entry.points for entry in shop.entries] == [100, -100, 0, 0]
