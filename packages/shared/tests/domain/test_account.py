from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from loyalty_shared.domain.account import Account, Lifetime, Points
from loyalty_shared.domain.dates import month_of
from loyalty_shared.domain.held import Hold
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.qualification import RollingMonthsWindow
from loyalty_shared.domain.tiers import TierLevel, Tiers

MAY_1, MAY_10, MAY_11, MAY_20, MAY_21 = (date(2026, 5, day) for day in (1, 10, 11, 20, 21))


@pytest.mark.parametrize(
    ("today", "points"),
    [
        (MAY_1, Points(available=130, pending=20, expired=0)),
        (MAY_10, Points(available=150, pending=0, expired=0)),
        (MAY_11, Points(available=120, pending=0, expired=30)),
        (MAY_20, Points(available=120, pending=0, expired=30)),
        (MAY_21, Points(available=100, pending=0, expired=50)),
    ],
)
def test_points_are_where_the_day_puts_them(today: date, points: Points) -> None:
    account = Account(lots=(Lot(30, None, MAY_10), Lot(20, MAY_10, MAY_20), Lot(100, None, None)))

    assert account.points_on(today) == points


@pytest.mark.parametrize(
    ("today", "next_expiry"),
    [
        (MAY_1, (MAY_10, 37)),
        (MAY_10, (MAY_10, 37)),  # today is the last chance
        (MAY_11, (MAY_20, 20)),
        (MAY_21, None),  # gone already, whether or not the entry that says so is written
    ],
)
def test_the_next_expiry_is_the_first_last_day_to_come(
    today: date, next_expiry: tuple[date, int] | None
) -> None:
    account = Account(
        lots=(
            Lot(30, None, MAY_10),
            Lot(7, MAY_1, MAY_10),
            Lot(20, MAY_10, MAY_20),
            Lot(100, None, None),
        )
    )

    assert account.next_expiry(today) == next_expiry


def test_an_account_that_nothing_happened_to_is_empty() -> None:
    account = Account()

    assert account.points_on(MAY_1) == Points(0, 0, 0)
    assert account.next_expiry(MAY_1) is None
    assert account.tier == ""
    assert account.is_conserved()


@pytest.mark.parametrize(
    ("held", "debt", "lifetime"),
    [
        (0, 0, Lifetime(earned=100)),
        (0, 0, Lifetime(adjusted=100)),
        (0, 0, Lifetime(earned=150, adjusted=-50)),
        (0, 0, Lifetime(earned=150, redeemed=50)),
        (0, 0, Lifetime(earned=150, expired=50)),
        (0, 0, Lifetime(earned=150, reversed=50)),
        (30, 0, Lifetime(earned=130)),
        (0, 30, Lifetime(earned=150, reversed=80)),
        (4, 8, Lifetime(earned=100, adjusted=11, redeemed=9, expired=5, reversed=1)),
    ],
)
def test_every_point_issued_is_somewhere(held: int, debt: int, lifetime: Lifetime) -> None:
    lots = (Lot(60, None, MAY_1), Lot(40, MAY_20, None))

    account = Account(lots=lots, holds=(hold_of(held),), debt=debt, lifetime=lifetime)

    assert account.is_conserved()
    assert not replace(account, holds=(hold_of(held + 1),)).is_conserved()
    assert not replace(account, debt=debt + 1).is_conserved()


def hold_of(points: int) -> Hold:
    return Hold("h-1", (Lot(points, None, None),), datetime(2026, 5, 4, tzinfo=UTC), MAY_20)


# ------------------------------------------------------------------ qualification and tier

TIERS = Tiers(
    RollingMonthsWindow(2),
    (TierLevel("Basic", 0, Fraction(1)), TierLevel("Gold", 100, Fraction(1))),
)


@pytest.mark.parametrize(
    ("happened", "tier", "since"),
    [
        # Points, the month that they are of, and the day on which they come or go.
        ([(99, "2026-05-04", "2026-05-04")], "Basic", "2026-05-04"),
        ([(100, "2026-05-04", "2026-05-04")], "Gold", "2026-05-04"),
        (
            [(99, "2026-05-04", "2026-05-04"), (1, "2026-06-10", "2026-06-10")],
            "Gold",
            "2026-06-10",
        ),
        (
            [(100, "2026-05-04", "2026-05-04"), (7, "2026-06-10", "2026-06-10")],
            "Gold",
            "2026-05-04",
        ),
        # A late purchase counts in its own month, and for the newest one.
        (
            [(50, "2026-06-10", "2026-06-10"), (50, "2026-05-04", "2026-05-04")],
            "Gold",
            "2026-06-01",
        ),
        (
            [(50, "2026-06-10", "2026-06-10"), (50, "2026-04-04", "2026-04-04")],
            "Basic",
            "2026-06-10",
        ),
        # What is taken back is taken from the month of the purchase, and the tier goes at once.
        (
            [(100, "2026-05-04", "2026-05-04"), (-1, "2026-05-04", "2026-05-20")],
            "Basic",
            "2026-05-20",
        ),
        (
            [(150, "2026-05-04", "2026-05-04"), (-50, "2026-05-04", "2026-05-20")],
            "Gold",
            "2026-05-04",
        ),
    ],
)
def test_points_count_towards_the_tier_of_the_newest_month(
    happened: list[tuple[int, str, str]], tier: str, since: str
) -> None:
    account = Account()
    for points, of_day, on_day in happened:
        month = month_of(date.fromisoformat(of_day))
        account = account.qualified(TIERS, points, month, date.fromisoformat(on_day))

    assert (account.tier, str(account.tier_since)) == (tier, since)
    assert account.qualification.lifetime == sum(points for points, _, _ in happened)
    assert (account.lots, account.lifetime) == ((), Lifetime())
