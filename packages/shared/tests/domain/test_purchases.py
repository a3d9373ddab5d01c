from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count, pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.account import Account, Lifetime, Points
from loyalty_shared.domain.earning import Earning
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.errors import OrderDiffers, OrderOfAnotherMember
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Order, Purchase
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.purchases import AlreadyRecorded, decide_purchase

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


def decide(program: Program, purchase: Purchase, account: Account, seq: int = 1) -> Draft:
    draft = decide_purchase(program, purchase, account, seq, known=None)
    assert isinstance(draft, Draft)
    return draft


def earning_of(draft: Draft) -> Earning:
    assert draft.earning is not None
    return draft.earning


def drafts_of(program: Program, *purchases: Purchase) -> list[Draft]:
    drafts: list[Draft] = []
    account = Account()
    for seq, purchase in enumerate(purchases, start=1):
        drafts.append(decide(program, purchase, account, seq))
        account = drafts[-1].account
    return drafts


def orders(bought: list[tuple[int, datetime]]) -> list[Purchase]:
    return [
        Purchase(f"A-{number}", "m-1", "t", Money(cents, "EUR"), Money(cents, "EUR"), moment)
        for number, (cents, moment) in zip(count(1), bought, strict=False)
    ]


# ------------------------------------------------------------------ what an order earns


@pytest.mark.parametrize(
    ("amount", "earned_before", "tier", "points"),
    [
        ("125", "0", "Basic", 125),
        ("100.99", "0", "Basic", 100),
        ("0.1", "0", "Basic", 0),
        ("0", "0", "Basic", 0),
        ("100.9", "499.99", "Basic", 100),
        ("100.9", "500", "Bronze", 110),
        ("100.5", "1500", "Silver", 120),
        ("100.9", "5000", "Gold", 151),
    ],
)
def test_the_multiplier_is_that_of_the_tier_held_before(  # noqa: PLR0913, PLR0917 - a table's columns
    program: Program, bought: Bought, amount: str, earned_before: str, tier: str, points: int
) -> None:
    *_, draft = drafts_of(program, bought(earned_before, order="A-1"), bought(amount, order="A-2"))

    assert draft.points == points
    assert earning_of(draft).tier == tier
    assert draft.account.lifetime.earned == int(Decimal(earned_before)) + points


def test_the_order_that_reaches_a_tier_earns_under_the_one_before(
    program: Program, bought: Bought
) -> None:
    first, second = drafts_of(program, bought("5000", order="A-1"), bought("100", order="A-2"))

    assert (first.points, earning_of(first).tier, first.account.tier) == (5000, "Basic", "Gold")
    assert (second.points, earning_of(second).tier, second.account.tier) == (150, "Gold", "Gold")


def test_multiplied_points_count_towards_the_next_tier(program: Program, bought: Bought) -> None:
    drafts = drafts_of(
        program, bought("500", order="A-1"), bought("910", order="A-2"), bought("10", order="A-3")
    )

    assert [draft.points for draft in drafts] == [500, 1001, 12]  # Basic, Bronze 1.1, Silver 1.2


def test_a_draft_says_all_that_the_order_is_to_be_known_by(
    program: Program, bought: Bought
) -> None:
    purchase = bought("100.99", "2026-05-04T10:00:00Z", goods="90.50")

    draft = decide(program, purchase, Account(), seq=7)

    assert draft == Draft(
        type=EntryType.EARN,
        points=100,
        occurred_at=datetime(2026, 5, 4, 10, tzinfo=UTC),
        program_version=program.version,
        earning=draft.earning,
        order_id="A-1",
        orders=(
            Order(
                order_id="A-1",
                member_id="m-1",
                transaction_id="pay-A-1",
                total=Money(10099, "EUR"),
                goods=Money(9050, "EUR"),
                occurred_at=datetime(2026, 5, 4, 10, tzinfo=UTC),
                program_version=program.version,
                tier="Basic",
                points=100,
                seq=7,
            ),
        ),
        account=Account(
            lots=(Lot(100, None, None),),
            lifetime=Lifetime(earned=100),
            qualification=Account().qualification.plus(100, 2026 * 12 + 4),
            tier="Basic",
            tier_since=date(2026, 5, 4),
        ),
        due_on=(),
    )
    assert earning_of(draft).multiplier == Fraction(1)


def test_an_order_of_nothing_earns_nothing_and_is_still_written(
    rules: Rules, bought: Bought
) -> None:
    program = rules("earning: {points_per_unit: 1, pending_days: 3}").program()

    draft = decide(program, bought("0"), Account())

    assert (draft.points, draft.account.lots, draft.due_on) == (0, (), ())
    assert (draft.orders[0].points, draft.account.tier) == (0, "Basic")


@pytest.mark.parametrize(("basis", "points"), [("total", 100), ("goods", 90)])
def test_the_basis_says_whether_shipping_and_tax_earn(
    rules: Rules, bought: Bought, basis: str, points: int
) -> None:
    program = rules(f"earning: {{points_per_unit: 1, basis: {basis}}}").program()

    assert decide(program, bought("100.99", goods="90.50"), Account()).points == points


@pytest.mark.parametrize(
    ("rate", "rounding", "amount", "points"),
    [
        ("1/10", "floor", "125.99", 12),
        ("1/10", "nearest", "125.00", 13),
        ("1/10", "ceiling", "120.01", 13),
        ("1/3", "floor", "2.99", 0),
        ("1/3", "floor", "3.00", 1),
        ("0.5", "floor", "3.00", 1),
        ("2", "floor", "0.50", 1),
    ],
)
def test_the_rate_may_be_any_fraction(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules, bought: Bought, rate: str, rounding: str, amount: str, points: int
) -> None:
    program = rules(f"earning: {{points_per_unit: {rate}, rounding: {rounding}}}").program()

    assert decide(program, bought(amount), Account()).points == points


@pytest.mark.parametrize(
    ("currency", "amount", "points"), [("JPY", "1250", 1250), ("BHD", "12.999", 12)]
)
def test_currencies_without_cents_and_with_more_of_them_earn_too(
    rules: Rules, bought: Bought, currency: str, amount: str, points: int
) -> None:
    program = rules(f"currency: {currency}").program()

    assert decide(program, bought(amount, currency=currency), Account()).points == points


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
    draft = decide(program, bought("5", "2017-12-31T23:30:00Z"), Account())

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
        ("Basic", date(2026, 3, 10)),
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

    draft = decide(program, bought("10", at), Account())

    assert draft.account.lots == (Lot(10, activates_on, expires_on),)
    assert draft.due_on == tuple(date.fromisoformat(day) for day in due_on)


def test_pending_points_can_be_used_from_their_date_through_their_last(
    rules: Rules, bought: Bought
) -> None:
    program = rules(
        "earning: {points_per_unit: 1, pending_days: 2}", "expiry: {after_days: 5}"
    ).program()

    account = decide(program, bought("10", "2026-05-04T12:00:00Z"), Account()).account

    where = {day: account.points_on(date(2026, 5, day)) for day in (5, 6, 9, 10)}
    assert where == {
        5: Points(available=0, pending=10, expired=0),
        6: Points(available=10, pending=0, expired=0),
        9: Points(available=10, pending=0, expired=0),
        10: Points(available=0, pending=0, expired=10),
    }


def test_a_date_that_the_member_is_due_on_already_is_not_named_again(
    rules: Rules, bought: Bought
) -> None:
    program = rules("expiry: {after_months: 12, at: month_end}").program()

    drafts = drafts_of(
        program,
        bought("10", "2026-05-04T12:00:00Z", order="A-1"),
        bought("10", "2026-05-31T12:00:00Z", order="A-2"),
        bought("10", "2026-06-01T12:00:00Z", order="A-3"),
    )

    assert [draft.due_on for draft in drafts] == [(date(2027, 6, 1),), (), (date(2027, 7, 1),)]


def test_points_that_activate_on_the_last_day_of_others_are_due_that_day(
    rules: Rules, bought: Bought
) -> None:
    program = rules(
        "earning: {points_per_unit: 1, pending_days: 30}", "expiry: {after_days: 90}"
    ).program()

    first, second = drafts_of(
        program,
        bought("10", "2026-01-01T12:00:00Z", order="A-1"),  # through 1 April
        bought("10", "2026-03-02T12:00:00Z", order="A-2"),  # from 1 April
    )

    assert first.due_on == (date(2026, 1, 31), date(2026, 4, 2))
    assert second.due_on == (date(2026, 4, 1), date(2026, 6, 1))


# ------------------------------------------------------------------ an order that is known


def test_an_order_that_comes_again_changes_nothing(program: Program, bought: Bought) -> None:
    purchase = bought("12.50")
    order = decide(program, purchase, Account()).orders[0]

    again = decide_purchase(program, purchase, Account(), seq=2, known=order)

    assert again == AlreadyRecorded(order)


def test_an_order_is_known_again_whatever_the_delivery_adds(
    program: Program, bought: Bought
) -> None:
    purchase = bought("12.50")
    order = decide(program, purchase, Account()).orders[0]
    delivered_again = replace(
        purchase, transaction_id="other", occurred_at=purchase.occurred_at + timedelta(hours=1)
    )

    assert decide_purchase(program, delivered_again, Account(), 2, order) == AlreadyRecorded(order)


def test_an_order_with_another_total_is_refused(program: Program, bought: Bought) -> None:
    order = decide(program, bought("12.50"), Account()).orders[0]

    with pytest.raises(OrderDiffers, match=r"recorded with 12\.50 EUR .* comes with 12\.51 EUR"):
        decide_purchase(program, bought("12.51"), Account(), seq=2, known=order)


def test_an_order_with_another_part_for_goods_is_refused(program: Program, bought: Bought) -> None:
    order = decide(program, bought("12.50", goods="10"), Account()).orders[0]

    with pytest.raises(OrderDiffers, match=r"\(10\.00 of it.*\(9\.00 of it"):
        decide_purchase(program, bought("12.50", goods="9"), Account(), seq=2, known=order)


def test_an_order_of_another_member_is_refused_whatever_it_says(
    program: Program, bought: Bought
) -> None:
    order = decide(program, bought("12.50", member="m-1"), Account()).orders[0]

    for amount in ("12.50", "99"):
        with pytest.raises(OrderOfAnotherMember, match="A-1 belongs to another member"):
            decide_purchase(program, bought(amount, member="m-2"), Account(), seq=1, known=order)


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

    assert all(draft.account.is_conserved() for draft in drafts)
    for seq, draft in enumerate(drafts, start=1):
        earned = sum(each.points for each in drafts[:seq])
        assert draft.account.lifetime == Lifetime(earned=earned)
        assert draft.account.qualification.lifetime == earned
        points = draft.account.points_on(date(2026, 6, 1))
        assert points.available + points.pending + points.expired == earned


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 12)), max_size=8))
@example([(1000, 1), (1000, 4)])  # the second activate on the last day of the first
def test_a_member_is_due_once_on_each_day_that_time_alone_changes_their_points(
    rules: Rules, cents_and_day: list[tuple[int, int]]
) -> None:
    program = rules(
        "earning: {points_per_unit: 1, pending_days: 2}", "expiry: {after_days: 5}"
    ).program()
    bought = [(cents, datetime(2026, 5, day, 12, tzinfo=UTC)) for cents, day in cents_and_day]
    drafts = drafts_of(program, *orders(bought))
    marks = [day for draft in drafts for day in draft.due_on]
    account = drafts[-1].account if drafts else Account()

    may = [date(2026, 5, day) for day in range(1, 32)]
    points = [account.points_on(day) for day in may]
    changing = [
        day
        for day, (before, after) in zip(may[1:], pairwise(points), strict=True)
        if before != after
    ]

    assert sorted(marks) == changing


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
