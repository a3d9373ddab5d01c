"""Settling writes down what is so without it, on the days that were due, and then no more."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from packages.shared.tests.domain.member_ledger import MemberLedger, days_between
from packages.shared.tests.domain.order_histories import Delivery, deliveries, programs

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.settling import decide_settling, due_days
from loyalty_shared.domain.tiers import standing_on

DAYS = days_between("2026-01-01", "2026-12-31")


def ledger_of(program: Program, delivered: list[Delivery]) -> MemberLedger:
    ledger = MemberLedger(program)
    for happening, day in delivered:
        ledger.happens(happening, today=day)
    return ledger


def look(program: Program, account: Account, day: date) -> tuple[object, ...]:
    points = account.points_on(day)
    standing = standing_on(day, program.tiers, account.qualification, account.tier_since)
    return (
        points.available,
        points.pending,
        points.expired + account.lifetime.expired,
        account.next_expiry(day),
        account.debt,
        standing if account.tier else None,
    )


@given(programs(points_expire=True), deliveries(), st.sampled_from(DAYS), st.integers(0, 400))
def test_an_account_is_the_same_whether_or_not_it_is_settled_on_that_day_and_ever_after(
    program: Program, delivered: list[Delivery], settled_on: date, days_later: int
) -> None:
    unsettled = ledger_of(program, delivered).account
    settled = ledger_of(program, delivered)
    today = max([settled_on, *(day for _, day in delivered)])

    settled.settle(today)

    assert decide_settling(program, settled.account, today) is None
    for day in (today, today + timedelta(days=1), today + timedelta(days=days_later)):
        assert look(program, settled.account, day) == look(program, unsettled, day)


@given(programs(points_expire=True), deliveries())
def test_there_is_something_to_settle_on_exactly_the_days_that_are_due(
    program: Program, delivered: list[Delivery]
) -> None:
    ledger = ledger_of(program, delivered)
    last = max((day for _, day in delivered), default=DAYS[0])
    ledger.settle(last)

    for later in range(1, 300):
        day = last + timedelta(days=later)
        due = due_days(program, ledger.account)
        assert min(due, default=date.max) >= day
        assert bool(ledger.settle(day)) == (day in due)


@given(programs(points_expire=True), deliveries(), st.sets(st.sampled_from(DAYS), max_size=300))
def test_a_run_that_looks_at_due_marks_only_leaves_nothing_behind_whenever_it_runs(
    program: Program, delivered: list[Delivery], does_not_run_on: set[date]
) -> None:
    ledger = MemberLedger(program)

    for day in DAYS[:250]:
        for happening, delivered_on in delivered:
            if delivered_on == day:
                ledger.happens(happening, today=day)
        if day in does_not_run_on:
            continue
        if any(due <= day for due in ledger.due):
            ledger.settle(day)
            ledger.due = {due for due in ledger.due if due > day}
        assert decide_settling(program, ledger.account, day) is None


@given(programs(points_expire=True), deliveries(), st.sets(st.sampled_from(DAYS), max_size=20))
def test_how_often_an_account_is_settled_makes_no_difference(
    program: Program, delivered: list[Delivery], settled_on: set[date]
) -> None:
    often, once = MemberLedger(program), MemberLedger(program)
    for day in sorted({*(day for _, day in delivered), *settled_on}):
        for happening, delivered_on in delivered:
            if delivered_on == day:
                often.happens(happening, today=day)
                once.happens(happening, today=day)
        if day in settled_on:
            often.settle(day)
    often.settle(DAYS[-1])
    once.settle(DAYS[-1])

    # A tier that began and ended between two runs was nobody's, so it may be held for longer.
    since = min(often.account.tier_since, once.account.tier_since)
    assert replace(often.account, tier_since=since) == replace(once.account, tier_since=since)
