"""What commands ask for, as JSON. A field that is not known is refused: it may be misspelt."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from loyalty_shared.contracts import strict_json
from loyalty_shared.contracts.faults import faults_of
from loyalty_shared.contracts.fields import Text
from loyalty_shared.contracts.identifiers import Identifier
from loyalty_shared.contracts.whole_numbers import WRITTEN_ANYHOW
from loyalty_shared.domain.errors import Fault, InvalidInput

MOST_POINTS = 10**15
LONGEST_HOLD_SECONDS = 7 * 24 * 3600

Points = Annotated[int, Field(strict=True, ge=1, le=MOST_POINTS), WRITTEN_ANYHOW]


_NOT_0: dict[str, Any] = {"not": {"const": 0}}


def _some(points: int) -> int:
    if points == 0:
        raise ValueError("must not be 0")
    return points


Reason = Annotated[Text, Field(min_length=1, max_length=200)]


class Wish(BaseModel):
    """The root of what commands ask for."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=False, frozen=True, extra="forbid"
    )


Wished = TypeVar("Wished", bound=Wish)


class RedemptionWish(Wish):
    """Points to spend, for an order or for something else."""

    points: Points
    order_id: Identifier | None = None
    description: Text | None = None


class HoldWish(Wish):
    """Points to set aside for some seconds, for an order or for something else."""

    points: Points
    expires_in_seconds: Annotated[
        int, Field(strict=True, ge=1, le=LONGEST_HOLD_SECONDS), WRITTEN_ANYHOW
    ] = 900
    order_id: Identifier | None = None
    description: Text | None = None


class CaptureWish(Wish):
    """Points of a hold to spend, all of them where it does not say how many."""

    points: Points | None = None
    order_id: Identifier | None = None
    description: Text | None = None


class AdjustmentWish(Wish):
    """Points to give, or (negative) to take, and why.

    `actor` says who asks, where no token does.
    """

    points: Annotated[
        int,
        Field(strict=True, ge=-MOST_POINTS, le=MOST_POINTS, json_schema_extra=_NOT_0),
        AfterValidator(_some),
        WRITTEN_ANYHOW,
    ]
    reason: Reason
    actor: Identifier | None = None


class VerdictWish(Wish):
    """Nothing but who decides, where no token says so."""

    actor: Identifier | None = None


class MergeWish(Wish):
    """Into whom a member is to be merged."""

    into: Identifier


class NoWish(Wish):
    """Nothing: the path says it all."""


def read_wish(model: type[Wished], body: bytes) -> Wished:
    """Read the body of a command; an empty one is an empty object.

    Raises:
        InvalidInput: with code `malformed_json`, or `invalid_request` and every fault.
    """
    document = strict_json.decode(strict_json.text_of(body)) if body.strip() else {}
    try:
        return model.model_validate(document)
    except ValidationError as error:
        faults = tuple(Fault(f"body{each.location}", each.reason) for each in faults_of(error))
        raise InvalidInput(
            "the request is not valid", code="invalid_request", faults=faults
        ) from error
