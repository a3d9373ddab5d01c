"""Points that are spent or set aside before their order is given back, and that pay for others."""

from __future__ import annotations

import pytest
from packages.shared.tests.service.back_office import BackOffice

from loyalty_shared.service import queries


def test_an_order_that_points_pay_more_for_than_it_costs_earns_nothing() -> None:
    office = BackOffice()
    office.buys("ann", "A", 300)
    office.spends("ann", 300, "B")  # three euros

    office.buys("ann", "B", 1)

    assert queries.order(office.ledger, "B").order.points == 0
    assert (office.account("ann").inside, office.account("ann").lifetime.earned) == (0, 300)


@pytest.mark.parametrize("parts", [(100,), (50, 50), (10, 90), (70, 20, 10)])
def test_however_a_refund_is_split_only_what_was_spent_for_good_is_forgiven(
    parts: tuple[int, ...],
) -> None:
    office = BackOffice("refunds: {when_spent: forgive}")
    office.buys("ann", "A", 100)
    office.spends("ann", 30)
    office.holds("ann", 40)

    for number, euros in enumerate(parts):
        office.gets_back("ann", "A", euros, f"R-{number}")

    account = office.account("ann")
    assert (account.held, account.debt, account.lifetime.reversed) == (40, 40, 70)
