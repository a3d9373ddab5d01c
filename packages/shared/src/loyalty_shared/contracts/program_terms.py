"""A program in plain sentences, as a customer's terms and conditions could hold them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from loyalty_shared.contracts.program_file import ExpiryPart, ProgramFile
from loyalty_shared.contracts.program_parts import (
    AdjustmentsPart,
    AfterDaysPart,
    EarningPart,
    RedemptionPart,
    RefundsPart,
)
from loyalty_shared.contracts.program_tiers import LevelPart, RollingMonthsPart, TiersPart
from loyalty_shared.domain.earning import Basis, Rounding, rational_text
from loyalty_shared.domain.expiry import ExpiryPoint
from loyalty_shared.domain.program import WhenSpent

_EARNS = {
    Basis.TOTAL: "an order's total",
    Basis.GOODS: "an order's total without shipping and tax",
}
_FRACTION = {
    Rounding.FLOOR: "is dropped",
    Rounding.NEAREST: "is rounded to the nearest whole point, a half up",
    Rounding.CEILING: "is rounded up to a whole point",
}
_SPENT = {
    WhenSpent.DEBT: "points already spent are paid by the points that come next",
    WhenSpent.FORGIVE: "points already spent are not asked back",
}


def terms_of(rules: ProgramFile) -> tuple[str, ...]:
    """Say in sentences all that the rules promise and ask, in the order of a customer's way."""
    return (
        *_earning(rules.earning, rules.currency, rules.tiers),
        _use(rules.earning.pending_days),
        _expiry(rules.expiry),
        *_redemption(rules.redemption, rules.currency),
        *_returning(rules.redemption, rules.expiry),
        _refunds(rules.refunds),
        *_adjustments(rules.adjustments),
        *_tiers(rules.tiers),
        f"Days, months and years are those of the time zone {rules.timezone}.",
    )


def _earning(earning: EarningPart, currency: str, tiers: TiersPart) -> Iterator[str]:
    rate, basis = _points(earning.points_per_unit), _EARNS[earning.basis]
    times = ", times the multiplier of the tier held before it" if _multiplies(tiers) else ""
    fraction = f"a fraction of a point {_FRACTION[earning.rounding]}"
    yield f"Each {currency} of {basis} earns {rate}{times}; {fraction}."
    yield f"It is computed exactly and rounded once an order; only orders in {currency} earn."


def _use(pending_days: int) -> str:
    if pending_days == 0:
        return "Points can be used at once."
    return f"Points can be used from {_counted(pending_days, 'day')} after the purchase."


def _expiry(expiry: ExpiryPart) -> str:
    if expiry == "never":
        return "Points do not expire."
    if isinstance(expiry, AfterDaysPart):
        last = f"day that lies {_counted(expiry.after_days, 'day')} after the purchase"
    else:
        months = f"{_counted(expiry.after_months, 'month')} after the purchase"
        last = {
            ExpiryPoint.SAME_DAY: f"day that lies {months}, or of that month where it is shorter",
            ExpiryPoint.MONTH_END: f"month that lies {months}",
            ExpiryPoint.YEAR_END: f"calendar year that the day {months} is in",
        }[expiry.at]
    return f"Points expire at the end of the {last}."


def _redemption(redemption: RedemptionPart, currency: str) -> Iterator[str]:
    yield f"Each {currency} that is paid with points takes {_points(redemption.points_per_unit)}."
    yield (
        "The part of an order that is paid with points earns none; when the order is returned,"
        " the points that paid for it are given back in proportion."
    )
    steps = f"in steps of {redemption.step:,}"
    if redemption.minimum > 1:
        rest = f", {steps}" if redemption.step > 1 else ""
        yield f"At least {redemption.minimum:,} points are spent at a time{rest}."
    elif redemption.step > 1:
        yield f"Points are spent {steps}."


def _returning(redemption: RedemptionPart, expiry: ExpiryPart) -> Iterator[str]:
    if expiry != "never" and redemption.return_days:
        days = _counted(redemption.return_days, "day")
        yield f"Spent points that are given back can be used for at least {days}."


def _refunds(refunds: RefundsPart) -> str:
    taken = "its points are taken back as if only the kept part had been bought"
    return f"When an order is returned, {taken}; {_SPENT[refunds.when_spent]}."


def _adjustments(adjustments: AdjustmentsPart) -> Iterator[str]:
    # That a second person agrees to large ones is the shop's own affair.
    if adjustments.below_zero:
        yield (
            "A correction by hand may take more points than there are; the rest is paid by the"
            " points that come next."
        )


def _tiers(tiers: TiersPart) -> Iterator[str]:
    if len(tiers.levels) == 1:
        [only] = tiers.levels
        yield f"There is one tier: {only.name}, {_times(only)}."
        return
    levels = (f"{each.name} from {each.from_:,}, {_times(each)}" for each in tiers.levels)
    yield f"Tiers, by {_window(tiers)}: {'; '.join(levels)}."
    if tiers.grace_months:
        months = _counted(tiers.grace_months, "month")
        yield f"A tier is kept {months} longer than these points support it."


def _times(level: LevelPart) -> str:
    return f"×{rational_text(level.multiplier)}"  # noqa: RUF001 - the sign people read


def _window(tiers: TiersPart) -> str:
    if isinstance(tiers.window, RollingMonthsPart):
        before = tiers.window.rolling_months - 1
        others = {0: "", 1: " and the one before"}.get(before, f" and the {before} before")
        return f"the points earned in this calendar month{others}"
    if tiers.window == "lifetime":
        return "all points ever earned"
    return "the points earned in this calendar year"


def _multiplies(tiers: TiersPart) -> bool:
    return any(each.multiplier != 1 for each in tiers.levels)


def _points(points: Fraction) -> str:
    if points == 1:
        return "1 point"
    text = rational_text(points)
    if points.denominator == 1:
        return f"{points.numerator:,} points"
    return f"{text} of a point" if points < 1 else f"{text} points"


def _counted(number: int, unit: str) -> str:
    return f"{number:,} {unit}{'s' if number > 1 else ''}"
