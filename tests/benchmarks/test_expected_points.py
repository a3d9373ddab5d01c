from __future__ import annotations

from typing import Any

import pytest
from expected_points import expected_points


def buy(total: str | int, at: str, user: str = "U1") -> dict[str, Any]:
    return {"userId": user, "totalAmount": total, "occurredAt": at}


def points_and_tier(*events: dict[str, Any]) -> tuple[int, str]:
    member = expected_points(events)["U1"]
    return member.points, member.tier


@pytest.mark.parametrize(
    ("total", "points"), [("0.00", 0), ("0.99", 0), ("1.00", 1), ("19.99", 19), (20, 20)]
)
def test_a_point_for_each_whole_euro(total: str | int, points: int) -> None:
    assert points_and_tier(buy(total, "2017-03-01T10:00:00Z")) == (points, "Basic")


def test_a_purchase_earns_under_the_tier_held_before_it() -> None:
    reaching_bronze = buy("500.00", "2017-03-01T10:00:00Z")
    as_bronze = buy("100.00", "2017-03-01T10:00:01Z")
    assert points_and_tier(reaching_bronze) == (500, "Bronze")
    assert points_and_tier(reaching_bronze, as_bronze) == (500 + 110, "Bronze")


def test_multipliers_are_exact_and_the_floor_is_on_the_order() -> None:
    # Bronze: 10.90 x 1.1 = 11.99; Silver: 0.83 x 1.2 = 0.996; Gold: 0.67 x 1.5 = 1.005
    time = "2017-03-01T10:00:00Z"
    assert points_and_tier(buy(500, time), buy("10.90", time)) == (500 + 11, "Bronze")
    assert points_and_tier(buy(1500, time), buy("0.83", time)) == (1500, "Silver")
    assert points_and_tier(buy(5000, time), buy("0.67", time)) == (5000 + 1, "Gold")
    # Exactly a whole number of points is not one fewer.
    assert points_and_tier(buy(500, time), buy("10.00", time)) == (500 + 11, "Bronze")


def test_a_tier_is_lost_once_its_month_is_eleven_months_back() -> None:
    bronze = buy("500.00", "2016-03-15T12:00:00Z")
    in_window = buy("100.00", "2017-02-15T12:00:00Z")
    after_it = buy("100.00", "2017-03-15T12:00:00Z")
    assert points_and_tier(bronze, in_window) == (500 + 110, "Bronze")
    assert points_and_tier(bronze, after_it) == (500 + 100, "Basic")


@pytest.mark.parametrize(
    ("at", "points"),
    [
        ("2017-02-28T22:59:59Z", 110),  # the last second of February in Amsterdam
        ("2017-02-28T23:00:00Z", 100),  # the first of March there, in UTC still February
    ],
)
def test_months_are_those_of_amsterdam(at: str, points: int) -> None:
    assert points_and_tier(buy("500.00", "2016-03-15T12:00:00Z"), buy("100.00", at)) == (
        500 + points,
        "Bronze" if points == 110 else "Basic",
    )


def test_members_are_apart() -> None:
    members = expected_points(
        [
            buy("500.00", "2017-03-01T10:00:00Z", "A"),
            buy("10.00", "2017-03-01T10:00:01Z", "B"),
            buy("10.00", "2017-03-01T10:00:02Z", "A"),
        ]
    )
    assert {name: (each.points, each.purchases) for name, each in members.items()} == {
        "A": (511, 2),
        "B": (10, 1),
    }
