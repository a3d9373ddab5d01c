from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_shared.contracts.program_file import ProgramFile, default_program
from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.errors import InsufficientPoints, PointsNotRedeemable, TooManyPayments
from loyalty_shared.domain.lots import Lot, Lots
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.orders import Order, Paid
from loyalty_shared.domain.redeeming import RedemptionRules
from loyalty_shared.domain.redemptions import Redemption, decide_redemption
from loyalty_shared.domain.restoring import Spent, decide_restoring

Rules = Callable[..., ProgramFile]

NOON = datetime(2026, 5, 4, 10, tzinfo=UTC)
EXPIRED = Lot(7, None, date(2026, 5, 3))
SOON = Lot(30, None, date(2026, 5, 4))
LATE = Lot(50, None, date(2026, 9, 30))
PENDING = Lot(90, date(2026, 5, 5), date(2026, 6, 30))
NEVER = Lot(20, None, None)
AT_NOON = Occasion("m-1", 2, "t-2", NOON)
LOTS = (EXPIRED, SOON, PENDING, LATE, NEVER)


def account_of(lots: Lots, debt: int = 0) -> Account:
    earned = sum(lot.points for lot in lots)
    return Account(lots=lots, debt=debt, lifetime=Lifetime(earned=earned - debt), tier="Basic")


def gone(lots: Lots) -> Spent:
    return Spent("t-1", "m-1", None, lots)


@pytest.mark.parametrize(
    ("points", "left"),
    [
        # What expires first is used first; what is pending or over is not there to use.
        (1, "7 29 90 50 20"),
        (30, "7 90 50 20"),
        (31, "7 90 49 20"),
        (80, "7 90 20"),
        (81, "7 90 19"),
        (100, "7 90"),
    ],
)
def test_points_are_spent_in_the_order_in_which_they_expire(
    rules: Rules, points: int, left: str
) -> None:
    program = rules().program()

    draft = decide_redemption(program, Redemption(points), account_of(LOTS), AT_NOON)

    assert " ".join(str(lot.points) for lot in draft.account.lots) == left
    assert (draft.points, draft.account.lifetime.redeemed) == (-points, points)
    assert draft.account.is_conserved()


def test_more_than_is_available_is_refused(rules: Rules) -> None:
    with pytest.raises(InsufficientPoints, match="101 are asked for, 100 are available"):
        decide_redemption(rules().program(), Redemption(101), account_of(LOTS), AT_NOON)


@pytest.mark.parametrize(
    ("points", "is_let"),
    [(99, False), (100, True), (110, False), (125, True), (150, True), (151, False)],
)
def test_points_are_spent_from_the_minimum_on_and_in_steps(points: int, *, is_let: bool) -> None:
    rules = RedemptionRules(Fraction(100), minimum=100, step=25, return_days=0)

    assert rules.most_of(points) == (points - points % 25 if points >= 100 else 0)
    if is_let:
        rules.require(points)
    else:
        with pytest.raises(PointsNotRedeemable):
            rules.require(points)


@pytest.mark.parametrize(
    ("rate", "points", "currency", "value"),
    [
        (Fraction(100), 250, "EUR", "2.50"),
        (Fraction(100), 1, "EUR", "0.01"),
        (Fraction(150), 100, "EUR", "0.66"),  # a fraction of a cent is dropped
        (Fraction(1, 2), 3, "EUR", "6.00"),
        (Fraction(100), 250, "JPY", "2"),
        (Fraction(100), 25, "BHD", "0.250"),
    ],
)
def test_points_pay_what_they_pay_in_full(
    rate: Fraction, points: int, currency: str, value: str
) -> None:
    rules = RedemptionRules(rate, minimum=1, step=1, return_days=0)

    assert str(rules.value_of(points, currency)) == value


@pytest.mark.parametrize(
    ("given_back_on", "last_days"),
    [
        # Thirty days more at least, by the default.
        ("2026-05-04", ["2026-06-03", "2026-09-30", "None"]),
        ("2026-05-20", ["2026-06-19", "2026-09-30", "None"]),
        ("2026-09-20", ["2026-10-20", "None"]),  # both are one lot now
        ("2027-01-01", ["2027-01-31", "None"]),
    ],
)
def test_spent_points_go_back_to_their_lots_or_last_some_days_more(
    rules: Rules, given_back_on: str, last_days: list[str]
) -> None:
    program = rules().program()
    before = account_of((SOON, LATE, NEVER))
    spent = decide_redemption(program, Redemption(100), before, AT_NOON)
    then = datetime.fromisoformat(f"{given_back_on}T12:00:00Z")

    back = decide_restoring(
        program, gone(spent.taken), spent.account, Occasion("m-1", 3, "t-3", then)
    )

    assert [str(lot.expires_on) for lot in back.account.lots] == last_days
    assert (back.points, back.account.lifetime.redeemed) == (100, 0)
    assert back.account.points_on(then.date()).available == 100
    assert back.account.is_conserved()


def test_points_that_are_given_back_pay_what_is_owed_first(rules: Rules) -> None:
    owing = Account(debt=40, lifetime=Lifetime(earned=100, redeemed=100, reversed=40), tier="Basic")
    assert owing.is_conserved()

    back = decide_restoring(rules().program(), gone((SOON, LATE)), owing, AT_NOON)

    assert (back.account.debt, back.account.points_on(NOON.date()).available) == (0, 40)
    assert [lot.points for lot in back.account.lots] == [40]
    assert back.account.is_conserved()


@given(st.integers(1, 100), st.integers(0, 60))
def test_what_is_spent_and_given_back_leaves_as_many_points(points: int, debt: int) -> None:
    program = default_program().program()
    before = account_of((SOON, LATE, NEVER), debt)
    spent = decide_redemption(program, Redemption(points), before, AT_NOON)

    back = decide_restoring(program, gone(spent.taken), spent.account, AT_NOON)

    total = sum(lot.points for lot in back.account.lots) - back.account.debt
    assert total == 100 - debt
    assert back.account.is_conserved()


def test_an_order_is_paid_by_so_many_redemptions_at_the_most(rules: Rules) -> None:
    program = rules().program()
    paid = tuple(Paid(f"t-{number}", "m-1", (NEVER,), Money(1, "EUR")) for number in range(20))
    known = Order("A-1", "m-1", bought=None, points=0, paid=paid)

    with pytest.raises(TooManyPayments):
        decide_redemption(
            program, Redemption(1, "A-1"), account_of(LOTS), replace(AT_NOON, order=known)
        )
