from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.earning import Earning
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.errors import OrderDiffers, OrderOfAnotherMember
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.orders import AlreadyRecorded, Bought, Order, Purchase
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.purchases import decide_purchase

Buy = Callable[..., Purchase]
Rules = Callable[..., ProgramFile]


def occasion(seq: int, known: Order | None = None, member: str = "m-1") -> Occasion:
    return Occasion(member, seq, f"t-{seq}", datetime(2026, 5, 5, tzinfo=UTC), known)


def decide(program: Program, purchase: Purchase, account: Account, seq: int = 1) -> Draft:
    draft = decide_purchase(program, purchase, account, occasion(seq))
    assert isinstance(draft, Draft)
    return draft


def earning_of(draft: Draft) -> Earning:
    assert draft.earning is not None
    return draft.earning


def drafts_of(program: Program, *purchases: Purchase) -> list[Draft]:
    drafts: list[Draft] = []
    account = Account()
    for seq, purchase in enumerate(purchases, start=1):
        drafts.append(decide(program, purchase, account, seq))
        account = drafts[-1].account
    return drafts


# ------------------------------------------------------------------ what an order earns


@pytest.mark.parametrize(
    ("amount", "earned_before", "tier", "points"),
    [
        ("125", "0", "Basic", 125),
        ("100.99", "0", "Basic", 100),
        ("0.1", "0", "Basic", 0),
        ("0", "0", "Basic", 0),
        ("100.9", "499.99", "Basic", 100),
        ("100.9", "500", "Bronze", 110),
        ("100.5", "1500", "Silver", 120),
        ("100.9", "5000", "Gold", 151),
    ],
)
def test_the_multiplier_is_that_of_the_tier_held_before(  # noqa: PLR0913, PLR0917 - a table's columns
    program: Program, bought: Buy, amount: str, earned_before: str, tier: str, points: int
) -> None:
    *_, draft = drafts_of(program, bought(earned_before, order="A-1"), bought(amount, order="A-2"))

    assert draft.points == points
    assert earning_of(draft).tier == tier
    assert draft.account.lifetime.earned == int(Decimal(earned_before)) + points


def test_the_order_that_reaches_a_tier_earns_under_the_one_before(
    program: Program, bought: Buy
) -> None:
    first, second = drafts_of(program, bought("5000", order="A-1"), bought("100", order="A-2"))

    assert (first.points, earning_of(first).tier, first.account.tier) == (5000, "Basic", "Gold")
    assert (second.points, earning_of(second).tier, second.account.tier) == (150, "Gold", "Gold")


def test_multiplied_points_count_towards_the_next_tier(program: Program, bought: Buy) -> None:
    drafts = drafts_of(
        program, bought("500", order="A-1"), bought("910", order="A-2"), bought("10", order="A-3")
    )

    assert [draft.points for draft in drafts] == [500, 1001, 12]  # Basic, Bronze 1.1, Silver 1.2


def test_a_draft_says_all_that_the_order_is_to_be_known_by(program: Program, bought: Buy) -> None:
    purchase = bought("100.99", "2026-05-04T10:00:00Z", goods="90.50", lines="b 40.50, a 50.00")

    draft = decide(program, purchase, Account(), seq=7)

    assert draft == Draft(
        type=EntryType.EARN,
        points=100,
        occurred_at=datetime(2026, 5, 4, 10, tzinfo=UTC),
        program_version=program.version,
        earning=draft.earning,
        order_id="A-1",
        came_as="m-1",
        orders=(
            Order(
                order_id="A-1",
                member_id="m-1",
                bought=Bought(
                    transaction_id="pay-A-1",
                    total=Money(10099, "EUR"),
                    goods=Money(9050, "EUR"),
                    lines=(("a", 5000), ("b", 4050)),
                    occurred_at=datetime(2026, 5, 4, 10, tzinfo=UTC),
                    program_version=program.version,
                    tier="Basic",
                    earned=100,
                    seq=7,
                ),
                points=100,
            ),
        ),
        account=Account(
            lots=(Lot(100, None, None),),
            lifetime=Lifetime(earned=100),
            qualification=Account().qualification.plus(100, 2026 * 12 + 4),
            tier="Basic",
            tier_since=date(2026, 5, 4),
        ),
    )
    assert earning_of(draft).multiplier == Fraction(1)


def test_an_order_of_nothing_earns_nothing_and_is_still_written(rules: Rules, bought: Buy) -> None:
    program = rules("earning: {points_per_unit: 1, pending_days: 3}").program()

    draft = decide(program, bought("0"), Account())

    assert (draft.points, draft.account.lots) == (0, ())
    assert (draft.orders[0].points, draft.account.tier) == (0, "Basic")


@pytest.mark.parametrize(("basis", "points"), [("total", 100), ("goods", 90)])
def test_the_basis_says_whether_shipping_and_tax_earn(
    rules: Rules, bought: Buy, basis: str, points: int
) -> None:
    program = rules(f"earning: {{points_per_unit: 1, basis: {basis}}}").program()

    assert decide(program, bought("100.99", goods="90.50"), Account()).points == points


@pytest.mark.parametrize(
    ("rate", "rounding", "amount", "points"),
    [
        ("1/10", "floor", "125.99", 12),
        ("1/10", "nearest", "125.00", 13),
        ("1/10", "ceiling", "120.01", 13),
        ("1/3", "floor", "2.99", 0),
        ("1/3", "floor", "3.00", 1),
        ("0.5", "floor", "3.00", 1),
        ("2", "floor", "0.50", 1),
    ],
)
def test_the_rate_may_be_any_fraction(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules, bought: Buy, rate: str, rounding: str, amount: str, points: int
) -> None:
    program = rules(f"earning: {{points_per_unit: {rate}, rounding: {rounding}}}").program()

    assert decide(program, bought(amount), Account()).points == points


@pytest.mark.parametrize(
    ("currency", "amount", "points"), [("JPY", "1250", 1250), ("BHD", "12.999", 12)]
)
def test_currencies_without_cents_and_with_more_of_them_earn_too(
    rules: Rules, bought: Buy, currency: str, amount: str, points: int
) -> None:
    program = rules(f"currency: {currency}").program()

    assert decide(program, bought(amount, currency=currency), Account()).points == points


# ------------------------------------------------------------------ an order that is known


def test_an_order_that_comes_again_changes_nothing(program: Program, bought: Buy) -> None:
    purchase = bought("12.50")
    order = decide(program, purchase, Account()).orders[0]

    again = decide_purchase(program, purchase, Account(), occasion(2, order))

    assert again == AlreadyRecorded(order)


def test_an_order_is_known_again_whatever_the_delivery_adds(program: Program, bought: Buy) -> None:
    purchase = bought("12.50")
    order = decide(program, purchase, Account()).orders[0]
    delivered_again = replace(
        purchase, transaction_id="other", occurred_at=purchase.occurred_at + timedelta(hours=1)
    )

    again = decide_purchase(program, delivered_again, Account(), occasion(2, order))

    assert again == AlreadyRecorded(order)


def test_an_order_with_another_total_is_refused(program: Program, bought: Buy) -> None:
    order = decide(program, bought("12.50"), Account()).orders[0]

    with pytest.raises(OrderDiffers, match=r"recorded with 12\.50 EUR .* comes with 12\.51 EUR"):
        decide_purchase(program, bought("12.51"), Account(), occasion(2, order))


def test_an_order_with_another_part_for_goods_is_refused(program: Program, bought: Buy) -> None:
    order = decide(program, bought("12.50", goods="10"), Account()).orders[0]

    with pytest.raises(OrderDiffers, match=r"\(10\.00 of it.*\(9\.00 of it"):
        decide_purchase(program, bought("12.50", goods="9"), Account(), occasion(2, order))


def test_an_order_of_another_member_is_refused_whatever_it_says(
    program: Program, bought: Buy
) -> None:
    order = decide(program, bought("12.50", member="m-1"), Account()).orders[0]

    for amount in ("12.50", "99"):
        with pytest.raises(OrderOfAnotherMember, match="A-1 belongs to another member"):
            decide_purchase(
                program, bought(amount, member="m-2"), Account(), occasion(1, order, "m-2")
            )
