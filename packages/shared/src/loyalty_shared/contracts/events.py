"""Order events as shops publish them: an EventBridge envelope, or the bare detail of a purchase."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from loyalty_shared.contracts.faults import faults_of, pointer
from loyalty_shared.contracts.fields import moment
from loyalty_shared.contracts.order_details import OrderCompleted, OrderRefunded, schema_of
from loyalty_shared.domain.errors import Fault, InvalidInput
from loyalty_shared.domain.money import Money, exponent_of, minor_units
from loyalty_shared.domain.orders import Happening, LineAmounts, Purchase, Refund, Returned

FURTHEST_AHEAD = timedelta(days=1)  # a shop's clock may be wrong by that much, not by more

_DETAILS: dict[object, type[OrderCompleted | OrderRefunded]] = {
    "OrderCompleted": OrderCompleted,
    "OrderRefunded": OrderRefunded,
}


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """A decoded event: its detail, where that stands in the document, and the envelope's time."""

    detail: OrderCompleted | OrderRefunded
    location: str
    envelope_time: datetime | None

    def happening(self, currency: str, received_at: datetime) -> Happening:
        """Give what happened as the rules want it.

        `currency` is the program's. Without a time of its own it occurred at the envelope's time,
        or else when it was received.

        Raises:
            InvalidInput: with code `invalid_event`, `invalid_amount`, `unknown_currency`,
                `currency_mismatch` or `occurred_in_the_future`.
        """
        self._check_currency(currency)
        if isinstance(self.detail, OrderCompleted):
            return self._purchase(self.detail, currency, received_at)
        return self._refund(self.detail, currency, received_at)

    def _purchase(self, detail: OrderCompleted, currency: str, received_at: datetime) -> Purchase:
        total = self._minor(detail.total_amount, currency, "totalAmount")
        extras = self._minor(detail.shipping, currency, "shipping")
        extras += self._minor(detail.tax, currency, "tax")
        if extras > total:
            raise self._fault(
                "invalid_amount", "totalAmount", "must not be less than shipping and tax together"
            )
        amounts = self._line_amounts((line.amount for line in detail.lines), currency)
        for number, line in enumerate(detail.lines):
            if line.quantity is not None and line.quantity < 0:
                reason = "must not be negative"
                raise self._fault("invalid_amount", "lines", number, "quantity", reason)
        ids = [line.line_id for line in detail.lines]
        return Purchase(
            order_id=detail.order_id,
            member_id=detail.user_id,
            transaction_id=detail.transaction_id,
            total=Money(total, currency),
            goods=Money(total - extras, currency),
            occurred_at=self._occurred_at(received_at),
            lines=_by_line(zip(ids, amounts, strict=True)),
        )

    def _refund(self, detail: OrderRefunded, currency: str, received_at: datetime) -> Refund:
        amounts = self._line_amounts((line.amount for line in detail.lines), currency)
        if detail.amount is None and not detail.lines:
            raise self._fault("invalid_event", "amount", "must be there, or lines")
        of_lines = sum(amounts)
        amount = of_lines
        if detail.amount is not None:
            amount = self._minor(detail.amount, currency, "amount")
        if amount < of_lines:
            raise self._fault("invalid_amount", "amount", "must not be less than its lines")
        ids = [line.line_id for line in detail.lines]
        lines = _by_line(zip(ids, amounts, strict=True))
        return Refund(
            order_id=detail.order_id,
            member_id=detail.user_id,
            returned=Returned(detail.refund_id, Money(amount, currency), lines),
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

    def _line_amounts(self, amounts: Iterable[Decimal], currency: str) -> list[int]:
        return [
            self._minor(amount, currency, "lines", number, "amount")
            for number, amount in enumerate(amounts)
        ]

    def _minor(self, amount: Decimal | None, currency: str, *place: str | int) -> int:
        if amount is None:
            return 0
        try:
            return minor_units(amount, currency)
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
        return OrderEvent(_validated(OrderCompleted, document, ()), "", None)
    kind = document["detail-type"]
    model = _DETAILS.get(kind) if isinstance(kind, str) else None
    if model is None:
        fault = Fault("/detail-type", f"must be {' or '.join(map(str, _DETAILS))}")
        raise InvalidInput(
            "the type of the event is not known", code="unknown_event_type", faults=(fault,)
        )
    try:
        time = document.get("time")
        time = None if time is None else moment(time)
    except ValueError as error:
        raise _invalid("invalid_event", Fault("/time", str(error))) from error
    return OrderEvent(_validated(model, document.get("detail"), ("detail",)), "/detail", time)


def event_schema() -> dict[str, Any]:
    """Give the JSON Schema of an event, whole: it refers to nothing outside itself."""
    return {
        "oneOf": [
            schema_of(OrderCompleted),
            *(_envelope_schema(str(kind), model) for kind, model in _DETAILS.items()),
        ]
    }


def _validated(
    model: type[OrderCompleted | OrderRefunded], detail: object, place: tuple[str, ...]
) -> OrderCompleted | OrderRefunded:
    try:
        return model.model_validate(detail)
    except ValidationError as error:
        faults = (
            Fault(pointer(place) + fault.location, fault.reason) for fault in faults_of(error)
        )
        raise _invalid("invalid_event", *faults) from error


def _by_line(amounts: Iterable[tuple[str | None, int]]) -> LineAmounts:
    by_line: dict[str, int] = {}
    for line_id, minor in amounts:
        if line_id is not None:
            by_line[line_id] = by_line.get(line_id, 0) + minor
    return tuple(sorted(by_line.items()))


def _invalid(code: str, *faults: Fault) -> InvalidInput:
    return InvalidInput("the event is not valid", code=code, faults=faults)


def _envelope_schema(kind: str, model: type[BaseModel]) -> dict[str, Any]:
    return {
        "title": f"EventBridge envelope of {kind}",
        "type": "object",
        "required": ["detail-type", "detail"],
        "properties": {
            "detail-type": {"const": kind},
            "time": {"type": "string", "format": "date-time"},
            "detail": schema_of(model),
        },
    }
