"""Many who spend one member's points at once, on every store: never more than there was."""

from __future__ import annotations

from dataclasses import replace

from packages.shared.tests.storage.rivals import (
    NOW,
    THREADS,
    MakeLedger,
    MakePurchase,
    as_one_of,
    assert_sound,
    at_once,
    done_in,
    held,
    refused_in,
)

from loyalty_shared.domain.errors import (
    AlreadyRestored,
    InsufficientPoints,
    RedemptionExceedsOrder,
)
from loyalty_shared.domain.holds import Capture
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Refund, Returned
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service import queries, statements
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.commands import Asking, Done
from loyalty_shared.service.holds import capture_hold
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.service.redemptions import redeem, restore
from loyalty_shared.service.refunds import record_refund


def test_sixteen_spenders_never_get_more_than_there_was(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))  # 29 points

    outcomes = at_once(
        lambda thread: redeem(program, Asking("M-1", f"k-{thread}", None), Redemption(5))
    )

    done = [each for each in outcomes if isinstance(each, Done)]
    refused = [each for each in outcomes if isinstance(each, InsufficientPoints)]
    assert (len(done), len(refused)) == (5, THREADS - 5)
    assert queries.balance(program, "M-1") == 4
    assert statements.account(program, "M-1").account.is_conserved()


def test_sixteen_twins_of_one_request_spend_once_and_get_one_answer(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))

    # All there is: so for a twin that comes second, nothing is left to spend.
    outcomes = at_once(lambda _: redeem(program, Asking("M-1", "k-1", None), Redemption(29)))

    done = [each for each in outcomes if isinstance(each, Done)]
    assert len(done) == THREADS
    assert len({each.entry.seq for each in done}) == 1
    assert len([each for each in done if not each.is_replayed]) == 1
    assert queries.balance(program, "M-1") == 0


def test_sixteen_who_give_the_same_points_back_do_so_once(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))
    spent = redeem(program, Asking("M-1", "k-0", None), Redemption(20)).entry
    spent_id = queries.explained(program, "M-1", spent).transaction_id

    outcomes = at_once(
        lambda thread: restore(program, Asking("M-1", f"r-{thread}", None), spent_id)
    )

    assert len([each for each in outcomes if isinstance(each, Done)]) == 1
    refused = [each for each in outcomes if isinstance(each, AlreadyRestored)]
    assert len(refused) == THREADS - 1
    assert queries.balance(program, "M-1") == 29


def test_sixteen_who_pay_for_one_order_pay_no_more_than_it_costs(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))
    ten_cents = Money(10, "EUR")
    record_purchase(program, replace(a_purchase(2), total=ten_cents, goods=ten_cents))

    outcomes = at_once(lambda thread: redeem(program, as_one_of(thread), Redemption(4, "A-2")))

    assert len(done_in(outcomes)) == 2
    assert refused_in(outcomes) == {RedemptionExceedsOrder: THREADS - 2}
    assert [each.points for each in queries.order(program, "A-2").order.paid] == [4, 4]
    assert queries.balance(program, "M-1") == 21


def test_an_order_that_is_bought_paid_and_refunded_at_once_comes_out_as_one_by_one(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))  # 29 points
    hold_id = held(program, 10, "A-2")

    def work(thread: int) -> object:
        if thread < 4:
            return record_purchase(program, a_purchase(2))
        if thread < 10:
            returned = Returned(f"R-{thread % 3}", Money(500, "EUR"))
            return record_refund(program, Refund("A-2", "M-1", returned, NOW))
        if thread < 13:
            return redeem(program, as_one_of(thread), Redemption(5, "A-2"))
        return capture_hold(program, as_one_of(13), Capture(hold_id))

    outcomes = at_once(work)

    assert refused_in(outcomes) == {}
    found = queries.order(program, "A-2").order
    # 25 cents of 29.49 paid with points, and 14.49 kept: 14.49 x 29.24 / 29.49 = 14.36 in money.
    assert found.points == 14
    assert sum(each.points for each in found.paid) == 25
    # Of each 5 points 5 x 15.00 / 29.49 = 2.5 come back, of the 10 there are 5.08.
    assert statements.account(program, "M-1").account.lifetime.redeemed == 25 - (3 * 2 + 5)
    assert queries.balance(program, "M-1") == 29 + 14 - 25 + 11
    assert_sound(program)
