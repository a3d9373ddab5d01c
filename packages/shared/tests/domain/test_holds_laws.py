"""The laws of points that are set aside: nobody has them twice, and nobody loses them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packages.shared.tests.domain.paid_orders import PaidOrder, paid_orders
from packages.shared.tests.domain.spending_ledger import MEMBER, SpendingLedger

from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.errors import HoldNotOpen, InsufficientPoints, Rejected
from loyalty_shared.domain.held import Hold
from loyalty_shared.domain.holds import Capture, Holding, lapses
from loyalty_shared.domain.lots import Lot, Lots
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.program import WhenSpent
from loyalty_shared.domain.redemptions import Redemption

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Held:
    """An order as it may stand at some time, and what is held for it then."""

    paid: PaidOrder
    points: int
    lasts: timedelta
    order_id: str | None

    def ledger(self) -> SpendingLedger:
        ledger = SpendingLedger(self.paid.program, self.paid.lots)
        ledger.lives([*self.paid.events.happenings], self.paid.now)
        ledger.settle(self.paid.now.date())
        return ledger

    @property
    def holding(self) -> Holding:
        return Holding(self.points, self.lasts, self.order_id)


@st.composite
def held(draw: st.DrawFn) -> Held:
    paid = draw(paid_orders().filter(lambda each: each.payments))
    points = draw(st.integers(1, paid.payments[0]))
    lasts = timedelta(seconds=draw(st.one_of(st.integers(1, 3_600), st.integers(1, 604_800))))
    return Held(paid, points, lasts, draw(st.sampled_from([None, "A-1"])))


def without_dates(account: Account) -> Account:
    there = Lot(sum(lot.points for lot in account.lots), None, None)
    return replace(account, lots=(there,))


@given(held())
def test_a_hold_that_is_captured_is_a_redemption(case: Held) -> None:
    redeemed, captured = case.ledger(), case.ledger()

    redeemed.redeems(Redemption(case.points, case.order_id), case.paid.now)
    hold_id = captured.holds(case.holding, case.paid.now)
    captured.captures(Capture(hold_id), case.paid.now)

    assert captured.account == redeemed.account
    [one, other] = [each.orders["A-1"] for each in (captured, redeemed)]
    payments = [(each.taken, each.value) for each in one.paid]
    assert payments == [(each.taken, each.value) for each in other.paid]
    assert replace(one, paid=()) == replace(other, paid=())


@given(held(), st.data())
def test_capturing_a_part_is_redeeming_the_part(case: Held, data: st.DataObject) -> None:
    part = data.draw(st.integers(1, case.points))
    redeemed, captured = case.ledger(), case.ledger()

    redeemed.redeems(Redemption(part, case.order_id), case.paid.now)
    hold_id = captured.holds(case.holding, case.paid.now)
    captured.captures(Capture(hold_id, part), case.paid.now)

    assert without_dates(captured.account) == without_dates(redeemed.account)


@given(held(), st.data())
def test_whatever_happens_while_points_are_held_capturing_them_is_redeeming_them(
    case: Held, data: st.DataObject
) -> None:
    events = data.draw(st.permutations(case.paid.events.happenings))
    before = data.draw(st.integers(0, len(events)))
    redeemed, captured = (SpendingLedger(case.paid.program, case.paid.lots) for _ in range(2))
    for ledger in (redeemed, captured):
        ledger.lives([*events[:before]], case.paid.now)

    redeemed.redeems(Redemption(case.points, "A-1"), case.paid.now)
    redeemed.lives([*events[before:]], case.paid.now)
    hold_id = captured.holds(replace(case.holding, order_id="A-1"), case.paid.now)
    captured.lives([*events[before:]], case.paid.now)
    captured.captures(Capture(hold_id), case.paid.now)

    assert captured.points == redeemed.points
    assert captured.account.lifetime == redeemed.account.lifetime
    assert captured.account.qualification == redeemed.account.qualification
    assert captured.orders["A-1"].points == redeemed.orders["A-1"].points
    assert captured.given_back_of("A-1") == redeemed.given_back_of("A-1")


@given(held())
def test_a_hold_that_is_released_is_nothing_but_for_dates(case: Held) -> None:
    untouched, ledger = case.ledger(), case.ledger()

    hold_id = ledger.holds(case.holding, case.paid.now)
    assert ledger.points == untouched.points
    ledger.releases(hold_id, case.paid.now)

    assert without_dates(ledger.account) == without_dates(untouched.account)
    assert [each.draft.points for each in ledger.entries[-2:] if each.draft] == [0, 0]


@given(held())
def test_a_hold_that_lapses_is_nothing_but_for_dates(case: Held) -> None:
    untouched, ledger = case.ledger(), case.ledger()
    now = case.paid.now
    ends = now + case.lasts

    hold_id = ledger.holds(case.holding, now)
    still_held = ledger.account.at(ends - timedelta(microseconds=1))
    back = ledger.account.at(ends)

    assert still_held == ledger.account
    assert without_dates(back) == without_dates(untouched.account)
    ledger.lapse(ends)
    assert ledger.account == back
    with pytest.raises(HoldNotOpen):
        ledger.captures(Capture(hold_id), ends)
    with pytest.raises(HoldNotOpen):
        ledger.releases(hold_id, ends)


@given(held(), st.sampled_from(WhenSpent), st.sampled_from(["release", "lapse"]))
def test_what_is_refunded_while_its_points_are_held_is_taken_once_they_are_not(
    case: Held, when_spent: WhenSpent, end: str
) -> None:
    earning = replace(case.paid.program.earning, pending_days=0)
    program = replace(case.paid.program, when_spent=when_spent, earning=earning)
    ledger, now = SpendingLedger(program, ()), case.paid.now
    purchase, *refunds = case.paid.events.happenings
    ledger.happens(purchase, today=now.date())
    points = ledger.account.points_on(now.date()).available
    assume(points)

    hold_id = ledger.holds(Holding(points, case.lasts), now)
    ledger.lives([*refunds], now)
    if end == "release":
        ledger.releases(hold_id, now)
    else:
        ledger.lapse(now + case.lasts)

    assert (ledger.points, ledger.account.debt) == (ledger.orders["A-1"].points, 0)


@given(held(), st.integers(0, 400))
def test_what_comes_back_from_a_hold_lasts_some_days_and_never_less_than_before(
    case: Held, days: int
) -> None:
    ledger = case.ledger()
    holding = replace(case.holding, lasts=timedelta(days=days, hours=1))
    ledger.holds(holding, case.paid.now)
    [hold] = ledger.account.holds

    ends_on = case.paid.program.date_of(hold.expires_at)
    no_sooner = ends_on + timedelta(days=case.paid.program.redemption.return_days)
    ledger.lapse(hold.expires_at)

    back = {lot.expires_on for lot in ledger.entries[-1].change.lots}
    assert back == {max(lot.expires_on, no_sooner) if lot.expires_on else None for lot in hold.lots}


# ---------------------------------------------------------------- what is shown and what is granted

PROGRAM = default_program().program()
NOW = datetime.fromisoformat("2026-05-04T12:00:00Z")
some_lots = st.lists(
    st.builds(
        Lot,
        st.integers(1, 30),
        st.sampled_from([None, None, date(2026, 5, 4), date(2026, 5, 5)]),
        st.sampled_from([None, *(date(2026, 5, day) for day in (1, 3, 4, 5, 20))]),
    ),
    max_size=4,
    unique_by=lambda lot: lot.dates,
).map(lambda lots: tuple(sorted(lots, key=lambda lot: (lot.expires_on or date.max, str(lot)))))


@st.composite
def holds(draw: st.DrawFn, number: int) -> Hold:
    lots = draw(some_lots.filter(bool))
    ends = NOW + timedelta(hours=draw(st.sampled_from([-72, -48, -1, 0, 1])))
    returns = ends.date() + timedelta(days=draw(st.sampled_from([0, 1, 30])))
    return Hold(f"h-{number}", lots, ends, returns)


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Draw an account as it may stand in the newest entry, whatever has become of it since."""
    open_holds = tuple(draw(holds(number)) for number in range(draw(st.integers(0, 3))))
    lots: Lots = draw(st.one_of(st.just(()), some_lots))
    # Who owes points has none to use, but for those that are held.
    debt = draw(st.integers(1, 60)) if not lots else 0
    return Account(lots=lots, holds=open_holds, debt=debt)


def standing(account: Account) -> SpendingLedger:
    """Give a ledger whose newest entry leaves an account."""
    points = sum(lot.points for lot in account.lots) + account.held - account.debt
    ledger = SpendingLedger(PROGRAM, (Lot(points, None, None),))
    life = Lifetime(earned=max(points, 0), reversed=max(-points, 0))
    ledger.account = replace(account, lifetime=life)
    return ledger


@given(accounts())
def test_an_account_at_a_moment_is_what_the_next_write_finds(account: Account) -> None:
    written = account
    for draft in lapses(PROGRAM, account, Occasion(MEMBER, 1, "t-1", NOW)):
        written = draft.account

    assert account.at(NOW) == written


@given(accounts())
def test_as_many_points_are_granted_as_are_shown_and_not_one_more(account: Account) -> None:
    shown = account.at(NOW).points_on(PROGRAM.date_of(NOW)).available

    if shown:
        standing(account).redeems(Redemption(shown), NOW)
        standing(account).holds(Holding(shown, AN_HOUR), NOW)
    with pytest.raises(InsufficientPoints):
        standing(account).redeems(Redemption(shown + 1), NOW)
    with pytest.raises(InsufficientPoints):
        standing(account).holds(Holding(shown + 1, AN_HOUR), NOW)


@given(accounts(), st.lists(st.tuples(st.integers(0, 3), st.integers(1, 40)), max_size=8))
def test_of_what_there_was_nothing_is_granted_twice(
    account: Account, wishes: list[tuple[int, int]]
) -> None:
    ledger = standing(account)
    there = sum(lot.points for lot in account.lots) + account.held
    granted = 0
    for which, points in wishes:
        before = ledger.account.lifetime.redeemed
        try:
            if which < len(ledger.account.holds):
                ledger.captures(Capture(ledger.account.holds[which].hold_id, points), NOW)
            elif which % 2:
                ledger.holds(Holding(points, AN_HOUR), NOW)
            else:
                ledger.redeems(Redemption(points), NOW)
        except Rejected:
            continue
        granted += ledger.account.lifetime.redeemed - before

    assert granted + ledger.account.held <= there
    assert all(lot.points > 0 for lot in ledger.account.lots)
