"""The program file: a retailer's rules as validated YAML, and the domain's `Program` from it."""

from __future__ import annotations

import hashlib
import json
import shlex
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from loyalty_shared.contracts.exact_yaml import ExactYaml
from loyalty_shared.contracts.faults import faults_of
from loyalty_shared.contracts.program_faults import InvalidProgram, ProgramFault
from loyalty_shared.contracts.program_parts import (
    AdjustmentsPart,
    AfterDaysPart,
    AfterMonthsPart,
    Currency,
    EarningPart,
    Part,
    RedemptionPart,
    RefundsPart,
    TimeZone,
    expiry_part,
    printable,
    shortest_life,
)
from loyalty_shared.contracts.program_tiers import TiersPart
from loyalty_shared.domain.errors import LedgerDamaged
from loyalty_shared.domain.expiry import NeverExpires
from loyalty_shared.domain.program import Program

_LARGEST_FILE = 64 * 1024  # bytes
_VERSION_DIGITS = 12

ExpiryPart = Literal["never"] | AfterDaysPart | AfterMonthsPart


class ProgramFile(Part):
    """The rules of a loyalty program."""

    id: Annotated[
        str,
        Field(
            pattern="^[a-z0-9][a-z0-9-]{0,31}$",
            description="Names the ledger; never change it once points were given.",
        ),
    ] = "default"
    name: Annotated[
        str,
        Field(min_length=1, max_length=64, description="What people call the program."),
        AfterValidator(printable),
    ]
    currency: Annotated[
        Currency, Field(description="An ISO 4217 code; an event in another currency is refused.")
    ]
    timezone: Annotated[
        TimeZone, Field(description="It decides on which date a purchase was: Europe/Amsterdam.")
    ]
    earning: EarningPart
    expiry: Annotated[
        ExpiryPart,
        BeforeValidator(expiry_part),
        Field(description="The last day to use points: never, or after some days or months."),
    ] = "never"
    refunds: RefundsPart = RefundsPart()
    redemption: RedemptionPart = RedemptionPart()
    adjustments: AdjustmentsPart = AdjustmentsPart()
    tiers: TiersPart

    @field_validator("expiry")
    @classmethod
    def _expires_after_pending(cls, expiry: ExpiryPart, others: ValidationInfo) -> ExpiryPart:
        earning = others.data.get("earning")  # not there where it is itself at fault
        if earning and expiry != "never" and shortest_life(expiry) < earning.pending_days:
            raise ValueError("points would expire while they are still pending")
        return expiry

    def canonical(self) -> str:
        """Write the rules in the one form that their version is computed from and stored in.

        What stands at its default is left out, so that an option that comes later does not change
        the version of programs without it. So defaults are a contract: what is stored counts on
        them, and none ever changes. Nor does an option come without one.
        """
        rules = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(rules, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def version(self) -> str:
        """Name exactly these rules: other rules have another version, so none can be changed."""
        return _version_of(self.canonical())

    def program(self, version: str | None = None) -> Program:
        """Give the domain's program; a stored one keeps the `version` that it was stored under."""
        return Program(
            id=self.id,
            name=self.name,
            version=version or self.version(),
            currency=self.currency,
            timezone=ZoneInfo(self.timezone),
            earning=self.earning.rules(),
            expiry=NeverExpires() if self.expiry == "never" else self.expiry.rules(),
            when_spent=self.refunds.when_spent,
            tiers=self.tiers.rules(),
            redemption=self.redemption.rules(),
            adjustments=self.adjustments.rules(),
        )


def read_program(text: str, source: str, advice: str = "") -> ProgramFile:
    """Read a program file's text; `source` names it in an error.

    Raises:
        InvalidProgram: with every fault and its line; `advice` is for where there are several.
    """
    if len(text.encode(errors="replace")) > _LARGEST_FILE:
        raise InvalidProgram(source, _whole(f"larger than {_LARGEST_FILE} bytes"))
    document = ExactYaml(text, source)
    try:
        return ProgramFile.model_validate(document.value)
    except ValidationError as error:
        found = zip(error.errors(), faults_of(error, most=None), strict=True)
        faults = (
            ProgramFault(document.line_of(each["loc"]), fault.location, fault.reason)
            for each, fault in found
        )
        raise InvalidProgram(source, *faults, advice=advice) from error


def default_program() -> ProgramFile:
    """Read the program that comes with the service."""
    name = "default_program.yaml"
    return read_program(files(__package__).joinpath(name).read_text("utf-8"), name)


def program_at(path: Path | None) -> ProgramFile:
    """Read the program file at a path, or the default program where none is named.

    Raises:
        InvalidProgram: as `read_program` does, or when the file cannot be read.
    """
    if path is None:
        return default_program()
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = str(error.strerror) if isinstance(error, OSError) else "not UTF-8"
        raise InvalidProgram(str(path), _whole(reason)) from error
    advice = f"; loyalty program check {shlex.quote(str(path))} lists them"
    return read_program(text, str(path), advice)


def stored_program(body: str, version: str) -> Program:
    """Give the program whose rules are stored as `body`, under the version they are stored under.

    Raises:
        LedgerDamaged: when they cannot be read, or are not those that the version names.
    """
    try:
        file = read_program(body, f"the stored program {version}")
    except InvalidProgram as error:
        raise LedgerDamaged(error.detail) from error
    if _version_of(body) != version:
        raise LedgerDamaged(f"the stored program {version} is not what its version names")
    return file.program(version)


def _version_of(rules: str) -> str:
    return hashlib.sha256(rules.encode()).hexdigest()[:_VERSION_DIGITS]


def _whole(reason: str) -> ProgramFault:
    return ProgramFault(None, "", reason)
