"""The program file: a retailer's rules as validated YAML, and the domain's `Program` from it."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
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
_MOST_DIGITS = 20  # what is looked at first: writing 1.0e+999999999 out would take for ever
_RATIONAL = re.compile(r"-?[0-9]{1,20}([./][0-9]{1,20})?")
_LARGEST_FILE = 64 * 1024  # bytes
_VERSION_DIGITS = 12


def _rational(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("must be a number or a fraction such as 1/10")  # noqa: TRY004 - for pydantic
    if isinstance(value, Decimal) and abs(value.adjusted()) > _MOST_DIGITS:
        raise ValueError("must have fewer digits")
    if isinstance(value, str) and not _RATIONAL.fullmatch(value):
        raise ValueError("must be a number or a fraction such as 1/10")
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


def _printable(name: str) -> str:
    # Others do not come back from the stored form as they went in.
    if not name.isprintable():
        raise ValueError("must have printable characters only")
    return name


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


def _expiry(value: object) -> object:
    # By hand, so that a fault in a part is told as that part's, and not as all that it is not.
    if isinstance(value, dict):
        part = AfterMonthsPart if "after_months" in value else AfterDaysPart
        return part.model_validate(value)
    if value != "never":
        raise ValueError("must be never, {after_days: N} or {after_months: N}")
    return value


def _shortest_life(expiry: AfterDaysPart | AfterMonthsPart) -> int:
    rule = expiry.rules()
    days = [date(2000, 1, 1) + timedelta(days=day) for day in range(4 * 366)]  # a leap year's turn
    return min((expires_on - day).days for day in days if (expires_on := rule.expires_on(day)))


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

    name: Annotated[
        str, Field(min_length=1, max_length=32, pattern="^[^#]+$"), AfterValidator(_printable)
    ]
    from_: Annotated[int, Field(alias="from", ge=0, le=10**15)]
    multiplier: Rational


def _window(value: object) -> object:
    if isinstance(value, dict):
        return RollingMonthsPart.model_validate(value)
    if value not in ("lifetime", "calendar_year"):
        raise ValueError("must be lifetime, calendar_year or {rolling_months: N}")
    return value


class TiersPart(_Part):
    """The tiers, lowest first, and which points count towards them."""

    window: Annotated[
        RollingMonthsPart | Literal["lifetime", "calendar_year"], BeforeValidator(_window)
    ]
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
    name: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable)]
    currency: str
    timezone: str
    earning: EarningPart
    expiry: Annotated[
        Literal["never"] | AfterDaysPart | AfterMonthsPart, BeforeValidator(_expiry)
    ] = "never"
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
        except (ValueError, OSError, KeyError) as error:  # a bad path, a folder, one not known
            raise ValueError(f"{timezone!r} is no IANA time zone") from error
        return timezone

    @field_validator("expiry")
    @classmethod
    def _expires_after_pending(
        cls,
        expiry: Literal["never"] | AfterDaysPart | AfterMonthsPart,
        others: ValidationInfo,
    ) -> Literal["never"] | AfterDaysPart | AfterMonthsPart:
        earning = others.data.get("earning")  # not there where it is itself at fault
        if earning and expiry != "never" and _shortest_life(expiry) < earning.pending_days:
            raise ValueError("points would expire while they are still pending")
        return expiry

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
    if len(text.encode(errors="replace")) > _LARGEST_FILE:
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


def program_at(path: Path | None) -> ProgramFile:
    """Read the program file at a path, or the default program where none is named.

    Raises:
        InvalidInput: with code `invalid_program`; `detail` is one line that names the place.
    """
    if path is None:
        return default_program()
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InvalidInput(f"{path}: {reason}", code="invalid_program") from error
    return read_program(text, str(path))


def _sentence(fault: Fault) -> str:
    where = fault.location.strip("/").replace("/", ".")
    return f"{where}: {fault.reason}" if where else fault.reason
