"""Order events as shops publish them: an EventBridge envelope, or the bare detail of a purchase."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from loyalty_shared.contracts.faults import faults_of, pointer
from loyalty_shared.contracts.identifiers import Identifier
from loyalty_shared.domain.errors import Fault, InvalidInput
from loyalty_shared.domain.money import Money, exponent_of
from loyalty_shared.domain.orders import Purchase

ORDER_COMPLETED = "OrderCompleted"
EARLIEST = datetime(
    1970, 1, 1, tzinfo=UTC
)  # the first hours of year 1 have no date west of Greenwich
FURTHEST_AHEAD = timedelta(days=1)  # a shop's clock may be wrong by that much, not by more

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _amount(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise ValueError("must be a number")


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("must be an RFC 3339 date and time, such as 2026-05-04T10:00:00Z")
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("must be a date and time that exists") from error
    if moment < EARLIEST:
        raise ValueError(f"must not be before {EARLIEST.year}")
    return moment


Amount = Annotated[
    Decimal,
    PlainValidator(_amount),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 10**12}),
]
Moment = Annotated[
    datetime, PlainValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
Quantity = Annotated[
    Decimal, PlainValidator(_amount), WithJsonSchema({"type": "number", "minimum": 0})
]
Text = Annotated[str, Field(strict=True, max_length=256)]


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


class OrderCompleted(_Contract):
    """A purchase. Amounts are in major units of `currency`, by default the program's."""

    user_id: Identifier
    order_id: Identifier
    transaction_id: Identifier
    total_amount: Amount
    currency: Annotated[str, Field(strict=True, pattern="^[A-Z]{3}$")] | None = None
    occurred_at: Moment | None = None
    lines: Annotated[
        tuple[Line, ...], Field(max_length=10_000), BeforeValidator(_none_for_null)
    ] = ()
    shipping: Amount | None = None
    tax: Amount | None = None


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """A decoded event: its detail, where that stands in the document, and the envelope's time."""

    detail: OrderCompleted
    location: str
    envelope_time: datetime | None

    def purchase(self, currency: str, received_at: datetime) -> Purchase:
        """Give the purchase as the rules want it.

        `currency` is the program's. Without a time of its own the purchase occurred at the
        envelope's time, or else when it was received.

        Raises:
            InvalidInput: with code `invalid_amount`, `unknown_currency`, `currency_mismatch` or
                `occurred_in_the_future`.
        """
        self._check_currency(currency)
        detail = self.detail
        total = self._money(detail.total_amount, currency, "totalAmount")
        extras = self._money(detail.shipping, currency, "shipping").minor
        extras += self._money(detail.tax, currency, "tax").minor
        if extras > total.minor:
            raise self._fault(
                "invalid_amount", "totalAmount", "must not be less than shipping and tax together"
            )
        for number, line in enumerate(detail.lines):
            self._money(line.amount, currency, "lines", number, "amount")
            if line.quantity is not None and line.quantity < 0:
                reason = "must not be negative"
                raise self._fault("invalid_amount", "lines", number, "quantity", reason)
        return Purchase(
            order_id=detail.order_id,
            member_id=detail.user_id,
            transaction_id=detail.transaction_id,
            total=total,
            goods=Money(total.minor - extras, currency),
            occurred_at=self._occurred_at(received_at),
        )

    def _check_currency(self, currency: str) -> None:
        named = self.detail.currency
        if named is None or named == currency:
            return
        try:
            exponent_of(named)
        except InvalidInput as error:
            raise self._fault(error.code, "currency", error.detail) from error
        raise self._fault("currency_mismatch", "currency", f"this program counts in {currency}")

    def _money(self, amount: Decimal | None, currency: str, *place: str | int) -> Money:
        if amount is None:
            return Money(0, currency)
        try:
            return Money.of(amount, currency)
        except InvalidInput as error:
            raise self._fault(error.code, *place, error.detail) from error

    def _occurred_at(self, received_at: datetime) -> datetime:
        occurred_at = self.detail.occurred_at or self.envelope_time or received_at
        if occurred_at > received_at + FURTHEST_AHEAD:
            place = f"{self.location}/occurredAt" if self.detail.occurred_at else "/time"
            fault = Fault(place, "must not be in the future")
            raise _invalid("occurred_in_the_future", fault)
        return occurred_at

    def _fault(self, code: str, *place_and_reason: str | int) -> InvalidInput:
        *place, reason = place_and_reason
        return _invalid(code, Fault(self.location + pointer(place), str(reason)))


def decode_event(document: object) -> OrderEvent:
    """Read an event from a decoded JSON document.

    Raises:
        InvalidInput: with code `invalid_event` or `unknown_event_type`.
    """
    if not isinstance(document, dict):
        raise _invalid("invalid_event", Fault("", "must be an object"))
    if "detail-type" not in document:
        return OrderEvent(_validated(document, ()), "", None)
    kind = document["detail-type"]
    if kind != ORDER_COMPLETED:
        fault = Fault("/detail-type", f"must be {ORDER_COMPLETED}")
        raise InvalidInput(
            "the type of the event is not known", code="unknown_event_type", faults=(fault,)
        )
    try:
        time = document.get("time")
        time = None if time is None else _moment(time)
    except ValueError as error:
        raise _invalid("invalid_event", Fault("/time", str(error))) from error
    return OrderEvent(_validated(document.get("detail"), ("detail",)), "/detail", time)


def _validated(detail: object, place: tuple[str, ...]) -> OrderCompleted:
    try:
        return OrderCompleted.model_validate(detail)
    except ValidationError as error:
        faults = (
            Fault(pointer(place) + fault.location, fault.reason) for fault in faults_of(error)
        )
        raise _invalid("invalid_event", *faults) from error


def _invalid(code: str, *faults: Fault) -> InvalidInput:
    return InvalidInput("the event is not valid", code=code, faults=faults)


def event_schema() -> dict[str, Any]:
    """Give the JSON Schema of an event, whole: it refers to nothing outside itself."""
    detail = OrderCompleted.model_json_schema()
    detail["properties"]["lines"]["items"] = detail.pop("$defs")["Line"]
    envelope = {
        "title": "EventBridge envelope",
        "type": "object",
        "required": ["detail-type", "detail"],
        "properties": {
            "detail-type": {"const": ORDER_COMPLETED},
            "time": {"type": "string", "format": "date-time"},
            "detail": detail,
        },
    }
    return {"oneOf": [detail, envelope]}
