from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations

import pytest

from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import (
    Bought,
    Order,
    Purchase,
    Refund,
    Returned,
    kept_of,
    what_is_too_much,
)

Buy = Callable[..., Purchase]
Back = Callable[..., Refund]


def remembered(purchase: Purchase) -> Bought:
    return Bought(
        transaction_id=purchase.transaction_id,
        total=purchase.total,
        goods=purchase.goods,
        lines=purchase.lines,
        occurred_at=purchase.occurred_at,
        program_version="v1",
        tier="Basic",
        earned=0,
        seq=1,
    )


def returns(refunded: Back, refunds: str) -> tuple[Returned, ...]:
    texts = refunds.split(" then ") if refunds else []
    return tuple(
        refunded(each, refund=f"R-{number}").returned for number, each in enumerate(texts, start=1)
    )


# ------------------------------------------------------------------ what is kept


@pytest.mark.parametrize(
    ("refunds", "total", "goods"),
    [
        ("", "110.00", "100.00"),
        ("40.00", "70.00", "60.00"),
        ("110.00", "0.00", "0.00"),
        ("0.00", "110.00", "100.00"),
        # Without lines it is taken for goods first, and for shipping once no goods are left.
        ("99.99", "10.01", "0.01"),
        ("100.00", "10.00", "0.00"),
        ("105.00", "5.00", "0.00"),
        ("100.00 then 10.00", "0.00", "0.00"),
        ("40.00 then 40.00 then 30.00", "0.00", "0.00"),
        # Lines are goods, and what is given back beside them is not.
        ("a 60.00", "50.00", "40.00"),
        ("a 60.00, b 40.00", "10.00", "0.00"),
        ("110.00 for a 60.00, b 40.00", "0.00", "0.00"),
        ("70.00 for a 60.00", "40.00", "40.00"),
        ("70.00 for a 60.00 then b 10.00", "30.00", "30.00"),
        ("20.00 then a 60.00", "30.00", "20.00"),
        # Never more goods than there is order left.
        ("90.00 for a 60.00", "20.00", "20.00"),
        ("a 60.00 then 45.00", "5.00", "0.00"),
    ],
)
def test_what_refunds_leave_of_an_order_of_100_and_10_for_shipping(
    bought: Buy, refunded: Back, refunds: str, total: str, goods: str
) -> None:
    order = remembered(bought("110.00", goods="100.00", lines="a 60.00, b 40.00"))
    returned = returns(refunded, refunds)

    for each in permutations(returned):
        kept = kept_of(order, each)
        assert (str(kept.total), str(kept.goods)) == (total, goods)
        assert (kept.total.currency, kept.goods.currency) == ("EUR", "EUR")


@pytest.mark.parametrize(
    ("what", "goods"),
    [("12.00", 1200), ("a 12.00", 1200), ("a 7.00, b 5.00", 1200), ("15.00 for a 12.00", 1200)],
)
def test_a_refund_is_for_goods_where_it_names_lines_and_else_all_of_it(
    refunded: Back, what: str, goods: int
) -> None:
    assert refunded(what).returned.goods == goods


# ------------------------------------------------------------------ what is too much


@pytest.mark.parametrize(
    ("before", "refund", "reason"),
    [
        ("", "110.00", None),
        ("", "110.01", "110.01 EUR, and 110.00 of the order is left"),
        ("50.00", "60.00", None),
        ("50.00", "60.01", "60.01 EUR, and 60.00 of the order is left"),
        ("110.00", "0.00", None),
        ("110.00", "0.01", "0.01 EUR, and 0.00 of the order is left"),
        ("", "a 60.00", None),
        ("", "a 60.01", "60.01 EUR for line a, of which 60.00 is left"),
        ("a 25.00", "a 35.00", None),
        ("a 25.00", "a 35.01", "35.01 EUR for line a, of which 35.00 is left"),
        ("a 25.00 then a 35.00", "a 0.01", "0.01 EUR for line a, of which 0.00 is left"),
        ("a 60.00", "b 40.00", None),
        ("a 60.00", "b 40.01", "40.01 EUR for line b, of which 40.00 is left"),
        ("", "c 1.00", "line c, which the order does not have"),
        ("", "a 1.00, c 1.00", "line c, which the order does not have"),
        ("", "75.00 for a 60.00", None),
        ("", "75.00 for a 60.01", "60.01 EUR for line a, of which 60.00 is left"),
        # What names no lines takes of none, but of the order.
        ("60.00", "a 50.00", None),
        ("60.00", "a 50.01", "50.01 EUR, and 50.00 of the order is left"),
    ],
)
def test_a_refund_of_more_than_is_left_of_an_order_of_lines_of_60_and_40_is_too_much(
    bought: Buy, refunded: Back, before: str, refund: str, reason: str | None
) -> None:
    order = remembered(bought("110.00", goods="100.00", lines="a 60.00, b 40.00"))

    reasons = [
        what_is_too_much(order, each, refunded(refund, refund="R-9").returned)
        for each in permutations(returns(refunded, before))
    ]

    assert set(reasons) == {reason}


def test_an_order_without_line_ids_has_any_line_refunded_while_there_is_something_left(
    bought: Buy, refunded: Back
) -> None:
    order = remembered(bought("100.00"))

    assert what_is_too_much(order, (), refunded("a 60.00").returned) is None
    assert what_is_too_much(order, (), refunded("a 100.01").returned) == (
        "100.01 EUR, and 100.00 of the order is left"
    )


def test_an_order_in_yen_says_what_is_left_in_yen(bought: Buy, refunded: Back) -> None:
    order = remembered(bought("1200", currency="JPY", lines="a 1200"))

    returned = refunded("a 1201", currency="JPY").returned
    in_part = refunded("500", currency="JPY", refund="R-2").returned

    assert what_is_too_much(order, (), returned) == "1201 JPY, and 1200 of the order is left"
    assert kept_of(order, (in_part,)).total == Money(700, "JPY")


# ------------------------------------------------------------------ what an order remembers


def test_an_order_finds_its_refunds_whether_they_counted_or_not(refunded: Back) -> None:
    counted, refused, more = returns(refunded, "1.00 then 2.00 then 3.00")
    order = Order("A-1", "m-1", bought=None, points=0, refunds=(counted,), refused=(refused,))

    assert order.with_refund(more).refunds == (counted, more)
    assert order.refund("R-1") == counted
    assert order.refund("R-2") == refused
    assert order.refund("R-3") is None
    assert order.with_refund(more).refund("R-3") == more


@pytest.mark.parametrize(
    ("total", "goods", "is_the_same"),
    [("12.50", "10.00", True), ("12.51", "10.00", False), ("12.50", "9.00", False)],
)
def test_a_purchase_is_known_by_its_amounts(
    bought: Buy, total: str, goods: str, *, is_the_same: bool
) -> None:
    known = remembered(bought("12.50", goods="10.00"))
    again = bought(total, datetime(2027, 1, 1, tzinfo=UTC).isoformat(), goods=goods)

    assert known.is_of(again) == is_the_same
