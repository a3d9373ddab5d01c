"""Random programs, orders, and refunds that split them: what the laws are tested over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TypeVar

from hypothesis import strategies as st

from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.domain.earning import Basis, EarningRules, Rounding
from loyalty_shared.domain.expiry import (
    ExpiresAfterDays,
    ExpiresAfterMonths,
    Expiry,
    ExpiryPoint,
    NeverExpires,
)
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Happening, LineAmounts, Purchase, Refund, Returned
from loyalty_shared.domain.program import Program, WhenSpent
from loyalty_shared.domain.qualification import (
    CalendarYearWindow,
    LifetimeWindow,
    RollingMonthsWindow,
    Window,
)
from loyalty_shared.domain.tiers import TierLevel, Tiers

Told = TypeVar("Told")

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)

_RATES = st.sampled_from(
    [Fraction(1), Fraction(1, 10), Fraction(1, 3), Fraction(20), Fraction(9, 7)]
)
_MULTIPLIERS = st.sampled_from([Fraction(1), Fraction(11, 10), Fraction(3, 2), Fraction(2, 3)])
_WINDOWS: st.SearchStrategy[Window] = st.one_of(
    st.just(LifetimeWindow()),
    st.just(CalendarYearWindow()),
    st.builds(RollingMonthsWindow, st.integers(1, 12)),
)
_LATE_EXPIRIES: st.SearchStrategy[Expiry] = st.sampled_from(
    [NeverExpires(), ExpiresAfterDays(800), ExpiresAfterMonths(24, ExpiryPoint.MONTH_END)]
)
_EXPIRIES: st.SearchStrategy[Expiry] = st.one_of(
    _LATE_EXPIRIES,
    st.builds(ExpiresAfterDays, st.integers(20, 100)),
    st.builds(ExpiresAfterMonths, st.integers(1, 3), st.sampled_from(ExpiryPoint)),
)


@st.composite
def programs(draw: st.DrawFn, *, points_expire: bool = False) -> Program:
    """Draw the rules of a program; points expire within a few months, or not for two years."""
    window = draw(_WINDOWS)
    levels = (
        TierLevel("Basic", 0, draw(_MULTIPLIERS)),
        TierLevel("Silver", 100, draw(_MULTIPLIERS)),
        TierLevel("Gold", 300, draw(_MULTIPLIERS)),
    )
    grace = 0 if isinstance(window, LifetimeWindow) else draw(st.integers(0, 3))
    program = replace(
        default_program().program(),
        earning=EarningRules(
            points_per_unit=draw(_RATES),
            basis=draw(st.sampled_from(Basis)),
            rounding=draw(st.sampled_from(Rounding)),
            pending_days=draw(st.sampled_from([0, 0, 1, 14])),
        ),
        expiry=draw(_EXPIRIES if points_expire else _LATE_EXPIRIES),
        when_spent=draw(st.sampled_from(WhenSpent)),
        tiers=Tiers(window, levels, grace),
    )
    return replace(program, version=repr((program.earning, program.expiry, program.tiers)))


@dataclass(frozen=True, slots=True)
class OrderEvents:
    """An order and refunds that fit it, in whichever order they come."""

    purchase: Purchase
    refunds: tuple[Refund, ...]

    @property
    def happenings(self) -> list[Happening]:
        return [self.purchase, *self.refunds]


@st.composite
def orders(draw: st.DrawFn, order_id: str = "A-1", most_refunds: int = 4) -> OrderEvents:
    """Draw an order and refunds of it: of amounts, of lines, and of lines with some beside."""
    goods = draw(st.one_of(st.integers(0, 400_00), st.sampled_from([10_00, 100_00, 300_00])))
    extras = draw(st.sampled_from([0, 0, 1, 4_95]))
    lines = draw(_lines_of(goods))
    bought_at = FIRST_DAY + timedelta(hours=draw(st.integers(0, 90 * 24)))
    purchase = Purchase(
        order_id=order_id,
        member_id="m-1",
        transaction_id="pay-1",
        total=_euros(goods + extras),
        goods=_euros(goods),
        occurred_at=bought_at,
        lines=lines,
    )
    left, left_of = goods + extras, dict(lines)
    refunds = []
    for number in range(draw(st.integers(0, most_refunds))):
        returned = draw(_returned(f"R-{number}", left, left_of))
        left -= returned.amount.minor
        for line_id, minor in returned.lines:
            left_of[line_id] -= minor
        at = bought_at + timedelta(hours=draw(st.integers(1, 90 * 24)))
        refunds.append(Refund(order_id, "m-1", returned, at))
    return OrderEvents(purchase, tuple(refunds))


@st.composite
def _lines_of(draw: st.DrawFn, goods: int) -> LineAmounts:
    cuts = sorted(draw(st.lists(st.integers(0, goods), max_size=2)))
    if not cuts and draw(st.booleans()):
        return ()
    ends = zip([0, *cuts], [*cuts, goods], strict=True)
    return tuple((f"line-{number}", end - start) for number, (start, end) in enumerate(ends))


@st.composite
def _returned(draw: st.DrawFn, refund_id: str, left: int, left_of: dict[str, int]) -> Returned:
    lines: list[tuple[str, int]] = []
    rest = left
    for line_id, minor in left_of.items():
        if draw(st.booleans()):
            part = draw(_part_of(min(minor, rest)))
            lines.append((line_id, part))
            rest -= part
    beside = draw(_part_of(rest)) if not lines or draw(st.booleans()) else 0
    amount = sum(minor for _, minor in lines) + beside
    return Returned(refund_id, _euros(amount), tuple(lines))


def _part_of(whole: int) -> st.SearchStrategy[int]:
    return st.one_of(st.just(whole), st.integers(0, whole), st.integers(0, min(whole, 99)))


def shuffled_with_repetitions(happenings: list[Told]) -> st.SearchStrategy[list[Told]]:
    """Draw an order in which they may be delivered, some more than once."""
    again = st.lists(st.sampled_from(happenings), max_size=3) if happenings else st.just([])
    return again.flatmap(lambda repeated: st.permutations([*happenings, *repeated]))


Delivery = tuple[Happening, date]


@st.composite
def deliveries(draw: st.DrawFn, *, late: bool = True) -> list[Delivery]:
    """Draw what happened to some orders, and on which day each was told: at once, or late."""
    some = [draw(orders(f"A-{number}", 2)) for number in range(draw(st.integers(0, 3)))]
    told = []
    for happening in (each for order in some for each in order.happenings):
        lateness = draw(st.sampled_from([0, 0, 1, 10, 40])) if late else 0
        day = default_program().program().date_of(happening.occurred_at)
        told.append((happening, day + timedelta(days=lateness)))
    return sorted(told, key=lambda delivery: (delivery[1], delivery[0].occurred_at))


def day_after(happenings: list[Happening]) -> date:
    """Give a day on which all of it has happened."""
    return max(each.occurred_at for each in happenings).date() + timedelta(days=1)


def _euros(minor: int) -> Money:
    return Money(minor, "EUR")
