"""What the detail of an order event holds, as shops send it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from loyalty_shared.contracts.fields import Amount, Moment, Quantity, Text
from loyalty_shared.contracts.identifiers import Identifier

_MOST_LINES = 10_000

Currency = Annotated[str, Field(strict=True, pattern="^[A-Z]{3}$")]


class _Contract(BaseModel):
    # What a later producer adds is not ours to refuse.
    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=False, frozen=True, extra="ignore"
    )


class Line(_Contract):
    """A line of an order; `amount` is what was paid for it."""

    line_id: Identifier | None = None
    sku: Identifier | None = None
    quantity: Quantity | None = None
    amount: Amount
    category: Text | None = None
    brand: Text | None = None


def _none_for_null(lines: object) -> object:
    # Null is the same as absent here, as it is for all else that is optional.
    return () if lines is None else lines


class Basket(_Contract):
    """What is bought. Amounts are in major units of `currency`, by default the program's."""

    total_amount: Amount
    currency: Currency | None = None
    occurred_at: Moment | None = None
    lines: Annotated[
        tuple[Line, ...], Field(max_length=_MOST_LINES), BeforeValidator(_none_for_null)
    ] = ()
    shipping: Amount | None = None
    tax: Amount | None = None


class OrderCompleted(Basket):
    """A purchase. Amounts are in major units of `currency`, by default the program's."""

    user_id: Identifier
    order_id: Identifier
    transaction_id: Identifier


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Give the JSON Schema of what has lines, whole: it refers to nothing outside itself."""
    detail = model.model_json_schema()
    lines = detail["properties"]["lines"]
    [lines["items"]] = detail.pop("$defs").values()
    lines["type"] = [lines["type"], "null"]  # as `_none_for_null` has it
    return detail


class RefundedLine(_Contract):
    """What was given back for a line of an order."""

    line_id: Identifier
    amount: Amount


class OrderRefunded(_Contract):
    """A refund of an order: of an `amount`, of `lines`, or of lines and more (such as shipping)."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["amount"], "properties": {"amount": {"type": "number"}}},
                {
                    "required": ["lines"],
                    "properties": {"lines": {"type": "array", "minItems": 1}},
                },
            ]
        }
    )

    user_id: Identifier
    order_id: Identifier
    refund_id: Identifier
    amount: Amount | None = None
    currency: Currency | None = None
    occurred_at: Moment | None = None
    lines: Annotated[
        tuple[RefundedLine, ...], Field(max_length=_MOST_LINES), BeforeValidator(_none_for_null)
    ] = ()
