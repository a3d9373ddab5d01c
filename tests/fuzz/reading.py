"""A second reading of JSON and of events, to compare with that of the service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, NoReturn

from tests.fuzz.target import require

from loyalty_shared.domain.orders import Happening, Purchase

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
CURRENCY, CENTS = "EUR", 100
LARGEST = 10**12
_DEEPEST = 100


class NotStrict(Exception):
    """The text is no JSON, or none that says one thing only."""


def read(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Read JSON, and refuse what is ambiguous.

    Raises:
        NotStrict: where it is not to be read.
    """
    try:
        found = json.loads(
            text, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_object
        )
        if _depth(found) > _DEEPEST:
            raise NotStrict("too deep")
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise NotStrict(str(error)) from error
    return found


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def _refuse(constant: str) -> NoReturn:
    raise NotStrict(constant)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = sorted(name for name, _ in pairs)
    if any(one == other for one, other in pairwise(names)):
        raise NotStrict("a name stands twice")
    return dict(pairs)


def require_same(happening: Happening, document: Mapping[str, Any]) -> None:
    """Complain where what was understood of an event is not what it says."""
    detail = document["detail"] if "detail-type" in document else document
    require_id(happening.member_id, detail["userId"])
    require_id(happening.order_id, detail["orderId"])
    if isinstance(happening, Purchase):
        require_id(happening.transaction_id, detail["transactionId"])
        require_amount(happening.total.minor, detail["totalAmount"])
        extras = sum(_cents(detail.get(name)) for name in ("shipping", "tax"))
        require(happening.goods.minor == happening.total.minor - extras >= 0, "goods are wrong")
        lines = happening.lines
    else:
        require_id(happening.returned.refund_id, detail["refundId"])
        if detail.get("amount") is not None:
            require_amount(happening.returned.amount.minor, detail["amount"])
        lines = happening.returned.lines
    require(dict(lines) == _by_line(detail.get("lines") or []), "lines are wrong")
    require(detail.get("currency") in {None, CURRENCY}, "another currency was taken")
    _require_time(happening.occurred_at, detail.get("occurredAt") or document.get("time"))


def require_id(held: str, given: object) -> None:
    """Complain where an id is not the one that was given, or none that can be kept and shown."""
    if isinstance(given, Decimal):
        given = int(given) if given == given.to_integral_value() else given
    require(not isinstance(given, bool) and held == str(given), f"{given!r} became {held!r}")
    require(1 <= len(held) <= 128, f"an id of {len(held)} characters")
    require(bool(held.strip()) and held.isprintable(), f"an id that nobody sees: {held!r}")
    held.encode()


def require_amount(minor: int, given: object) -> None:
    """Complain where an amount is not the one that was given, to the last cent."""
    require(isinstance(given, int | Decimal) and not isinstance(given, bool), f"{given!r} is money")
    require(0 <= minor <= LARGEST * CENTS, f"an amount of {minor}")
    require(minor == _cents(given), f"{given} became {minor} cents")


def _cents(given: Any) -> Fraction:  # noqa: ANN401 - any JSON
    return Fraction(given or 0) * CENTS


def _by_line(lines: list[dict[str, Any]]) -> dict[str, Fraction]:
    by_line: dict[str, Fraction] = {}
    for line in lines:
        if line.get("lineId") is not None:
            given = line["lineId"]
            line_id = given if isinstance(given, str) else str(int(given))
            by_line[line_id] = by_line.get(line_id, Fraction(0)) + _cents(line["amount"])
    return by_line


def _require_time(held: datetime, given: str | None) -> None:
    said = datetime.fromisoformat(given) if given is not None else NOW
    require(said.tzinfo is not None and held == said, f"{given} became {held}")
    require(held.utcoffset() == timedelta(0), "a time is not in UTC")
    require(datetime(1970, 1, 1, tzinfo=UTC) <= held <= NOW + timedelta(days=1), f"time {held}")
