"""A refund is computed under the version and tier of its order; the tier then follows at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from packages.shared.tests.domain.member_ledger import MemberLedger

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.orders import Purchase, Refund
from loyalty_shared.domain.program import Program

Buy = Callable[..., Purchase]
Back = Callable[..., Refund]
Rules = Callable[..., ProgramFile]

ONE_TIER = "tiers: {window: lifetime, levels: [{name: One, from: 0, multiplier: 1}]}"
DOUBLE = "tiers: {window: lifetime, levels: [{name: One, from: 0, multiplier: 2}]}"


# ------------------------------------------------------------------ version and tier


@pytest.mark.parametrize(
    ("bought_under", "refunded_under", "points"),
    [
        # 100.00, goods 90.00, of which 40.00 is refunded.
        ("earning: {points_per_unit: 2}", "earning: {points_per_unit: 1}", 120),
        ("earning: {points_per_unit: 1}", "earning: {points_per_unit: 2}", 60),
        ("earning: {points_per_unit: 1, basis: goods}", "earning: {points_per_unit: 1}", 50),
        (
            "earning: {points_per_unit: 1/7, rounding: ceiling}",
            "earning: {points_per_unit: 1/7}",
            9,
        ),
        (DOUBLE, ONE_TIER, 120),
        (ONE_TIER, DOUBLE, 60),
    ],
)
def test_a_refund_is_not_recalculated_with_the_rules_of_today(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules,
    bought: Buy,
    refunded: Back,
    bought_under: str,
    refunded_under: str,
    points: int,
) -> None:
    then, now = rules(bought_under).program(), rules(refunded_under).program()
    ledger = MemberLedger(then)
    ledger.happens(bought("100.00", goods="90.00"))
    ledger.change_program(now)

    draft = ledger.happens(refunded("40.00"))

    assert draft is not None
    assert draft.program_version == then.version
    assert ledger.orders["A-1"].points == points
    assert ledger.account.points_on(date(2026, 5, 5)).available == points


def test_a_refund_goes_by_the_tier_that_its_order_earned_under(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(bought("5000.00", order="A-1"), bought("100.00", order="A-2"))

    ledger.happens(refunded("5000.00", order="A-1", refund="R-1"))  # Gold no longer
    ledger.happens(refunded("40.00", order="A-2", refund="R-2"))

    assert ledger.account.tier == "Basic"
    assert ledger.orders["A-2"].points == 90  # 60.00 times 1.5: it was bought as Gold


def test_a_tier_that_the_program_no_longer_has_still_counts_for_its_orders(
    rules: Rules, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(rules().program())
    ledger.happens(bought("5000.00", order="A-1"), bought("100.00", order="A-2"))
    ledger.change_program(rules(ONE_TIER).program())

    ledger.happens(refunded("40.00", order="A-2"))

    assert ledger.orders["A-2"].points == 90
    assert ledger.account.tier == "One"


def test_an_order_that_waited_for_lands_under_the_rules_in_force_and_stays_with_them(
    rules: Rules, bought: Buy, refunded: Back
) -> None:
    one, two = (rules(f"earning: {{points_per_unit: {rate}}}").program() for rate in (1, 2))
    ledger = MemberLedger(one)
    ledger.happens(refunded("10.00", refund="R-1"))
    ledger.change_program(two)
    ledger.happens(bought("100.00"))
    ledger.change_program(one)

    ledger.happens(refunded("20.00", refund="R-2"))

    assert ledger.orders["A-1"].points == 140


def test_points_come_back_from_the_lot_that_the_order_put_them_in(
    rules: Rules, bought: Buy, refunded: Back
) -> None:
    then = rules(
        "earning: {points_per_unit: 1, pending_days: 14}", "expiry: {after_days: 90}"
    ).program()
    ledger = MemberLedger(then)
    ledger.happens(bought("100.00", "2026-05-04T10:00:00Z"))
    ledger.change_program(rules("expiry: {after_days: 10}").program())
    ledger.happens(bought("50.00", "2026-05-05T10:00:00Z", order="B-1"))

    ledger.happens(refunded("40.00", "2026-05-06T10:00:00Z"))

    assert ledger.account.lots == (
        Lot(50, None, date(2026, 5, 15)),
        Lot(60, date(2026, 5, 18), date(2026, 8, 2)),
    )


def test_points_go_from_the_month_that_the_order_counted_in_whatever_clock_is_used_now(
    rules: Rules, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(rules("timezone: Europe/Amsterdam").program())
    ledger.happens(bought("10.00", "2026-05-10T12:00:00Z", order="B-1"))
    ledger.happens(bought("100.00", "2026-05-31T22:30:00Z"))  # in Amsterdam it is June already
    ledger.change_program(rules("timezone: America/New_York").program())

    ledger.happens(refunded("40.00", "2026-06-05T12:00:00Z"))

    months = dict(ledger.account.qualification.months())
    assert months == {month_of(date(2026, 5, 1)): 10, month_of(date(2026, 6, 1)): 60}


# ------------------------------------------------------------------ qualification and tier


def test_refunded_points_no_longer_count_in_the_month_of_the_purchase(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(
        bought("500.00", "2026-01-10T12:00:00Z", order="A-1"),
        bought("70.00", "2026-03-10T12:00:00Z", order="A-2"),
        refunded("200.00", "2026-04-10T12:00:00Z", order="A-1"),
    )

    qualification = ledger.account.qualification
    assert qualification.newest_month == month_of(date(2026, 3, 1))
    assert qualification.by_month == (300, 0, 77)
    assert qualification.lifetime == 377


def test_a_refund_takes_the_tier_along_at_once_and_other_orders_keep_what_they_earned(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(
        bought("500.00", "2026-05-04T12:00:00Z", order="A-1"),
        bought("100.00", "2026-05-10T12:00:00Z", order="A-2"),
    )
    assert (ledger.account.tier, ledger.orders["A-2"].points) == ("Bronze", 110)

    ledger.happens(refunded("150.00", "2026-05-20T12:00:00Z", order="A-1"))

    assert (ledger.account.tier, ledger.account.tier_since) == ("Basic", date(2026, 5, 20))
    assert ledger.orders["A-2"].points == 110
    assert ledger.account.points_on(date(2026, 5, 20)).available == 350 + 110


def test_a_refund_that_is_told_late_takes_the_tier_along_from_its_own_day(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(bought("500.00", "2026-05-04T12:00:00Z"))

    ledger.happens(refunded("1.00", "2026-05-20T12:00:00Z"), today=date(2026, 6, 10))

    assert (ledger.account.tier, ledger.account.tier_since) == ("Basic", date(2026, 5, 20))


def test_a_refund_that_leaves_enough_leaves_the_tier(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(bought("600.00", "2026-05-04T12:00:00Z"))

    ledger.happens(refunded("100.00", "2026-05-20T12:00:00Z"))

    assert (ledger.account.tier, ledger.account.tier_since) == ("Bronze", date(2026, 5, 4))


def test_the_tier_after_a_refund_is_that_of_the_rules_in_force(
    rules: Rules, bought: Buy, refunded: Back
) -> None:
    then = rules().program()
    easier = replace(
        then,
        version="easier",
        tiers=replace(
            then.tiers,
            levels=tuple(
                replace(level, from_points=level.from_points // 10) for level in then.tiers.levels
            ),
        ),
    )
    ledger = MemberLedger(then)
    ledger.happens(bought("500.00"))
    ledger.change_program(easier)

    ledger.happens(refunded("150.00"))

    assert ledger.account.tier == "Silver"


def test_a_refund_after_time_has_ended_the_tier_gives_none_that_is_over(
    rules: Rules, bought: Buy, refunded: Back
) -> None:
    # Gold through June, by the window; nobody has written so when the refund comes in August.
    program = rules(
        "tiers: {window: {rolling_months: 2}, levels: ["
        "{name: Basic, from: 0, multiplier: 1}, {name: Silver, from: 100, multiplier: 1},"
        "{name: Gold, from: 500, multiplier: 1}]}"
    ).program()
    ledger = MemberLedger(program)
    ledger.happens(bought("600.00", "2026-05-04T12:00:00Z"))

    ledger.happens(refunded("300.00", "2026-08-10T12:00:00Z"))

    assert ledger.account.tier == "Basic"
