"""The part of a program file about tiers: the levels, and which points count towards them."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from loyalty_shared.contracts.program_parts import Part, printable
from loyalty_shared.contracts.rationals import Rational
from loyalty_shared.domain.qualification import (
    MONTHS_KEPT,
    CalendarYearWindow,
    LifetimeWindow,
    RollingMonthsWindow,
    Window,
)
from loyalty_shared.domain.tiers import TierLevel, Tiers


class RollingMonthsPart(Part):
    """A window of this calendar month and those before it."""

    rolling_months: Annotated[
        int, Field(ge=1, le=MONTHS_KEPT, description="How many months count, this one included.")
    ]


class LevelPart(Part):
    """A tier."""

    name: Annotated[
        str,
        Field(min_length=1, max_length=32, pattern="^[^#]+$", description="What it is called."),
        AfterValidator(printable),
    ]
    from_: Annotated[
        int,
        Field(alias="from", ge=0, le=10**15, description="How many points inside the window."),
    ]
    multiplier: Annotated[
        Rational, Field(description="How many times the points its members' purchases earn: 1.1.")
    ]


def _window(value: object) -> object:
    # By hand, as in `expiry_part`.
    if isinstance(value, dict):
        return RollingMonthsPart.model_validate(value)
    if value not in ("lifetime", "calendar_year"):
        raise ValueError("must be lifetime, calendar_year or {rolling_months: N}")
    return value


def _wrong(number: int, field: str, reason: str) -> ValidationError:
    # Pydantic puts the place of one inside another together, and so the fault has its own line.
    fault = InitErrorDetails(
        type=PydanticCustomError("level", "{reason}", {"reason": reason}),
        loc=(number, field),
        input=None,
    )
    return ValidationError.from_exception_data("levels", [fault])


class TiersPart(Part):
    """The tiers, lowest first, and which points count towards them."""

    window: Annotated[
        RollingMonthsPart | Literal["lifetime", "calendar_year"],
        BeforeValidator(_window),
        Field(description="Which points count: of all time, of this year, or of some months."),
    ]
    levels: Annotated[
        tuple[LevelPart, ...],
        Field(
            min_length=1,
            max_length=20,
            strict=False,
            description="The tiers, lowest first; the first is from 0.",
        ),
    ]
    grace_months: Annotated[
        int,
        Field(
            ge=0,
            le=12,
            description="How many months longer a tier is kept than the points support it.",
        ),
    ] = 0

    @field_validator("levels")
    @classmethod
    def _climb(cls, levels: tuple[LevelPart, ...]) -> tuple[LevelPart, ...]:
        if levels[0].from_ != 0:
            raise _wrong(0, "from", "the first level must be from 0")
        for number, (low, high) in enumerate(pairwise(levels), start=1):
            if low.from_ >= high.from_:
                raise _wrong(number, "from", "must be more points than the level before it has")
            if high.name in {level.name for level in levels[:number]}:
                raise _wrong(number, "name", "each level must have a name of its own")
        return levels

    @field_validator("grace_months")
    @classmethod
    def _is_within_what_is_kept(cls, grace_months: int, others: ValidationInfo) -> int:
        window = others.data.get("window")  # not there where it is itself at fault
        if window == "lifetime" and grace_months:
            raise ValueError("must be 0 with a lifetime window, since time ends no tier")
        if isinstance(window, RollingMonthsPart):
            most = MONTHS_KEPT - window.rolling_months
            if grace_months > most:
                raise ValueError(f"must be at most {most}: {MONTHS_KEPT} months with the window")
        return grace_months

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
            self.grace_months,
        )
