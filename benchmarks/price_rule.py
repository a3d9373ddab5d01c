"""What DynamoDB counts for a request, by its documented rules, from the items that it touches.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_READ_BYTES, _WRITE_BYTES = 4_096, 1_024
_IN_A_TRANSACTION = 2  # prepare and commit
_INDEX_KEYS = {"tierKey", "memberId"}

Item = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Units:
    """Request units, and how many requests they were."""

    read: float = 0.0
    written: float = 0.0
    requests: int = 0

    def __add__(self, other: Units) -> Units:
        return Units(
            self.read + other.read, self.written + other.written, self.requests + other.requests
        )


def item_bytes(item: Item) -> int:
    """Size an item: its names and its values. Only texts and numbers are known here."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def units_of(operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> Units:
    """Count the units of one request; one whose condition fails costs what it would have written.

    Raises:
        ValueError: when nothing is known of such an operation.
    """
    match operation:
        case "Query":
            return Units(_read(answer.get("Items", []), request), 0, 1)
        case "GetItem":
            found = answer.get("Item")
            return Units(_read([found] if found else [], request), 0, 1)
        case "PutItem":
            return Units(0, _written(request["Item"]) + _indexed(request["Item"]), 1)
        case "TransactWriteItems":
            items = [each["Put"]["Item"] for each in request["TransactItems"]]
            units = sum(_IN_A_TRANSACTION * _written(each) + _indexed(each) for each in items)
            return Units(0, units, 1)
        case _:
            raise ValueError(f"no rule for {operation}")


def _read(items: Sequence[Item], request: Mapping[str, Any]) -> float:
    # A query is rounded up once, over all its items; nothing found costs the least there is.
    units = max(1, math.ceil(sum(map(item_bytes, items)) / _READ_BYTES))
    return float(units if request.get("ConsistentRead") else units / 2)


def _written(item: Item) -> int:
    return math.ceil(item_bytes(item) / _WRITE_BYTES)


def _indexed(item: Item) -> int:
    # A new place in the index. Where it leaves another one, that is a unit more, not known here.
    return 1 if item.keys() >= _INDEX_KEYS else 0


def _value_bytes(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        digits = len(content.lstrip("-").replace(".", "").strip("0"))
        return math.ceil(digits / 2) + 1
    raise ValueError(f"no rule for a value of type {kind}")
