from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations

import pytest
from packages.shared.tests.domain.member_ledger import MemberLedger

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.entries import Draft, EntryType, Reversal
from loyalty_shared.domain.errors import (
    OrderDiffers,
    OrderOfAnotherMember,
    RefundDiffers,
    RefundExceedsOrder,
)
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.occasions import Occasion, OrderTerms
from loyalty_shared.domain.orders import AlreadyRecorded, Purchase, Refund
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.refunds import decide_refund

Buy = Callable[..., Purchase]
Back = Callable[..., Refund]
Rules = Callable[..., ProgramFile]

TODAY = date(2026, 5, 5)


def refunds_of(refunded: Back, texts: str) -> list[Refund]:
    return [
        refunded(each, refund=f"R-{number}")
        for number, each in enumerate(texts.split(" then "), start=1)
    ]


# ------------------------------------------------------------------ what an order earns then


@pytest.mark.parametrize(
    ("earning", "bought_for", "refunds", "points"),
    [
        # The points of the order: as bought, and after each refund.
        ("{points_per_unit: 1}", "100.00", "100.00", "100 0"),
        ("{points_per_unit: 1}", "100.00", "40.00", "100 60"),
        ("{points_per_unit: 1}", "100.99", "0.99", "100 100"),
        ("{points_per_unit: 1}", "100.99", "1.00", "100 99"),
        ("{points_per_unit: 1}", "100.00", "0.00", "100 100"),
        ("{points_per_unit: 1}", "100.00", "0.01", "100 99"),
        ("{points_per_unit: 1}", "100.00", "25.00 then 25.00 then 50.00", "100 75 50 0"),
        # No rounding leaks: refunds in pieces take back what one of the whole does.
        ("{points_per_unit: 1}", "10.00", "5.00 then 5.00", "10 5 0"),
        ("{points_per_unit: 1}", "10.00", "3.33 then 3.33 then 3.34", "10 6 3 0"),
        ("{points_per_unit: 1/10}", "10.00", "5.00 then 5.00", "1 0 0"),
        ("{points_per_unit: 0.15}", "10.00", "5.00 then 5.00", "1 0 0"),
        ("{points_per_unit: 1/3}", "10.00", "0.99 then 0.01 then 9.00", "3 3 3 0"),
        ("{points_per_unit: 1, rounding: nearest}", "10.00", "0.50 then 0.01", "10 10 9"),
        ("{points_per_unit: 1, rounding: nearest}", "10.00", "9.50 then 0.50", "10 1 0"),
        ("{points_per_unit: 1, rounding: ceiling}", "10.00", "0.99 then 0.01", "10 10 9"),
        ("{points_per_unit: 1, rounding: ceiling}", "10.00", "9.99 then 0.01", "10 1 0"),
        ("{points_per_unit: 20}", "0.99", "0.33 then 0.33 then 0.33", "19 13 6 0"),
    ],
)
def test_an_order_earns_what_the_kept_part_earns(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules,
    bought: Buy,
    refunded: Back,
    earning: str,
    bought_for: str,
    refunds: str,
    points: str,
) -> None:
    ledger = MemberLedger(rules(f"earning: {earning}").program())
    happenings: list[Purchase | Refund] = [bought(bought_for), *refunds_of(refunded, refunds)]
    left = []
    for happening in happenings:
        ledger.happens(happening)
        left.append(ledger.orders["A-1"].points)
        assert ledger.account.points_on(TODAY).available == left[-1]
        assert ledger.account.qualification.lifetime == left[-1]

    assert " ".join(map(str, left)) == points


@pytest.mark.parametrize(
    ("basis", "refunds", "points"),
    [
        # 110.00, of which lines a 60.00 and b 40.00, and 10.00 for shipping.
        ("total", "a 60.00", 50),
        ("goods", "a 60.00", 40),
        ("total", "a 60.00, b 40.00", 10),
        ("goods", "a 60.00, b 40.00", 0),
        ("total", "a 30.00 then b 10.00 then a 30.00", 40),
        ("goods", "a 30.00 then b 10.00 then a 30.00", 30),
        ("total", "70.00 for a 60.00", 40),  # the line and the shipping
        ("goods", "70.00 for a 60.00", 40),
        ("goods", "10.00", 90),  # it doesn't say what for
        ("goods", "100.00 then 10.00", 0),
        ("total", "100.00 then 10.00", 0),
        ("goods", "110.00 for a 60.00, b 40.00", 0),
        ("goods", "10.00 then a 60.00", 30),
    ],
)
def test_lines_are_goods_and_what_is_refunded_beside_them_is_not(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules, bought: Buy, refunded: Back, basis: str, refunds: str, points: int
) -> None:
    program = rules(f"earning: {{points_per_unit: 1, basis: {basis}}}").program()
    order = bought("110.00", goods="100.00", lines="a 60.00, b 40.00")

    for each in permutations(refunds_of(refunded, refunds)):
        ledger = MemberLedger(program)
        ledger.happens(order, *each)
        assert ledger.orders["A-1"].points == points


def test_a_draft_says_what_was_refunded_and_what_became_of_the_points(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(bought("100.00", "2026-05-04T10:00:00Z", lines="a 40.00"))
    [order] = ledger.drafts()[-1].orders
    assert order.bought is not None

    draft = ledger.happens(refunded("50.00 for a 40.00", "2026-06-05T10:00:00Z"))

    assert draft == Draft(
        type=EntryType.REVERSE,
        points=-50,
        occurred_at=datetime(2026, 6, 5, 10, tzinfo=UTC),
        program_version=program.version,
        account=Account(
            lots=(Lot(50, None, None),),
            lifetime=Lifetime(earned=100, reversed=50),
            qualification=Account().qualification.plus(50, 2026 * 12 + 4),
            tier="Basic",
            tier_since=date(2026, 5, 4),
        ),
        order_id="A-1",
        came_as="m-1",
        reversal=Reversal(
            refund_ids=("R-1",),
            refunded=Money(5000, "EUR"),
            before=100,
            kept=draft.reversal.kept if draft and draft.reversal else None,
        ),
        orders=(
            replace(
                order, points=50, refunds=(refunded("50.00 for a 40.00", refund="R-1").returned,)
            ),
        ),
    )
    assert draft.reversal is not None
    assert str(draft.reversal.kept) == "50.00 × 1 × Basic 1 = 50"  # noqa: RUF001 - the sign people read


def test_a_further_refund_shows_what_the_one_before_left(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(bought("100.00"), refunded("50.00", refund="R-1"))

    draft = ledger.happens(refunded("20.00", refund="R-2"))

    assert draft is not None
    assert draft.reversal == Reversal(
        refund_ids=("R-2",),
        refunded=Money(2000, "EUR"),
        before=50,
        kept=draft.reversal.kept if draft.reversal else None,
    )
    assert draft.reversal.kept is not None
    assert (draft.points, draft.reversal.kept.points) == (-20, 30)


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("before", "refund", "detail"),
    [
        ("", "110.01", "110.01 EUR, and 110.00 of the order is left"),
        ("60.00", "50.01", "50.01 EUR, and 50.00 of the order is left"),
        ("a 30.00", "a 30.01", "30.01 EUR for line a, of which 30.00 is left"),
        ("", "c 1.00", "line c, which the order does not have"),
        ("110.00", "0.01", "0.01 EUR, and 0.00 of the order is left"),
    ],
)
def test_a_refund_of_more_than_is_left_is_refused(  # noqa: PLR0913, PLR0917 - a table's columns
    program: Program,
    bought: Buy,
    refunded: Back,
    before: str,
    refund: str,
    detail: str,
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(bought("110.00", goods="100.00", lines="a 60.00, b 40.00"))
    ledger.happens(*(refunds_of(refunded, before) if before else []))

    with pytest.raises(RefundExceedsOrder, match=f"refund R-9 of order A-1 gives back {detail}"):
        ledger.happens(refunded(refund, refund="R-9"))


def test_a_refund_that_comes_again_changes_nothing(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(bought("100.00"), refunded("40.00"))
    now = program.start_of(TODAY)
    occasion = Occasion("m-1", 3, "t-3", now, ledger.orders["A-1"], OrderTerms(program))

    again = decide_refund(program, refunded("40.00"), ledger.account, occasion)
    at_another_time = refunded("40.00", "2027-05-04T10:00:00Z")

    assert again == AlreadyRecorded(ledger.orders["A-1"])
    assert decide_refund(program, at_another_time, ledger.account, occasion) == again


@pytest.mark.parametrize("other", ["39.99", "a 40.00", "40.00 for a 20.00"])
@pytest.mark.parametrize("order_is_there", [True, False])
def test_a_refund_that_comes_again_with_another_content_is_refused(
    program: Program, bought: Buy, refunded: Back, other: str, *, order_is_there: bool
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(*([bought("100.00")] if order_is_there else []), refunded("40.00"))

    with pytest.raises(RefundDiffers, match=r"R-1 of order A-1 .* with 40\.00 EUR, .* another"):
        ledger.happens(refunded(other))


@pytest.mark.parametrize("order_is_there", [True, False])
def test_a_refund_of_another_member_is_refused_whatever_it_says(
    program: Program, bought: Buy, refunded: Back, *, order_is_there: bool
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(*([bought("100.00")] if order_is_there else []), refunded("40.00"))

    for refund in (refunded("40.00", member="m-2"), refunded("999", refund="R-2", member="m-2")):
        with pytest.raises(OrderOfAnotherMember, match="A-1 belongs to another member"):
            ledger.happens(refund)


def test_a_refund_sent_for_a_member_who_never_bought_the_order_does_not_keep_it_from_its_member(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(refunded("40.00"))

    draft = ledger.happens(bought("100.00", member="m-2"))

    assert draft is not None
    assert (draft.points, draft.reversal) == (100, None)
    assert (ledger.orders["A-1"].member_id, ledger.orders["A-1"].refunds) == ("m-2", ())
    with pytest.raises(OrderOfAnotherMember):
        ledger.happens(refunded("10.00", refund="R-2"))


def test_an_order_that_was_refunded_is_known_again_and_with_another_amount_refused(
    program: Program, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(program)
    ledger.happens(bought("100.00"), refunded("40.00"))
    before = ledger.account

    assert ledger.happens(bought("100.00")) is None
    assert ledger.account == before
    with pytest.raises(OrderDiffers):
        ledger.happens(bought("60.00"))
