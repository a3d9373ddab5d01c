from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_shared.domain.lots import Lot, Lots, in_order_of_use, taken_back, with_lot

MAY = [date(2026, 5, day) for day in range(1, 32)]
DAYS = st.one_of(st.none(), st.sampled_from(MAY[:5]))
LOTS = st.lists(st.builds(Lot, st.integers(0, 9), DAYS, DAYS), max_size=12)


def lots_of(added: list[Lot]) -> Lots:
    lots: Lots = ()
    for lot in added:
        lots = with_lot(lots, lot)
    return lots


@pytest.mark.parametrize(
    ("activates_on", "expires_on", "today", "state"),
    [
        (None, None, MAY[0], "available"),
        (MAY[4], None, MAY[3], "pending"),
        (MAY[4], None, MAY[4], "available"),  # the activation date is the first day of use
        (None, MAY[4], MAY[4], "available"),  # the expiry date is the last day of use
        (None, MAY[4], MAY[5], "expired"),
        (MAY[4], MAY[4], MAY[3], "pending"),
        (MAY[4], MAY[4], MAY[4], "available"),
        (MAY[4], MAY[4], MAY[5], "expired"),
    ],
)
def test_points_can_be_used_from_the_first_day_through_the_last(
    activates_on: date | None, expires_on: date | None, today: date, state: str
) -> None:
    lot = Lot(10, activates_on, expires_on)

    assert lot.is_pending(today) == (state == "pending")
    assert lot.is_available(today) == (state == "available")
    assert lot.is_expired(today) == (state == "expired")


@pytest.mark.parametrize(
    ("activates_on", "expires_on", "changes_on"),
    [
        (None, None, ()),
        (MAY[4], None, (MAY[4],)),
        (None, MAY[9], (MAY[10],)),  # usable all of the 10th, gone on the 11th
        (MAY[4], MAY[9], (MAY[4], MAY[10])),
        (None, date(2026, 12, 31), (date(2027, 1, 1),)),
    ],
)
def test_time_changes_points_when_they_activate_and_on_the_day_after_their_last(
    activates_on: date | None, expires_on: date | None, changes_on: tuple[date, ...]
) -> None:
    assert Lot(10, activates_on, expires_on).changes_on() == changes_on


def test_points_of_the_same_dates_are_one_lot() -> None:
    lots = lots_of([Lot(10, None, MAY[4]), Lot(7, None, MAY[9]), Lot(5, None, MAY[4])])

    assert lots == (Lot(15, None, MAY[4]), Lot(7, None, MAY[9]))


def test_points_that_activate_apart_stay_apart() -> None:
    lots = lots_of([Lot(10, MAY[2], MAY[9]), Lot(5, MAY[1], MAY[9])])

    assert lots == (Lot(5, MAY[1], MAY[9]), Lot(10, MAY[2], MAY[9]))


def test_what_expires_first_is_used_first_and_what_never_expires_last() -> None:
    never, late, early = Lot(1, None, None), Lot(2, None, MAY[20]), Lot(3, None, MAY[10])

    assert lots_of([never, late, early]) == (early, late, never)


def test_no_points_are_no_lot() -> None:
    assert with_lot((), Lot(0, None, MAY[4])) == ()


@given(LOTS)
def test_adding_lots_keeps_every_point_in_the_order_of_use(added: list[Lot]) -> None:
    lots = lots_of(added)

    for day in [None, *MAY[:5]]:
        expected = sum(lot.points for lot in added if lot.expires_on == day)
        assert sum(lot.points for lot in lots if lot.expires_on == day) == expected
    last_days = [lot.expires_on or date.max for lot in lots]
    assert last_days == sorted(last_days)
    assert len({(lot.activates_on, lot.expires_on) for lot in lots}) == len(lots)


@given(LOTS.flatmap(lambda lots: st.tuples(st.just(lots), st.permutations(lots))))
def test_the_order_in_which_points_come_does_not_matter(
    in_two_orders: tuple[list[Lot], list[Lot]],
) -> None:
    one, other = in_two_orders

    assert lots_of(one) == lots_of(other)


@given(st.builds(Lot, st.integers(1, 9), DAYS, DAYS), st.sampled_from(MAY[:7]))
def test_a_lot_changes_only_on_the_days_that_it_says(lot: Lot, today: date) -> None:
    yesterday = today - timedelta(days=1)
    before = (lot.is_pending(yesterday), lot.is_expired(yesterday))

    if (lot.is_pending(today), lot.is_expired(today)) != before:
        assert today in lot.changes_on()


# ------------------------------------------------------------------ taking points back


@pytest.mark.parametrize(
    ("points", "left", "missing"),
    [
        # From the lot of 20 that they went into, then in the order of use, then from what pends.
        (0, [10, 20, 30, 40], 0),
        (15, [10, 5, 30, 40], 0),
        (20, [10, 30, 40], 0),
        (25, [5, 30, 40], 0),
        (35, [25, 40], 0),
        (70, [30], 0),
        (100, [], 0),
        (107, [], 7),
    ],
)
def test_points_are_taken_from_their_own_lot_then_in_the_order_of_use(
    points: int, left: list[int], missing: int
) -> None:
    own, pending = Lot(20, None, MAY[20]), Lot(40, MAY[10], MAY[25])
    lots = (Lot(10, None, MAY[15]), own, Lot(30, None, MAY[22]), pending)

    remaining, not_there = taken_back(lots, points, [own.dates], MAY[5])

    assert [lot.points for lot in remaining] == left
    assert not_there == missing


def begins_before_it_ends(lot: Lot) -> bool:
    return (lot.activates_on or date.min) <= (lot.expires_on or date.max)


@given(LOTS, st.integers(0, 60), DAYS, DAYS, st.sampled_from(MAY[:7]))
def test_what_is_taken_back_is_taken_once_and_the_rest_stays_as_it_was(
    added: list[Lot], points: int, activates_on: date | None, expires_on: date | None, today: date
) -> None:
    lots = lots_of([lot for lot in added if begins_before_it_ends(lot)])
    went_into = [(activates_on, expires_on), (None, expires_on)]

    remaining, missing = taken_back(lots, points, went_into, today)

    before, after = (sum(lot.points for lot in each) for each in (lots, remaining))
    assert before - after == points - missing
    assert remaining == in_order_of_use(remaining)
    assert all(lot.points > 0 for lot in remaining)
    left = {lot.dates: lot.points for lot in remaining}
    for lot in lots:
        assert 0 <= left.get(lot.dates, 0) <= lot.points
        if lot.is_expired(today) and lot.expires_on != expires_on:
            assert left[lot.dates] == lot.points
        elif missing:
            assert lot.dates not in left or lot.is_expired(today)
