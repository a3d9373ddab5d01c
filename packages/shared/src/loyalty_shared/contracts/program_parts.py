"""The parts of a program file: how purchases earn, when points expire, what a refund does."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from loyalty_shared.contracts.rationals import LARGEST_PART, Rational
from loyalty_shared.domain.adjusting import AdjustmentRules
from loyalty_shared.domain.earning import Basis, EarningRules, Rounding
from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.domain.expiry import ExpiresAfterDays, ExpiresAfterMonths, Expiry, ExpiryPoint
from loyalty_shared.domain.money import EXPONENT_BY_CURRENCY, exponent_of
from loyalty_shared.domain.program import WhenSpent
from loyalty_shared.domain.redeeming import RedemptionRules


def printable(name: str) -> str:
    """Take only what comes back from the stored form as it went in."""
    if not name.isprintable():
        raise ValueError("must have printable characters only")
    return name


def _listed(currency: str) -> str:
    try:
        exponent_of(currency)
    except InvalidInput as error:
        raise ValueError(error.detail) from error
    return currency


def _known(timezone: str) -> str:
    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, KeyError) as error:  # a bad path, a folder, one not known
        raise ValueError(f"{timezone!r} is no IANA time zone") from error
    return timezone


Currency = Annotated[
    str,
    AfterValidator(_listed),
    WithJsonSchema({"type": "string", "enum": sorted(EXPONENT_BY_CURRENCY)}, mode="validation"),
]
TimeZone = Annotated[str, AfterValidator(_known)]


class Part(BaseModel):
    """The root of all parts: nothing is converted, and nothing is let in that is not known."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        serialize_by_alias=True,
        json_schema_serialization_defaults_required=True,
    )


class EarningPart(Part):
    """How purchases earn."""

    points_per_unit: Annotated[
        Rational,
        Field(description="Points per major unit of the currency: a number, or a fraction: 1/10."),
    ]
    basis: Annotated[
        Basis,
        Field(
            strict=False, description="What earns: the total, or goods without shipping and tax."
        ),
    ] = Basis.TOTAL
    rounding: Annotated[
        Rounding,
        Field(strict=False, description="What becomes of a fraction of a point, once an order."),
    ] = Rounding.FLOOR
    pending_days: Annotated[
        int,
        Field(ge=0, le=366, description="How many days after the purchase points can be used."),
    ] = 0

    def rules(self) -> EarningRules:
        """Give the domain's rules."""
        return EarningRules(self.points_per_unit, self.basis, self.rounding, self.pending_days)


class AfterDaysPart(Part):
    """Points that expire a number of days after the purchase."""

    after_days: Annotated[
        int, Field(ge=1, le=3660, description="The last day to use them, days after the purchase.")
    ]

    def rules(self) -> Expiry:
        """Give the domain's rule."""
        return ExpiresAfterDays(self.after_days)


class AfterMonthsPart(Part):
    """Points that expire a number of months after the purchase, or when that month or year ends."""

    after_months: Annotated[
        int, Field(ge=1, le=120, description="How many months after the purchase they expire.")
    ]
    at: Annotated[
        ExpiryPoint,
        Field(strict=False, description="On the same day, or when that month or its year ends."),
    ] = ExpiryPoint.SAME_DAY

    def rules(self) -> Expiry:
        """Give the domain's rule."""
        return ExpiresAfterMonths(self.after_months, self.at)


def expiry_part(value: object) -> object:
    """Choose by hand, so that a fault in a part is told as that part's, not as all it is not."""
    if isinstance(value, dict):
        part = AfterMonthsPart if "after_months" in value else AfterDaysPart
        return part.model_validate(value)
    if value != "never":
        raise ValueError("must be never, {after_days: N} or {after_months: N}")
    return value


def shortest_life(expiry: AfterDaysPart | AfterMonthsPart) -> int:
    """Give the fewest days from a purchase to the last day of its points."""
    rule = expiry.rules()
    days = [date(2000, 1, 1) + timedelta(days=day) for day in range(4 * 366)]  # a leap year's turn
    return min((expires_on - day).days for day in days if (expires_on := rule.expires_on(day)))


class RefundsPart(Part):
    """What becomes of points that were spent before their order was refunded."""

    when_spent: Annotated[
        WhenSpent,
        Field(
            strict=False,
            description="debt: the points that come next pay for them; forgive: nobody does.",
        ),
    ] = WhenSpent.DEBT


class AdjustmentsPart(Part):
    """What adjustments by hand may do."""

    below_zero: Annotated[
        bool, Field(description="Whether one may take more than there is; the rest is owed.")
    ] = False
    approval_above: Annotated[
        int | None,
        Field(
            ge=0,
            le=LARGEST_PART,
            description="Above so many points a second person has to agree; null: never.",
        ),
    ] = None

    def rules(self) -> AdjustmentRules:
        """Give the domain's rules."""
        return AdjustmentRules(self.below_zero, self.approval_above)


class RedemptionPart(Part):
    """What points are worth, and in which amounts they can be spent."""

    points_per_unit: Annotated[
        Rational, Field(description="Points for a discount of one major unit of the currency.")
    ] = Fraction(100)
    minimum: Annotated[
        int, Field(ge=1, le=LARGEST_PART, description="The fewest points to spend at a time.")
    ] = 1
    step: Annotated[
        int, Field(ge=1, le=LARGEST_PART, description="The steps in which points are spent.")
    ] = 1
    return_days: Annotated[
        int,
        Field(ge=0, le=366, description="How many days spent points can be used once given back."),
    ] = 30

    def rules(self) -> RedemptionRules:
        """Give the domain's rules."""
        return RedemptionRules(self.points_per_unit, self.minimum, self.step, self.return_days)
