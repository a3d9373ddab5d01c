"""The theorem: an order earns what it would have earned, had only the kept part been bought.

Whatever its refunds are, in whatever order its events come and however often, under its own version
and tier; and what other orders earned stays.
"""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from packages.shared.tests.domain.member_ledger import MemberLedger
from packages.shared.tests.domain.order_histories import (
    OrderEvents,
    day_after,
    orders,
    programs,
    shuffled_with_repetitions,
)

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.earning import earn
from loyalty_shared.domain.lots import Lots, with_lot
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Happening, Purchase
from loyalty_shared.domain.program import Program


@st.composite
def one_order(draw: st.DrawFn) -> tuple[OrderEvents, list[Happening]]:
    order = draw(orders())
    return order, draw(shuffled_with_repetitions(order.happenings))


@st.composite
def some_orders(draw: st.DrawFn) -> tuple[list[OrderEvents], list[Happening]]:
    some = [draw(orders(f"A-{number}", 3)) for number in range(draw(st.integers(1, 3)))]
    happenings = [each for order in some for each in order.happenings]
    return some, draw(shuffled_with_repetitions(happenings))


def kept_part(order: OrderEvents) -> Purchase:
    """Buy only what was kept, computed here by the words of the rule."""
    purchase = order.purchase
    given_back = sum(each.returned.amount.minor for each in order.refunds)
    of_goods = sum(
        sum(minor for _, minor in each.returned.lines)
        if each.returned.lines
        else each.returned.amount.minor
        for each in order.refunds
    )
    total = purchase.total.minor - given_back
    goods = max(0, min(total, purchase.goods.minor - of_goods))
    return replace(purchase, total=Money(total, "EUR"), goods=Money(goods, "EUR"), lines=())


def should_earn(ledger: MemberLedger, order: OrderEvents) -> int:
    bought = ledger.orders[order.purchase.order_id].bought
    assert bought is not None
    program = ledger.program_of(order.purchase.order_id)
    level = next(each for each in program.tiers.levels if each.name == bought.tier)
    kept = kept_part(order)
    return earn(program.earning, level, total=kept.total, goods=kept.goods).points


def without_since(account: Account) -> Account:
    # Since when a tier is held depends on which of the events was the first to be heard of.
    return replace(account, tier_since=date.min)


@given(programs(), one_order())
def test_whatever_order_the_events_of_an_order_come_in_the_account_is_the_same(
    program: Program, order_and_events: tuple[OrderEvents, list[Happening]]
) -> None:
    order, delivered = order_and_events
    today = day_after(order.happenings)
    in_order, in_any_order = MemberLedger(program), MemberLedger(program)

    in_order.happens(*order.happenings, today=today)
    in_any_order.happens(*delivered, today=today)

    in_order.settle(today)
    in_any_order.settle(today)
    assert without_since(in_any_order.account) == without_since(in_order.account)


@given(programs(), one_order())
def test_an_order_and_its_refunds_leave_what_buying_only_the_kept_part_does(
    program: Program, order_and_events: tuple[OrderEvents, list[Happening]]
) -> None:
    order, delivered = order_and_events
    today = day_after(order.happenings)
    refunded, never_bought = MemberLedger(program), MemberLedger(program)

    refunded.happens(*delivered, today=today)
    never_bought.happens(kept_part(order), today=today)

    life = refunded.account.lifetime
    assert life.earned - life.reversed == never_bought.account.lifetime.earned
    refunded.settle(today)
    never_bought.settle(today)
    assert refunded.orders["A-1"].points == never_bought.orders["A-1"].points
    assert refunded.account.lots == never_bought.account.lots
    assert refunded.account.qualification == never_bought.account.qualification
    assert refunded.account.tier == never_bought.account.tier


@given(st.lists(programs(), min_size=2, max_size=3), some_orders(), st.data())
def test_every_order_earns_what_its_kept_part_does_under_its_own_version_and_tier(
    versions: list[Program],
    orders_and_events: tuple[list[OrderEvents], list[Happening]],
    data: st.DataObject,
) -> None:
    some, delivered = orders_and_events
    today = day_after(delivered)
    ledger = MemberLedger(versions[0])

    for happening in delivered:
        ledger.change_program(data.draw(st.sampled_from(versions)))
        others = {key: order for key, order in ledger.orders.items() if key != happening.order_id}
        ledger.happens(happening, today=today)
        assert others.items() <= ledger.orders.items()  # they keep what they earned

    for order in some:
        assert ledger.orders[order.purchase.order_id].points == should_earn(ledger, order)


@given(programs(), some_orders())
def test_while_nothing_is_spent_the_points_of_every_order_stay_where_they_were_put(
    program: Program, orders_and_events: tuple[list[OrderEvents], list[Happening]]
) -> None:
    some, delivered = orders_and_events
    today = day_after(delivered)
    ledger = MemberLedger(program)

    ledger.happens(*delivered, today=today)

    ledger.settle(today)
    expected: Lots = ()
    for order in some:
        purchased_on = program.date_of(order.purchase.occurred_at)
        lot = program.lot_of(purchased_on, should_earn(ledger, order))
        if not lot.is_pending(today):
            lot = replace(lot, activates_on=None)
        expected = with_lot(expected, lot)
    assert ledger.account.lots == expected
    assert ledger.account.debt == 0
    for order in some:
        of_order = [each for each in ledger.drafts() if each.order_id == order.purchase.order_id]
        earned = ledger.orders[order.purchase.order_id].points
        assert sum(draft.points for draft in of_order) == earned


@given(programs(points_expire=True), some_orders(), st.data())
def test_spending_and_expiry_change_nothing_about_what_orders_earn(
    program: Program,
    orders_and_events: tuple[list[OrderEvents], list[Happening]],
    data: st.DataObject,
) -> None:
    some, delivered = orders_and_events
    ledger = MemberLedger(program)
    today = min(each.occurred_at for each in delivered).date()
    last = day_after(delivered)

    for happening in delivered:
        today = data.draw(st.dates(today, last))
        ledger.happens(happening, today=today)
        available = ledger.account.points_on(today).available
        ledger.spend(data.draw(st.integers(0, available)), today)

    points = {order_id: order.points for order_id, order in ledger.orders.items()}
    assert points == {order.purchase.order_id: should_earn(ledger, order) for order in some}
    assert ledger.account.qualification.lifetime == sum(points.values())
