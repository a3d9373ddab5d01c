"""Refunds that come before their order: they wait for it, and are netted when it lands."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from packages.shared.tests.domain.member_ledger import MemberLedger

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.entries import Draft, EntryType, Reversal
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Order, Purchase, Refund
from loyalty_shared.domain.program import Program

Buy = Callable[..., Purchase]
Back = Callable[..., Refund]
Rules = Callable[..., ProgramFile]


def waiting(refunded: Back, texts: str) -> list[Refund]:
    return [
        refunded(each, refund=f"R-{number}")
        for number, each in enumerate(texts.split(" then "), start=1)
    ]


def test_a_refund_before_its_order_is_written_and_takes_nothing_yet(
    program: Program, refunded: Back
) -> None:
    ledger = MemberLedger(program)

    draft = ledger.happens(refunded("40.00", "2026-05-05T10:00:00Z"))

    assert draft == Draft(
        type=EntryType.REVERSE,
        points=0,
        occurred_at=datetime(2026, 5, 5, 10, tzinfo=UTC),
        program_version=program.version,
        account=Account(tier="Basic", tier_since=date(2026, 5, 5)),
        order_id="A-1",
        came_as="m-1",
        reversal=Reversal(("R-1",), Money(4000, "EUR")),
        orders=(Order("A-1", "m-1", bought=None, points=0, refunds=(refunded("40.00").returned,)),),
    )


def test_a_refund_that_waits_leaves_the_account_as_it_is(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(bought("600.00", order="B-1"))
    before = ledger.account

    ledger.happens(*waiting(refunded, "40.00 then a 10.00"))

    assert ledger.account == before
    assert [each.refund_id for each in ledger.orders["A-1"].refunds] == ["R-1", "R-2"]


def test_refund_before_its_order_is_netted_when_the_order_lands(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(*waiting(refunded, "40.00 then 15.50"))

    draft = ledger.happens(bought("100.00"))

    assert draft is not None
    assert (draft.type, draft.points) == (EntryType.EARN, 44)
    assert draft.earning is not None
    assert draft.earning.points == 100  # what was bought, and beside it what was kept
    assert draft.reversal == Reversal(
        refund_ids=("R-1", "R-2"),
        refunded=Money(5550, "EUR"),
        before=100,
        kept=draft.reversal.kept if draft.reversal else None,
    )
    assert draft.reversal.kept is not None
    assert (draft.reversal.kept.points, str(draft.reversal.kept.amount)) == (44, "44.50")
    assert draft.account.lifetime == Lifetime(earned=100, reversed=56)
    assert draft.account.qualification.lifetime == 44
    [order] = draft.orders
    assert order.bought is not None
    assert (order.points, order.bought.earned, order.bought.seq) == (44, 100, 3)


def test_an_order_that_lands_after_all_of_it_was_refunded_earns_nothing(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)

    draft = ledger.happens(*waiting(refunded, "60.00 then 40.00"), bought("100.00"))

    assert draft is not None
    assert (draft.points, draft.account.lots) == (0, ())
    assert draft.account.lifetime == Lifetime(earned=100, reversed=100)


def test_an_order_that_lands_is_netted_under_the_tier_that_it_earns_under(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(bought("5000.00", order="B-1"), refunded("0.01"), bought("100.00"))

    assert ledger.orders["A-1"].points == 149  # 99.99 times 1.5: Gold
    assert ledger.account.qualification.lifetime == 5149


def test_points_that_were_refunded_before_they_came_reach_no_tier(
    rules: Rules, bought: Buy, refunded: Back
) -> None:
    program = rules("earning: {points_per_unit: 1, pending_days: 14}").program()
    ledger = MemberLedger(program)

    ledger.happens(refunded("1.00"), bought("500.00"))

    assert ledger.account.tier == "Basic"
    assert [lot.points for lot in ledger.account.lots] == [499]


# ------------------------------------------------------------------ more than the order had


@pytest.mark.parametrize(
    ("refunds", "counted", "refused", "points"),
    [
        ("100.00", "R-1", "", 0),
        ("100.01", "", "R-1", 100),
        ("60.00 then 50.00", "R-1", "R-2", 40),
        ("60.00 then 40.00 then 0.01", "R-1 R-2", "R-3", 0),
        # A smaller one after it still counts.
        ("120.00 then 30.00", "R-2", "R-1", 70),
        ("60.00 then 50.00 then 40.00", "R-1 R-3", "R-2", 0),
        ("a 60.01 then a 60.00", "R-2", "R-1", 40),
        ("a 50.00 then a 11.00 then a 10.00", "R-1 R-3", "R-2", 40),
        ("c 1.00", "", "R-1", 100),
        ("c 1.00 then 10.00", "R-2", "R-1", 90),
    ],
)
def test_a_refund_that_turns_out_too_much_when_its_order_lands_does_not_count(  # noqa: PLR0913, PLR0917 - a table's columns
    program: Program,
    bought: Buy,
    refunded: Back,
    refunds: str,
    counted: str,
    refused: str,
    points: int,
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(*waiting(refunded, refunds))

    draft = ledger.happens(bought("100.00", lines="a 60.00, b 40.00"))

    order = ledger.orders["A-1"]
    assert " ".join(each.refund_id for each in order.refunds) == counted
    assert " ".join(each.refund_id for each in order.refused) == refused
    assert (order.points, ledger.account.qualification.lifetime) == (points, points)
    assert draft is not None
    assert draft.points == points
    in_the_entry = draft.reversal.refund_ids if draft.reversal else ()
    assert " ".join(in_the_entry) == counted


def test_a_refund_that_was_refused_is_known_again_and_leaves_room_for_others(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(refunded("120.00"), bought("100.00"))
    before = ledger.account

    assert ledger.happens(refunded("120.00")) is None
    assert ledger.account == before

    ledger.happens(refunded("30.00", refund="R-2"))

    order = ledger.orders["A-1"]
    assert (order.points, [each.refund_id for each in order.refused]) == (70, ["R-1"])


def test_an_order_that_was_netted_is_known_again(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(refunded("40.00"), bought("100.00"))
    before = ledger.account

    assert ledger.happens(bought("100.00"), refunded("40.00")) is None
    assert ledger.account == before
