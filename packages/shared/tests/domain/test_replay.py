"""Accounts put together again from what entries changed: all of them, or those up to a day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packages.shared.tests.domain.member_ledger import MemberLedger, days_between
from packages.shared.tests.domain.order_histories import Delivery, deliveries, programs

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.held import Hold
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.orders import Purchase, Refund
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.qualification import Qualification
from loyalty_shared.domain.replay import Change, replayed
from loyalty_shared.domain.tiers import standing_on

Buy = Callable[..., Purchase]
Back = Callable[..., Refund]
Rules = Callable[..., ProgramFile]

DAYS = days_between("2026-01-01", "2026-12-31")
JUNE_1, JUNE_30, MAY_20 = date(2026, 6, 1), date(2026, 6, 30), date(2026, 5, 20)


def up_to(ledger: MemberLedger, moment: datetime) -> list[Change]:
    """Choose the changes of what had occurred by a moment."""
    entries = [each for each in ledger.entries if each.draft]
    return [each.change for each in entries if each.draft and each.draft.occurred_at <= moment]


def live_through(
    program: Program, delivered: list[Delivery], settled_on: set[date], spent: dict[date, int]
) -> MemberLedger:
    ledger = MemberLedger(program)
    for day in sorted({*(day for _, day in delivered), *settled_on, *spent}):
        for happening, delivered_on in delivered:
            if delivered_on == day:
                ledger.happens(happening, today=day)
        if day in settled_on:
            ledger.settle(day)
        if day in spent:
            available = ledger.account.points_on(day).available
            ledger.spend(min(available, spent[day]), day)
    return ledger


# ------------------------------------------------------------------ all of it


@given(
    programs(points_expire=True),
    deliveries(),
    st.sets(st.sampled_from(DAYS), max_size=10),
    st.dictionaries(st.sampled_from(DAYS), st.integers(1, 200), max_size=3),
)
def test_all_that_entries_changed_adds_up_to_the_newest_account(
    program: Program, delivered: list[Delivery], settled_on: set[date], spent: dict[date, int]
) -> None:
    ledger = live_through(program, delivered, settled_on, spent)

    assert replayed(ledger.changes()) == ledger.account


def test_nothing_changed_is_an_empty_account() -> None:
    assert replayed([]) == Account()


def test_months_that_are_no_longer_kept_add_up_to_the_lifetime(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(
        bought("100.00", "2023-05-04T12:00Z", order="A-1"),
        bought("10.00", "2026-05-04T12:00Z", order="A-2"),
        bought("1.00", "2023-01-04T12:00Z", order="A-3"),  # it comes too late for any month
        refunded("40.00", "2026-05-05T12:00Z", order="A-1"),
    )

    for seq in range(1, 5):
        assert replayed(ledger.changes()[:seq]) == ledger.changes()[seq - 1].after
    assert ledger.account.qualification.lifetime == 71


def test_what_is_held_and_owed_adds_up_too() -> None:
    bought = Account(lots=(Lot(100, None, None),), lifetime=Lifetime(earned=100))
    forty = Hold("h-1", (Lot(40, None, None),), datetime(2026, 5, 4, tzinfo=UTC), date(2026, 6, 3))
    held = Account(lots=(Lot(60, None, None),), holds=(forty,), lifetime=Lifetime(earned=100))
    owing = Account(holds=(forty,), debt=7, lifetime=Lifetime(earned=100, reversed=67))

    changes = [Change(Account(), bought), Change(bought, held), Change(held, owing)]

    assert replayed(changes) == owing
    assert replayed(changes[:2]) == held
    assert replayed([changes[0], changes[2]]).held == 0
    assert [change.held for change in changes] == [0, 40, 0]
    assert [change.debt for change in changes] == [0, 0, 7]


def test_a_change_shows_the_lots_that_it_touched_in_the_order_of_use() -> None:
    early, late, new = (None, MAY_20), (None, JUNE_30), (JUNE_1, JUNE_30)
    before = Account(lots=(Lot(10, *early), Lot(20, *late), Lot(5, None, None)))
    after = Account(lots=(Lot(15, *late), Lot(7, *new), Lot(5, None, None)))

    assert Change(before, after).lots == (Lot(-10, *early), Lot(-5, *late), Lot(7, *new))
    assert Change(before, before).lots == ()


# ------------------------------------------------------------------ as of a day in the past


@given(
    programs(points_expire=True),
    deliveries(late=False),
    st.sets(st.sampled_from(DAYS), max_size=10),
    st.sampled_from(DAYS),
)
def test_what_had_occurred_by_a_day_is_what_a_ledger_of_that_day_would_hold(
    program: Program, delivered: list[Delivery], settled_on: set[date], as_of: date
) -> None:
    ledger = live_through(program, delivered, settled_on, {})
    end = program.start_of(as_of + timedelta(days=1)) - timedelta(microseconds=1)
    by_then = [(each, day) for each, day in delivered if each.occurred_at <= end]
    then = live_through(program, by_then, {day for day in settled_on if day <= as_of}, {})

    account = replayed(up_to(ledger, end))

    # Time may not have written its own entries yet, on either side: they say nothing new.
    assert look(program, account, as_of) == look(program, then.account, as_of)
    assert account.is_conserved()


def look(program: Program, account: Account, day: date) -> tuple[object, ...]:
    points, life = account.points_on(day), account.lifetime
    standing = standing_on(day, program.tiers, account.qualification, account.tier_since)
    return (
        points.available,
        points.pending,
        points.expired + life.expired,
        (life.earned, life.reversed, life.redeemed),
        account.debt,
        account.next_expiry(day),
        account.qualification,
        (standing.level, standing.points_to_next, standing.kept_until),
    )


def test_all_points_of_a_month_taken_back_are_out_of_the_window_again(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(
        bought("600.00", "2026-01-10T12:00Z", order="A-1"),
        bought("50.00", "2026-03-10T12:00Z", order="A-2"),
        refunded("600.00", "2026-03-20T12:00Z", order="A-1"),
        bought("1.00", "2026-04-10T12:00Z", order="A-3"),
    )

    account = replayed(ledger.changes()[:3])

    march = month_of(date(2026, 3, 1))
    assert account.qualification == Qualification(lifetime=55, newest_month=march, by_month=(55,))


def test_a_late_purchase_counts_by_its_own_day(program: Program, bought: Buy) -> None:
    ledger = MemberLedger(program)
    ledger.happens(
        bought("100.00", "2026-06-10T12:00Z", order="A-1"),
        bought("10.00", "2026-05-10T12:00Z", order="A-2"),
    )

    account = replayed(up_to(ledger, datetime.fromisoformat("2026-05-31T12:00Z")))

    assert account.lots == (Lot(10, None, None),)
    assert account.lifetime == Lifetime(earned=10)
    assert account.qualification.lifetime == 10
    assert dict(account.qualification.months()).get(month_of(date(2026, 5, 1))) == 10
    assert account.is_conserved()


@pytest.mark.parametrize(
    ("as_of", "tier"), [("2026-05-31", "Basic"), ("2026-06-09", "Basic"), ("2026-06-10", "Gold")]
)
def test_a_tier_is_not_that_of_an_order_that_was_still_to_come(
    program: Program, bought: Buy, as_of: str, tier: str
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(
        bought("5000.00", "2026-06-10T12:00Z", order="A-1"),
        bought("10.00", "2026-05-10T12:00Z", order="A-2"),
    )
    day = date.fromisoformat(as_of)

    account = replayed(up_to(ledger, datetime.fromisoformat(f"{as_of}T21:00Z")))
    standing = standing_on(day, program.tiers, account.qualification, account.tier_since)

    assert standing.level.name == tier
    assert standing.since <= day


# ------------------------------------------------------------------ what is lacking


def test_points_taken_back_before_they_came_are_taken_from_others(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(
        bought("30.00", "2026-05-01T12:00Z", order="B-1"),
        bought("100.00", "2026-05-10T12:00Z", order="A-1"),
        refunded("20.00", "2026-05-05T12:00Z", order="A-1"),  # so says the shop
    )

    account = replayed(up_to(ledger, datetime.fromisoformat("2026-05-06T12:00Z")))

    assert (account.lots, account.debt) == ((Lot(10, None, None),), 0)
    assert account.is_conserved()


def test_points_taken_back_before_they_came_are_owed_where_there_are_no_others(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(
        bought("100.00", "2026-05-10T12:00Z"),
        refunded("20.00", "2026-05-05T12:00Z"),
    )

    account = replayed(up_to(ledger, datetime.fromisoformat("2026-05-06T12:00Z")))

    assert (account.lots, account.debt) == ((), 20)
    assert account.is_conserved()
    # It can be looked at like any other account.
    day = date(2026, 5, 6)
    standing = standing_on(day, program.tiers, account.qualification, account.tier_since)
    assert standing.level.name == "Basic"


def test_what_is_lacking_in_one_lot_is_taken_from_others_in_the_order_of_use() -> None:
    early, late, own = (None, MAY_20), (None, JUNE_30), (None, JUNE_1)
    first = Account(
        lots=(Lot(10, *early), Lot(20, *late)), lifetime=Lifetime(earned=30), tier="Basic"
    )
    then = Account(
        lots=(Lot(10, *early), Lot(50, *own), Lot(20, *late)), lifetime=Lifetime(earned=80)
    )
    back = Account(
        lots=(Lot(10, *early), Lot(35, *own), Lot(20, *late)),
        lifetime=Lifetime(earned=80, reversed=15),
    )

    account = replayed([Change(Account(), first), Change(then, back)])

    assert (account.lots, account.debt) == ((Lot(15, *late),), 0)
    assert account.is_conserved()


def test_a_debt_that_was_paid_before_it_was_made_leaves_points_and_no_debt(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(bought("100.00", "2026-05-01T12:00Z", order="A-1"))
    ledger.spend(100, date(2026, 5, 2))
    ledger.happens(
        refunded("100.00", "2026-05-10T12:00Z", order="A-1"),
        bought("60.00", "2026-05-05T12:00Z", order="B-1"),  # it comes late, and pays
    )
    earned, redeemed, _, paid = ledger.changes()

    account = replayed([earned, redeemed, paid])  # as of 7 May

    assert account.is_conserved()
    assert (account.debt, account.points_on(date(2026, 5, 7)).available) == (0, 60)
