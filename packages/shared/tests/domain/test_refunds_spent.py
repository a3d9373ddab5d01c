"""Refunds of points that were spent, or paid a debt: where the points come from instead."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from packages.shared.tests.domain.member_ledger import MemberLedger

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.entries import Draft
from loyalty_shared.domain.lots import Lot, LotDates, Lots, in_order_of_use
from loyalty_shared.domain.occasions import Occasion, OrderTerms
from loyalty_shared.domain.orders import Purchase, Refund
from loyalty_shared.domain.qualification import Qualification
from loyalty_shared.domain.refunds import decide_refund

Buy = Callable[..., Purchase]
Back = Callable[..., Refund]
Rules = Callable[..., ProgramFile]

# The order was bought on 4 May; its points can be used from 14 May through 2 August.
EARNING = "earning: {points_per_unit: 1, pending_days: 10}"
EXPIRY = "expiry: {after_days: 90}"
FORGIVE = "refunds: {when_spent: forgive}"
MAY_20 = date(2026, 5, 20)


def on(day: str) -> date:
    return date.fromisoformat(day)


LOTS: dict[str, LotDates] = {
    "gone": (None, on("2026-05-19")),
    "early": (None, on("2026-06-30")),
    "own": (None, on("2026-08-02")),
    "own-pending": (on("2026-05-14"), on("2026-08-02")),
    "late": (None, on("2026-09-30")),
    "never": (None, None),
    "soon": (on("2026-05-25"), on("2026-08-13")),
    "later": (on("2026-06-25"), on("2026-10-13")),
    "soon, and as long as own": (on("2026-05-25"), on("2026-08-02")),
}


def lots(*points_and_names: str) -> Lots:
    parts = (each.split(" ", 1) for each in points_and_names)
    return in_order_of_use(Lot(int(points), *LOTS[name]) for points, name in parts)


# ------------------------------------------------------------------ where points come from


@pytest.mark.parametrize(
    ("before", "back", "after", "debt"),
    [
        (["100 own", "50 early"], 60, ["40 own", "50 early"], 0),
        (["100 own"], 100, [], 0),
        (["20 own", "30 early", "50 late"], 45, ["5 early", "50 late"], 0),
        (["20 own", "30 early", "50 late"], 60, ["40 late"], 0),
        (["20 own", "5 late", "80 never"], 60, ["45 never"], 0),
        (["50 late", "50 early"], 60, ["40 late"], 0),
        # What is pending is taken after all that can be used, the first to activate first.
        (["20 own", "50 late", "40 soon"], 80, ["30 soon"], 0),
        (["20 own", "30 never", "40 soon"], 60, ["30 soon"], 0),
        (["20 own", "5 soon", "10 later"], 27, ["8 later"], 0),
        # Pending points of the same last day are pending none the less.
        (
            ["10 own", "50 soon, and as long as own", "50 late"],
            60,
            ["50 soon, and as long as own"],
            0,
        ),
        # And what is not there is owed.
        (["20 own", "10 late", "10 soon"], 100, [], 60),
        (["40 soon"], 50, [], 10),
        ([], 70, [], 70),
        # Points that expired are nobody's, even while the entry that says so is not written.
        (["30 gone", "10 own"], 50, ["30 gone"], 40),
    ],
)
def test_points_come_back_from_the_order_then_from_others_then_they_are_owed(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules,
    bought: Buy,
    refunded: Back,
    before: list[str],
    back: int,
    after: list[str],
    debt: int,
) -> None:
    draft = refund_of_100(rules(EARNING, EXPIRY), bought, refunded, lots(*before), back, MAY_20)

    assert draft.account.lots == lots(*after)
    assert draft.account.debt == debt
    assert draft.points == -back
    assert draft.account.is_conserved()


@pytest.mark.parametrize(
    ("before", "back", "after"),
    [
        (["100 own-pending", "50 early"], 60, ["40 own-pending", "50 early"]),
        (["20 own-pending", "50 early", "40 soon"], 60, ["10 early", "40 soon"]),
    ],
)
def test_points_that_are_pending_come_back_before_any_that_can_be_used(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules, bought: Buy, refunded: Back, before: list[str], back: int, after: list[str]
) -> None:
    may_10 = on("2026-05-10")

    draft = refund_of_100(rules(EARNING, EXPIRY), bought, refunded, lots(*before), back, may_10)

    assert (draft.account.lots, draft.account.debt) == (lots(*after), 0)


def refund_of_100(  # noqa: PLR0913, PLR0917 - it is what they have in common
    file: ProgramFile, bought: Buy, refunded: Back, before: Lots, back: int, today: date
) -> Draft:
    program = file.program()
    ledger = MemberLedger(program)
    ledger.happens(bought("100.00", "2026-05-04T10:00:00Z"))
    there = sum(lot.points for lot in before)
    account = Account(
        lots=before,
        lifetime=Lifetime(earned=100 + there, redeemed=100),
        qualification=Qualification().plus(100 + there, 2026 * 12 + 4),
        tier="Basic",
        tier_since=on("2026-05-04"),
    )
    refund, order = refunded(f"{back}.00"), ledger.orders["A-1"]
    noon = program.start_of(today) + timedelta(hours=12)
    occasion = Occasion("m-1", 2, "t-2", noon, order, OrderTerms(program))
    draft = decide_refund(program, refund, account, occasion)
    assert isinstance(draft, Draft)
    return draft


# ------------------------------------------------------------------ after spending


@pytest.mark.parametrize("pending_days", [0, 14])
def test_points_that_were_spent_are_owed_and_the_next_ones_pay_first(
    rules: Rules, bought: Buy, refunded: Back, pending_days: int
) -> None:
    pending = f"earning: {{points_per_unit: 1, pending_days: {pending_days}}}"
    ledger = MemberLedger(rules(pending).program())
    ledger.happens(bought("100.00", "2026-05-04T10:00:00Z"))
    ledger.spend(100, MAY_20)
    rows = []
    for happening in (
        refunded("100.00", "2026-05-21T10:00:00Z"),
        bought("60.00", "2026-05-22T10:00:00Z", order="B-1"),
        bought("60.00", "2026-05-23T10:00:00Z", order="B-2"),
        bought("60.00", "2026-05-24T10:00:00Z", order="B-3"),
    ):
        draft = ledger.happens(happening)
        assert draft is not None
        points = draft.account.points_on(on("2026-05-25"))
        rows.append((draft.points, points.available + points.pending, draft.account.debt))

    assert rows == [(-100, 0, 100), (60, 0, 40), (60, 20, 0), (60, 80, 0)]
    assert ledger.account.lifetime == Lifetime(earned=280, redeemed=100, reversed=100)
    assert ledger.account.qualification.lifetime == 180  # spending and owing count for nothing
    assert [ledger.orders[each].points for each in ("A-1", "B-1", "B-2", "B-3")] == [0, 60, 60, 60]


def test_points_that_paid_a_debt_are_owed_again_when_their_order_is_refunded(
    rules: Rules, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(rules().program())
    ledger.happens(bought("100.00", order="A-1"))
    ledger.spend(100, on("2026-05-05"))
    ledger.happens(
        refunded("100.00", order="A-1", refund="R-1"),
        bought("70.00", order="B-1"),
        refunded("50.00", order="B-1", refund="R-2"),
    )

    assert (ledger.account.debt, ledger.account.lots) == (80, ())


@pytest.mark.parametrize(
    ("spent", "refunds", "available", "forgiven"),
    [
        (100, "100.00", 0, "100"),
        (70, "100.00", 0, "70"),
        (70, "50.00", 0, "20"),
        (70, "50.00 then 50.00", 0, "20 50"),
        (30, "50.00", 20, "0"),
    ],
)
def test_points_that_were_spent_may_be_forgiven(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules,
    bought: Buy,
    refunded: Back,
    spent: int,
    refunds: str,
    available: int,
    forgiven: str,
) -> None:
    ledger = MemberLedger(rules(FORGIVE).program())
    ledger.happens(bought("100.00"))
    ledger.spend(spent, on("2026-05-05"))
    given = []
    for number, text in enumerate(refunds.split(" then ")):
        draft = ledger.happens(refunded(text, refund=f"R-{number}"))
        assert draft is not None
        assert draft.reversal is not None
        given.append(draft.reversal.forgiven)

    assert " ".join(map(str, given)) == forgiven
    assert (ledger.account.debt, sum(lot.points for lot in ledger.account.lots)) == (0, available)
    assert ledger.account.lifetime.reversed == 100 - spent - available
    # What is not asked for does not make a tier, either, and the order says what it earns now.
    assert ledger.account.qualification.lifetime == ledger.orders["A-1"].points

    ledger.happens(bought("60.00", order="B-1"))
    assert ledger.account.points_on(MAY_20).available == available + 60


@pytest.mark.parametrize(
    ("bought_under", "refunded_under", "debt"), [("debt", "forgive", 100), ("forgive", "debt", 0)]
)
def test_whether_it_is_forgiven_is_a_rule_of_the_version_of_the_order(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules, bought: Buy, refunded: Back, bought_under: str, refunded_under: str, debt: int
) -> None:
    ledger = MemberLedger(rules(f"refunds: {{when_spent: {bought_under}}}").program())
    ledger.happens(bought("100.00"))
    ledger.spend(100, on("2026-05-05"))
    ledger.change_program(rules(f"refunds: {{when_spent: {refunded_under}}}").program())

    ledger.happens(refunded("100.00"))

    assert ledger.account.debt == debt
