"""What customers and shops complain of in public about refunds, each by its name."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import floor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packages.shared.tests.model.shop import NewShop, Shop
from packages.shared.tests.model.terms import Terms

from loyalty_event_processor.outcomes import Result

DOUBLE = Terms(rate="2")
HALF = Terms(rate="1/2")
THIRDS = Terms(rate="1/3")


def test_a_refund_is_not_recalculated_with_todays_rate(shop: Shop) -> None:
    shop.under(DOUBLE)
    shop.sells("A-1", 100)
    shop.under(HALF)

    outcome = shop.takes_back("A-1", "R-1", 40)

    assert (outcome.points, shop.points, shop.points_of("A-1")) == (-80, 120, 120)
    assert shop.entries[-1].program_version == DOUBLE.version


def test_a_refund_is_not_recalculated_with_todays_tier(shop: Shop) -> None:
    shop.sells("A-1", 300)  # Basic, and Gold from then on
    shop.sells("A-2", 100)

    shop.takes_back("A-1", "R-1", 100)
    shop.takes_back("A-2", "R-2", 100)

    assert (shop.points_of("A-1"), shop.points_of("A-2"), shop.points) == (200, 0, 200)


def test_a_refund_is_not_recalculated_with_todays_rounding_or_basis(shop: Shop) -> None:
    shop.under(Terms(rate="1/3", rounding="ceiling", basis="goods"))
    shop.sells("A-1", 20, shipping=10)  # 10 / 3, rounded up
    shop.under(Terms(rate="1/3", rounding="floor"))

    shop.takes_back("A-1", "R-1", 3)

    assert shop.points_of("A-1") == shop.points == 3  # 7 / 3, rounded up


def test_a_refund_under_rules_that_came_and_went_uses_those_of_its_order(shop: Shop) -> None:
    for order, terms in (("A-1", DOUBLE), ("A-2", HALF), ("A-3", DOUBLE)):
        shop.under(terms)
        shop.sells(order, 100)

    shop.under(THIRDS)
    for order in ("A-1", "A-2", "A-3"):
        shop.takes_back(order, f"R of {order}", 50)

    assert [shop.points_of(order) for order in ("A-1", "A-2", "A-3")] == [100, 25, 100]


def test_a_refund_does_not_keep_the_points(shop: Shop) -> None:
    shop.sells("A-1", 100)

    shop.takes_back("A-1", "R-1", 100)

    assert (shop.points, shop.points_of("A-1")) == (0, 0)
    assert shop.account.qualification.lifetime == 0


def test_a_refund_does_not_keep_the_tier_that_its_order_gave(shop: Shop) -> None:
    shop.sells("A-1", 300)
    assert shop.account.tier == "Gold"

    shop.takes_back("A-1", "R-1", 0.01)

    assert (shop.points, shop.account.tier) == (299, "Basic")


def test_a_refund_does_not_keep_points_that_are_still_pending(shop: Shop) -> None:
    shop.under(Terms(pending_days=14))
    shop.sells("A-1", 100)

    shop.takes_back("A-1", "R-1", 60)

    assert (shop.points, shop.account.points_on(shop.now.date()).pending) == (0, 40)
    shop.on("2027-02-01")
    assert shop.points == 40


def test_a_refund_that_arrives_before_its_order_is_not_lost(shop: Shop) -> None:
    early = shop.takes_back("A-1", "R-1", 60)
    late = shop.sells("A-1", 100)

    assert (early.result, early.points) == (Result.PROCESSED, 0)
    assert (late.result, late.points) == (Result.PROCESSED, 40)
    assert (shop.points, shop.points_of("A-1"), shop.account.debt) == (40, 40, 0)


def test_a_refund_that_arrives_before_its_order_still_counts_once(shop: Shop) -> None:
    shop.takes_back("A-1", "R-1", 60)
    shop.sells("A-1", 100)

    assert shop.takes_back("A-1", "R-1", 60).result is Result.DUPLICATE
    assert shop.takes_back("A-1", "R-1", 50).result is Result.REJECTED
    assert shop.points == 40


def test_two_refunds_of_half_an_order_take_back_all_of_it(shop: Shop) -> None:
    shop.under(THIRDS)
    shop.sells("A-1", 10)
    assert shop.points == 3

    shop.takes_back("A-1", "R-1", 5)
    assert shop.points == 1  # what 5 would have earned, not 3 less the 1 that 5 rounds to
    shop.takes_back("A-1", "R-2", 5)

    assert shop.points == 0


@pytest.mark.parametrize("rounding", ["floor", "nearest", "ceiling"])
def test_no_rounding_leaks_over_many_small_refunds(shop: Shop, rounding: str) -> None:
    shop.under(Terms(rate="7/10", rounding=rounding))  # type: ignore[arg-type]
    shop.sells("A-1", 10)

    for number in range(100):
        shop.takes_back("A-1", f"R-{number}", 0.10)

    assert (shop.points, shop.account.debt) == (0, 0)
    assert shop.takes_back("A-1", "R-100", 0.01).result is Result.REJECTED


@given(
    total=st.integers(1, 5_000),
    shares=st.lists(st.integers(0, 40), min_size=1, max_size=3),
    rate=st.sampled_from(["1", "1/3", "7/10", "3/2"]),
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_order_of_its_events_an_order_earns_what_was_kept(
    empty_shops: NewShop, total: int, shares: list[int], rate: str
) -> None:
    refunds = [total * share // 100 for share in shares]
    kept = (
        floor(Fraction(total - sum(refunds), 100) * Fraction(rate)) if sum(shares) <= 100 else None
    )
    for events in permutations(range(-1, len(refunds))):
        shop = empty_shops()
        shop.under(Terms(rate=rate))
        for event in (*events, *events):  # and each of them twice
            if event < 0:
                shop.sells("A-1", total / 100)
            else:
                shop.takes_back("A-1", f"R-{event}", refunds[event] / 100)
        if kept is not None:
            assert (shop.points, shop.points_of("A-1")) == (kept, kept)


def test_a_redelivered_refund_takes_points_once(shop: Shop) -> None:
    shop.sells("A-1", 100)

    results = [shop.takes_back("A-1", "R-1", 30).result for _ in range(3)]

    assert results == [Result.PROCESSED, Result.DUPLICATE, Result.DUPLICATE]
    assert (shop.points, len(shop.entries)) == (70, 2)


def test_a_refund_redelivered_after_the_rules_changed_takes_points_once(shop: Shop) -> None:
    shop.sells("A-1", 100)
    shop.takes_back("A-1", "R-1", 30)
    shop.under(DOUBLE)
    shop.on("2028-02-01")

    assert shop.takes_back("A-1", "R-1", 30).result is Result.DUPLICATE
    assert shop.points == 70


def test_a_redelivered_purchase_is_credited_once(shop: Shop) -> None:
    results = [shop.sells("A-1", 100).result for _ in range(3)]

    assert results == [Result.PROCESSED, Result.DUPLICATE, Result.DUPLICATE]
    assert (shop.points, len(shop.entries)) == (100, 1)


def test_a_purchase_redelivered_after_its_refund_is_not_credited_again(shop: Shop) -> None:
    shop.sells("A-1", 100)
    shop.takes_back("A-1", "R-1", 100)
    shop.under(DOUBLE)
    shop.on("2028-02-01")

    assert shop.sells("A-1", 100).result is Result.DUPLICATE
    assert shop.points == 0
