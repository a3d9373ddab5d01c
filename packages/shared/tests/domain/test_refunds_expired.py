"""Refunds of points that expired: they are gone, and are not taken back again."""

from collections.abc import Callable
from datetime import date

import pytest
from packages.shared.tests.domain.member_ledger import MemberLedger

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.account import Lifetime
from loyalty_shared.domain.entries import EntryType
from loyalty_shared.domain.orders import Purchase, Refund

Buy = Callable[..., Purchase]
Back = Callable[..., Refund]
Rules = Callable[..., ProgramFile]

EXPIRY = "expiry: {after_days: 90}"  # what was bought on 4 May can be used through 2 August


def on(day: str) -> date:
    return date.fromisoformat(day)


@pytest.mark.parametrize(
    ("spent", "refunds", "expired", "debt"),
    [
        # 100 points of one order; what was not spent of them has expired.
        (0, "100.00", "100", 0),
        (0, "40.00 then 60.00", "40 60", 0),
        (30, "100.00", "70", 30),
        (30, "70.00 then 30.00", "70 0", 30),
        (30, "50.00 then 50.00", "50 20", 30),
        (100, "100.00", "0", 100),
    ],
)
@pytest.mark.parametrize("swept", [True, False])
def test_points_that_expired_are_not_taken_back_again(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules,
    bought: Buy,
    refunded: Back,
    spent: int,
    refunds: str,
    expired: str,
    debt: int,
    *,
    swept: bool,
) -> None:
    ledger = MemberLedger(rules(EXPIRY).program())
    ledger.happens(bought("100.00", "2026-05-04T10:00:00Z"))
    ledger.spend(spent, on("2026-05-05"))
    if swept:
        ledger.settle(on("2026-08-03"))
    stood_for = []
    for number, text in enumerate(refunds.split(" then ")):
        draft = ledger.happens(refunded(text, "2026-08-10T10:00:00Z", refund=f"R-{number}"))
        assert draft is not None
        assert draft.reversal is not None
        stood_for.append(draft.reversal.expired)

    # While nobody has written that they expired, they are still there to take.
    told = " ".join(str(lot.points if lot else 0) for lot in stood_for)
    assert told == (expired if swept else " ".join("0" for _ in stood_for))
    assert {lot.expires_on for lot in stood_for if lot} <= {on("2026-08-02")}
    assert (ledger.account.debt, ledger.account.lots) == (debt, ())
    # As if it had not been bought: then nothing of it could have expired.
    assert ledger.account.lifetime == Lifetime(earned=100, redeemed=spent, reversed=100)
    assert ledger.account.qualification.lifetime == ledger.orders["A-1"].points == 0


def test_points_that_expired_stand_for_one_order_only(
    rules: Rules, bought: Buy, refunded: Back
) -> None:
    ledger = MemberLedger(rules(EXPIRY).program())
    ledger.happens(bought("100.00", order="A-1"), bought("100.00", order="A-2"))
    ledger.spend(100, on("2026-05-05"))
    ledger.settle(on("2026-08-09"))
    late = "2026-08-10T10:00:00Z"

    ledger.happens(
        refunded("100.00", late, order="A-1", refund="R-1"),
        refunded("100.00", late, order="A-2", refund="R-2"),
    )

    assert (ledger.account.debt, ledger.account.lifetime.expired) == (100, 0)


def test_more_points_may_have_expired_than_are_taken_back(
    rules: Rules, bought: Buy, refunded: Back
) -> None:
    program = rules(EXPIRY).program()
    ledger = MemberLedger(program)
    ledger.happens(bought("100.00"), bought("7.00", "2026-08-05T10:00:00Z", order="B-1"))
    ledger.settle(on("2026-08-05"))

    draft = ledger.happens(refunded("40.00", "2026-08-10T10:00:00Z"))

    assert draft is not None
    assert (draft.type, draft.points) == (EntryType.REVERSE, 0)
    assert [lot.points for lot in draft.account.lots] == [7]  # another order's stay


@pytest.mark.parametrize("comes_on", ["2026-08-02", "2026-08-03", "2027-01-01"])
@pytest.mark.parametrize("settled_on", ["2026-08-02", "2026-08-03", "2027-01-01"])
def test_a_refund_comes_out_the_same_whenever_it_comes_and_whenever_time_is_settled(
    rules: Rules, bought: Buy, refunded: Back, comes_on: str, settled_on: str
) -> None:
    ledger = MemberLedger(rules(EXPIRY).program())
    ledger.happens(bought("100.00", "2026-05-04T10:00:00Z"))

    for day in sorted({comes_on, settled_on}):
        if day == settled_on:
            ledger.settle(on(day))
        if day == comes_on:
            ledger.happens(refunded("40.00"), today=on(day))
    ledger.settle(on("2027-01-01"))

    assert ledger.account.lifetime == Lifetime(earned=100, reversed=40, expired=60)
    assert (ledger.account.lots, ledger.account.debt) == ((), 0)
