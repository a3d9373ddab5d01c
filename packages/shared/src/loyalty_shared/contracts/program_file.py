"""The program file: a retailer's rules as validated YAML, and the domain's `Program` from it."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from loyalty_shared.contracts.exact_yaml import ExactYaml
from loyalty_shared.contracts.faults import faults_of
from loyalty_shared.domain.earning import Basis, EarningRules, Rounding
from loyalty_shared.domain.errors import Fault, InvalidInput
from loyalty_shared.domain.expiry import (
    ExpiresAfterDays,
    ExpiresAfterMonths,
    Expiry,
    ExpiryPoint,
    NeverExpires,
)
from loyalty_shared.domain.money import exponent_of
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.qualification import (
    MONTHS_KEPT,
    CalendarYearWindow,
    LifetimeWindow,
    RollingMonthsWindow,
    Window,
)
from loyalty_shared.domain.tiers import TierLevel, Tiers

_LARGEST_PART = 10**9  # of a rational, so that no product grows without bound
_LARGEST_FILE = 64 * 1024  # bytes
_VERSION_DIGITS = 12


def _rational(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("must be a number or a fraction such as 1/10")  # noqa: TRY004 - for pydantic
    try:
        rational = Fraction(value)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise ValueError("must be a number or a fraction such as 1/10") from error
    if rational <= 0:
        raise ValueError("must be more than 0")
    if max(rational.numerator, rational.denominator) > _LARGEST_PART:
        raise ValueError("must have fewer digits")
    return rational


Rational = Annotated[
    Fraction,
    PlainValidator(_rational),
    PlainSerializer(str),
    WithJsonSchema({"type": ["number", "string"], "examples": [1, 0.5, "1/10"]}),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class EarningPart(_Part):
    """How purchases earn."""

    points_per_unit: Rational
    basis: Annotated[Basis, Field(strict=False)] = Basis.TOTAL
    rounding: Annotated[Rounding, Field(strict=False)] = Rounding.FLOOR
    pending_days: Annotated[int, Field(ge=0, le=366)] = 0

    def rules(self) -> EarningRules:
        """Give the domain's rules."""
        return EarningRules(self.points_per_unit, self.basis, self.rounding, self.pending_days)


class AfterDaysPart(_Part):
    """Points that expire a number of days after the purchase."""

    after_days: Annotated[int, Field(ge=1, le=3660)]

    def rules(self) -> Expiry:
        """Give the domain's rule."""
        return ExpiresAfterDays(self.after_days)


class AfterMonthsPart(_Part):
    """Points that expire a number of months after the purchase, or when that month or year ends."""

    after_months: Annotated[int, Field(ge=1, le=120)]
    at: Annotated[ExpiryPoint, Field(strict=False)] = ExpiryPoint.SAME_DAY

    def rules(self) -> Expiry:
        """Give the domain's rule."""
        return ExpiresAfterMonths(self.after_months, self.at)


class RefundsPart(_Part):
    """What becomes of points that were spent before their order was refunded."""

    when_spent: Literal["debt", "forgive"] = "debt"


class RedemptionPart(_Part):
    """What points are worth, and in which amounts they can be spent."""

    points_per_unit: Rational = Fraction(100)
    minimum: Annotated[int, Field(ge=1, le=_LARGEST_PART)] = 1
    step: Annotated[int, Field(ge=1, le=_LARGEST_PART)] = 1


class RollingMonthsPart(_Part):
    """A window of this calendar month and those before it."""

    rolling_months: Annotated[int, Field(ge=1, le=MONTHS_KEPT)]


class LevelPart(_Part):
    """A tier."""

    name: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f#]+$")]
    from_: Annotated[int, Field(alias="from", ge=0, le=10**15)]
    multiplier: Rational


class TiersPart(_Part):
    """The tiers, lowest first, and which points count towards them."""

    window: RollingMonthsPart | Literal["lifetime", "calendar_year"]
    levels: Annotated[tuple[LevelPart, ...], Field(min_length=1, max_length=20, strict=False)]

    @field_validator("levels")
    @classmethod
    def _climb(cls, levels: tuple[LevelPart, ...]) -> tuple[LevelPart, ...]:
        if levels[0].from_ != 0:
            raise ValueError("the first level must be from 0")
        if any(low.from_ >= high.from_ for low, high in pairwise(levels)):
            raise ValueError("each level must be from more points than the one before")
        if len({level.name for level in levels}) < len(levels):
            raise ValueError("each level must have a name of its own")
        return levels

    def rules(self) -> Tiers:
        """Give the domain's rules."""
        window: Window
        if isinstance(self.window, RollingMonthsPart):
            window = RollingMonthsWindow(self.window.rolling_months)
        else:
            window = LifetimeWindow() if self.window == "lifetime" else CalendarYearWindow()
        return Tiers(
            window,
            tuple(TierLevel(each.name, each.from_, each.multiplier) for each in self.levels),
        )


class ProgramFile(_Part):
    """A program as its file says it; see docs/Program.md."""

    id: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,31}$")] = "default"
    name: Annotated[str, Field(min_length=1, max_length=64)]
    currency: str
    timezone: str
    earning: EarningPart
    expiry: Literal["never"] | AfterDaysPart | AfterMonthsPart = "never"
    refunds: RefundsPart = RefundsPart()
    redemption: RedemptionPart = RedemptionPart()
    tiers: TiersPart

    @field_validator("currency")
    @classmethod
    def _listed(cls, currency: str) -> str:
        try:
            exponent_of(currency)
        except InvalidInput as error:
            raise ValueError(error.detail) from error
        return currency

    @field_validator("timezone")
    @classmethod
    def _known(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone)
        except (ValueError, OSError) as error:  # ZoneInfoNotFoundError is neither for a bad path
            raise ValueError(f"{timezone!r} is no IANA time zone") from error
        except KeyError as error:
            raise ValueError(f"{timezone!r} is no IANA time zone") from error
        return timezone

    @model_validator(mode="after")
    def _expires_after_pending(self) -> Self:
        if (
            isinstance(self.expiry, AfterDaysPart)
            and self.expiry.after_days < self.earning.pending_days
        ):
            raise ValueError("points would expire while they are still pending")
        return self

    def canonical(self) -> str:
        """Write the rules in the one form that their version is computed from and stored in."""
        rules = self.model_dump(mode="json", by_alias=True)
        return json.dumps(rules, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def version(self) -> str:
        """Name exactly these rules: other rules have another version, so none can be changed."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:_VERSION_DIGITS]

    def program(self) -> Program:
        """Give the domain's program."""
        return Program(
            id=self.id,
            name=self.name,
            version=self.version(),
            currency=self.currency,
            timezone=ZoneInfo(self.timezone),
            earning=self.earning.rules(),
            expiry=NeverExpires() if self.expiry == "never" else self.expiry.rules(),
            tiers=self.tiers.rules(),
        )


def read_program(text: str, source: str) -> ProgramFile:
    """Read a program file's text; `source` names it in an error.

    Raises:
        InvalidInput: with code `invalid_program`; `detail` is one line that names the place.
    """
    if len(text.encode()) > _LARGEST_FILE:
        raise InvalidInput(f"{source}: larger than {_LARGEST_FILE} bytes", code="invalid_program")
    document = ExactYaml(text, source)
    try:
        return ProgramFile.model_validate(document.value)
    except ValidationError as error:
        faults = faults_of(error)
        place = document.line_of(error.errors()[0]["loc"])
        raise InvalidInput(
            f"{source}, line {place}: {_sentence(faults[0])}", code="invalid_program", faults=faults
        ) from error


def default_program() -> ProgramFile:
    """Read the program that comes with the service."""
    name = "default_program.yaml"
    return read_program(files(__package__).joinpath(name).read_text("utf-8"), name)


def _sentence(fault: Fault) -> str:
    where = fault.location.strip("/").replace("/", ".")
    return f"{where}: {fault.reason}" if where else fault.reason
