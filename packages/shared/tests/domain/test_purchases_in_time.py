from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packages.shared.tests.domain.member_ledger import MemberLedger

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.account import Lifetime, Points
from loyalty_shared.domain.earning import Earning
from loyalty_shared.domain.entries import Draft
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.settling import due_days

Bought = Callable[..., Purchase]
Rules = Callable[..., ProgramFile]

LEVELS = "levels: [{name: Basic, from: 0, multiplier: 1}, {name: Gold, from: 100, multiplier: 2}]"
# Three years of moments in cents and seconds.
PURCHASES = st.lists(
    st.tuples(
        st.integers(0, 3_000_00),
        st.datetimes(
            datetime(2024, 1, 1),  # noqa: DTZ001 - hypothesis adds the time zone
            datetime(2026, 12, 31),  # noqa: DTZ001 - hypothesis adds the time zone
            timezones=st.just(UTC),
        ),
    ),
    max_size=8,
)


def drafts_of(program: Program, *purchases: Purchase) -> list[Draft]:
    ledger = MemberLedger(program)
    ledger.happens(*purchases)
    return ledger.drafts()


def earning_of(draft: Draft) -> Earning:
    assert draft.earning is not None
    return draft.earning


def orders(bought: list[tuple[int, datetime]]) -> list[Purchase]:
    return [
        Purchase(f"A-{number}", "m-1", "t", Money(cents, "EUR"), Money(cents, "EUR"), moment)
        for number, (cents, moment) in zip(count(1), bought, strict=False)
    ]


# ------------------------------------------------------------------ tiers and time


@pytest.mark.parametrize(
    ("window", "first_at", "second_at", "tier_at_second"),
    [
        ("{rolling_months: 12}", "2026-05-31T12:00:00Z", "2027-04-30T12:00:00Z", "Gold"),
        ("{rolling_months: 12}", "2026-05-01T12:00:00Z", "2027-05-01T12:00:00Z", "Basic"),
        ("{rolling_months: 1}", "2026-05-01T12:00:00Z", "2026-05-31T12:00:00Z", "Gold"),
        ("{rolling_months: 1}", "2026-05-31T12:00:00Z", "2026-06-01T12:00:00Z", "Basic"),
        ("calendar_year", "2026-01-01T12:00:00Z", "2026-12-31T12:00:00Z", "Gold"),
        ("calendar_year", "2026-12-31T12:00:00Z", "2027-01-01T12:00:00Z", "Basic"),
        ("lifetime", "1999-01-01T12:00:00Z", "2026-01-01T12:00:00Z", "Gold"),
        # The month is that of the program's clock: half an hour before midnight in London
        # it is January already in Amsterdam.
        ("{rolling_months: 12}", "2016-12-31T23:30:00Z", "2017-12-31T22:30:00Z", "Gold"),
        ("{rolling_months: 12}", "2016-12-31T22:30:00Z", "2017-12-31T22:30:00Z", "Basic"),
        ("{rolling_months: 12}", "2017-01-15T12:00:00Z", "2017-12-31T23:30:00Z", "Basic"),
        ("{rolling_months: 12}", "2017-01-15T12:00:00Z", "2017-12-31T22:30:00Z", "Gold"),
        ("calendar_year", "2017-12-31T23:30:00Z", "2018-06-01T12:00:00Z", "Gold"),
        ("calendar_year", "2017-12-31T22:30:00Z", "2018-06-01T12:00:00Z", "Basic"),
    ],
)
def test_what_was_earned_counts_while_it_is_inside_the_window(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules, bought: Bought, window: str, first_at: str, second_at: str, tier_at_second: str
) -> None:
    program = rules(f"tiers: {{window: {window}, {LEVELS}}}").program()

    _, second = drafts_of(
        program, bought("100", first_at, order="A-1"), bought("10", second_at, order="A-2")
    )

    assert earning_of(second).tier == tier_at_second
    assert second.points == (20 if tier_at_second == "Gold" else 10)


def test_new_years_eve_in_london_is_january_in_amsterdam(program: Program, bought: Bought) -> None:
    [draft] = drafts_of(program, bought("5", "2017-12-31T23:30:00Z"))

    assert draft.account.qualification.newest_month == 2018 * 12
    assert draft.account.tier_since == date(2018, 1, 1)


def test_a_tier_is_held_since_the_purchase_that_reached_it(rules: Rules, bought: Bought) -> None:
    program = rules(f"tiers: {{window: {{rolling_months: 2}}, {LEVELS}}}").program()

    drafts = drafts_of(
        program,
        bought("10", "2026-01-10T12:00:00Z", order="A-1"),
        bought("90", "2026-01-20T12:00:00Z", order="A-2"),
        bought("1", "2026-02-10T12:00:00Z", order="A-3"),
        bought("1", "2026-03-10T12:00:00Z", order="A-4"),
    )

    assert [(draft.account.tier, draft.account.tier_since) for draft in drafts] == [
        ("Basic", date(2026, 1, 10)),
        ("Gold", date(2026, 1, 20)),
        ("Gold", date(2026, 1, 20)),
        ("Basic", date(2026, 3, 1)),  # since time ended the tier before, not since somebody looked
    ]


def test_an_order_that_comes_late_earns_under_the_tier_of_its_own_month(
    rules: Rules, bought: Bought
) -> None:
    program = rules(f"tiers: {{window: {{rolling_months: 12}}, {LEVELS}}}").program()

    gold, late = drafts_of(
        program,
        bought("100", "2026-05-04T12:00:00Z", order="A-2"),
        bought("50", "2026-04-04T12:00:00Z", order="A-1"),
    )

    assert gold.account.tier == "Gold"
    assert (earning_of(late).tier, late.points) == ("Basic", 50)  # in April nothing was earned yet
    assert (late.account.tier, late.account.tier_since) == ("Gold", date(2026, 5, 4))


# ------------------------------------------------------------------ pending and expiry


@pytest.mark.parametrize(
    ("pending_days", "expiry", "at", "lot", "due_on"),
    [
        (0, "never", "2026-05-04T12:00:00Z", (None, None), []),
        (14, "never", "2026-05-04T12:00:00Z", ("2026-05-18", None), ["2026-05-18"]),
        (0, "{after_days: 90}", "2026-05-04T12:00:00Z", (None, "2026-08-02"), ["2026-08-03"]),
        (
            14,
            "{after_months: 12, at: month_end}",
            "2026-05-04T12:00:00Z",
            ("2026-05-18", "2027-05-31"),
            ["2026-05-18", "2027-06-01"],
        ),
        (
            0,
            "{after_months: 12, at: year_end}",
            "2026-05-04T12:00:00Z",
            (None, "2027-12-31"),
            ["2028-01-01"],
        ),
        (0, "{after_months: 1}", "2028-01-31T12:00:00Z", (None, "2028-02-29"), ["2028-03-01"]),
        (0, "{after_months: 1}", "2026-01-31T12:00:00Z", (None, "2026-02-28"), ["2026-03-01"]),
        # Both count from the day of the purchase on the program's clock.
        (
            1,
            "{after_days: 1}",
            "2017-12-31T23:30:00Z",
            ("2018-01-02", "2018-01-02"),
            ["2018-01-02", "2018-01-03"],
        ),
    ],
)
def test_points_activate_and_expire_on_dates_counted_from_the_purchase(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules,
    bought: Bought,
    pending_days: int,
    expiry: str,
    at: str,
    lot: tuple[str | None, str | None],
    due_on: list[str],
) -> None:
    program = rules(
        f"earning: {{points_per_unit: 1, pending_days: {pending_days}}}", f"expiry: {expiry}"
    ).program()
    activates_on, expires_on = (date.fromisoformat(day) if day else None for day in lot)

    [draft] = drafts_of(program, bought("10", at))

    assert draft.account.lots == (Lot(10, activates_on, expires_on),)
    assert due_days(program, draft.account) == {date.fromisoformat(day) for day in due_on}


def test_pending_points_can_be_used_from_their_date_through_their_last(
    rules: Rules, bought: Bought
) -> None:
    program = rules(
        "earning: {points_per_unit: 1, pending_days: 2}", "expiry: {after_days: 5}"
    ).program()

    [draft] = drafts_of(program, bought("10", "2026-05-04T12:00:00Z"))

    where = {day: draft.account.points_on(date(2026, 5, day)) for day in (5, 6, 9, 10)}
    assert where == {
        5: Points(available=0, pending=10, expired=0),
        6: Points(available=10, pending=0, expired=0),
        9: Points(available=10, pending=0, expired=0),
        10: Points(available=0, pending=0, expired=10),
    }


# ------------------------------------------------------------------ laws


@given(PURCHASES)
def test_every_point_is_somewhere_after_every_purchase(
    rules: Rules, bought: list[tuple[int, datetime]]
) -> None:
    program = rules(
        "earning: {points_per_unit: 1, pending_days: 14}",
        "expiry: {after_months: 12, at: month_end}",
    ).program()
    drafts = drafts_of(program, *orders(bought))

    for seq, draft in enumerate(drafts, start=1):
        earned = sum(each.points for each in drafts[:seq])
        assert draft.account.lifetime == Lifetime(earned=earned)
        assert draft.account.qualification.lifetime == earned
        points = draft.account.points_on(date(2026, 6, 1))
        assert points.available + points.pending + points.expired == earned


@given(PURCHASES.flatmap(lambda bought: st.tuples(st.just(bought), st.permutations(bought))))
def test_without_tiers_the_order_in_which_purchases_come_does_not_matter(
    rules: Rules, in_two_orders: tuple[list[tuple[int, datetime]], list[tuple[int, datetime]]]
) -> None:
    program = rules(
        "expiry: {after_months: 12, at: month_end}",
        "tiers: {window: lifetime, levels: [{name: One, from: 0, multiplier: 1}]}",
    ).program()
    one, other = (drafts_of(program, *orders(bought)) for bought in in_two_orders)

    if one:
        # Since when the tier is held depends on which was first to come.
        assert replace(one[-1].account, tier_since=date.min) == replace(
            other[-1].account, tier_since=date.min
        )
