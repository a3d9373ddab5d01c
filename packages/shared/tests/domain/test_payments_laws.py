"""The laws of orders that points pay for: points earn no points, and come back with the money.

Whatever order the redemptions, the purchase and the refunds come in, and however often.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import floor

from hypothesis import assume, given
from hypothesis import strategies as st
from packages.shared.tests.domain.order_histories import shuffled_with_repetitions
from packages.shared.tests.domain.paid_orders import PaidOrder, given_back_at_once, paid_orders
from packages.shared.tests.domain.spending_ledger import SpendingLedger, Undoing

from loyalty_shared.domain.account import Lifetime
from loyalty_shared.domain.earning import earn
from loyalty_shared.domain.entries import EntryType
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Bought, kept_of
from loyalty_shared.domain.program import Program, WhenSpent
from loyalty_shared.domain.qualification import Qualification
from loyalty_shared.domain.redemptions import Redemption

End = tuple[int, int, Lifetime, Qualification, str, int, int]


def end_of(ledger: SpendingLedger) -> End:
    """Say what must not depend on the order of events; which lots are left may."""
    account = ledger.account
    return (
        ledger.points,
        account.debt,
        account.lifetime,
        account.qualification,
        account.tier,
        ledger.orders["A-1"].points,
        ledger.given_back_of("A-1"),
    )


def lived(paid: PaidOrder) -> SpendingLedger:
    ledger = SpendingLedger(paid.program, paid.lots)
    ledger.lives(paid.steps, paid.now)
    return ledger


def bought_in(ledger: SpendingLedger) -> Bought:
    bought = ledger.orders["A-1"].bought
    assert bought is not None
    return bought


def given_back_by_words(paid: PaidOrder) -> int:
    """Sum what comes back of each redemption: the share of the order that was refunded."""
    total = paid.events.purchase.total.minor
    share = Fraction(paid.refunded, total) if total else Fraction()
    return sum(floor(points * share) for points in paid.payments)


def earned_by_words(paid: PaidOrder, program: Program, bought: Bought) -> int:
    """Compute what money earns: of what was kept, the share that it paid of the whole."""
    kept = kept_of(bought, tuple(each.returned for each in paid.events.refunds))
    total = paid.events.purchase.total.minor
    rate = program.redemption.points_per_unit
    by_points = sum(floor(points * 100 / rate) for points in paid.payments)
    in_money = 1 - Fraction(by_points, total) if total else Fraction(1)
    level = program.tiers.level_named(bought.tier)
    return earn(
        program.earning,
        level,
        total=Money(floor(kept.total.minor * in_money), "EUR"),
        goods=Money(floor(kept.goods.minor * in_money), "EUR"),
    ).points


@given(paid_orders(), st.data())
def test_whatever_order_payments_and_the_events_of_an_order_come_in_the_end_is_the_same(
    paid: PaidOrder, data: st.DataObject
) -> None:
    in_any_order = SpendingLedger(paid.program, paid.lots)

    in_any_order.lives(data.draw(shuffled_with_repetitions(paid.steps)), paid.now)

    assert end_of(in_any_order) == end_of(lived(paid))


@given(paid_orders(), st.data())
def test_whenever_a_payment_is_undone_the_end_is_the_same(
    paid: PaidOrder, data: st.DataObject
) -> None:
    assume(paid.payments)
    assume(paid.refunded < paid.events.purchase.total.minor)  # else there is nothing to undo
    undone = Undoing(f"key-{data.draw(st.integers(0, len(paid.payments) - 1))}")
    at_last, at_some_time = (SpendingLedger(paid.program, paid.lots) for _ in range(2))

    at_last.lives([*paid.steps, undone], paid.now)
    at_some_time.lives(data.draw(st.permutations([*paid.steps, undone])), paid.now)

    assert end_of(at_some_time) == end_of(at_last)


@given(paid_orders(), st.data())
def test_undoing_all_payments_leaves_what_paying_with_money_alone_does(
    paid: PaidOrder, data: st.DataObject
) -> None:
    assume(paid.refunded < paid.events.purchase.total.minor)
    undone = [Undoing(each.key) for each in paid.paying()]
    with_points, with_money = (SpendingLedger(paid.program, paid.lots) for _ in range(2))

    with_points.lives(data.draw(st.permutations([*paid.steps, *undone])), paid.now)
    with_money.lives([*paid.events.happenings], paid.now)

    assert end_of(with_points) == end_of(with_money)


@given(paid_orders(), st.data())
def test_an_order_earns_on_what_was_kept_and_paid_with_money_and_points_come_back_in_proportion(
    paid: PaidOrder, data: st.DataObject
) -> None:
    ledger = SpendingLedger(paid.program, paid.lots)

    ledger.lives(data.draw(st.permutations(paid.steps)), paid.now)

    earned, back = ledger.orders["A-1"].points, given_back_by_words(paid)
    spent = sum(paid.payments) - back
    assert earned == earned_by_words(paid, paid.program, bought_in(ledger))
    assert ledger.given_back_of("A-1") == back
    assert ledger.account.lifetime.redeemed == spent
    assert ledger.points == sum(lot.points for lot in paid.lots) + earned - spent
    assert ledger.account.qualification.lifetime == earned


@given(paid_orders(of_amounts=True), st.data())
def test_all_refunds_in_one_give_back_and_take_back_what_many_do(
    paid: PaidOrder, data: st.DataObject
) -> None:
    assume(paid.events.refunds)
    at_once, in_parts = given_back_at_once(paid), SpendingLedger(paid.program, paid.lots)

    in_parts.lives(data.draw(st.permutations(paid.steps)), paid.now)

    assert end_of(lived(at_once)) == end_of(in_parts)


@given(paid_orders(of_amounts=True), st.data())
def test_after_all_of_an_order_is_refunded_all_points_are_back_and_it_earns_nothing(
    paid: PaidOrder, data: st.DataObject
) -> None:
    total = paid.events.purchase.total.minor
    assume(total)
    whole = given_back_at_once(paid, of=total - paid.refunded, beside=True)
    ledger = SpendingLedger(paid.program, paid.lots)

    ledger.lives(data.draw(shuffled_with_repetitions(whole.steps)), paid.now)

    assert ledger.orders["A-1"].points == 0
    assert ledger.given_back_of("A-1") == sum(paid.payments)
    assert (ledger.account.lifetime.redeemed, ledger.account.debt) == (0, 0)
    assert ledger.points == sum(lot.points for lot in paid.lots)


@given(paid_orders(of_amounts=True), st.sampled_from(WhenSpent), st.data())
def test_points_of_an_order_that_pay_for_it_are_gone_once_all_of_it_is_refunded(
    paid: PaidOrder, when_spent: WhenSpent, data: st.DataObject
) -> None:
    total = paid.events.purchase.total.minor
    assume(total)
    whole = given_back_at_once(paid, of=total - paid.refunded, beside=True)
    earning = replace(paid.program.earning, pending_days=0)
    program = replace(paid.program, when_spent=when_spent, earning=earning)
    ledger = SpendingLedger(program, ())
    ledger.happens(paid.events.purchase, today=paid.now.date())
    for key, points in enumerate(paid.payments):
        available = ledger.account.points_on(paid.now.date()).available
        if min(points, available):
            redemption = Redemption(min(points, available), "A-1")
            ledger.redeems(redemption, paid.now, f"key-{key}")
            if data.draw(st.booleans()):
                ledger.undoes(f"key-{key}", paid.now)

    ledger.lives([*whole.events.happenings], paid.now)

    assert (ledger.points, ledger.account.debt) == (0, 0)
    assert ledger.account.lifetime.redeemed == 0


@given(paid_orders(), st.data())
def test_what_refunds_give_back_says_of_which_payment_it_is_and_goes_where_it_came_from(
    paid: PaidOrder, data: st.DataObject
) -> None:
    ledger = SpendingLedger(paid.program, paid.lots)

    ledger.lives(data.draw(st.permutations(paid.steps)), paid.now)

    for payment in ledger.orders["A-1"].paid:
        back = [
            entry
            for entry in ledger.entries
            if entry.draft
            and entry.draft.type is EntryType.RESTORE
            and entry.draft.follows == payment.transaction_id
        ]
        total, refunded = paid.events.purchase.total.minor, paid.refunded
        due = payment.points * refunded // total if total else 0
        assert sum(entry.draft.points for entry in back if entry.draft) == due
        last_days = {lot.expires_on for lot in payment.taken}
        assert {lot.expires_on for each in back for lot in each.change.lots} <= last_days
