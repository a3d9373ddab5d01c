"""What the store has in the end, read by the simulation itself."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.simulation.shop_events import Lines
from tests.simulation.world import World

from loyalty_shared.service.archive import EntryRow
from loyalty_shared.service.ports import StoredReference


@dataclass(frozen=True)
class Refunded:
    """A refund as an order remembers it."""

    id: str
    cents: int
    lines: Lines


@dataclass(frozen=True)
class OrderBook:
    """An order as its reference remembers it; `cents` is None before it was bought."""

    member: str
    cents: int | None
    lines: Lines
    tier: str
    points: int
    seq: int
    refunds: tuple[Refunded, ...]
    refused: tuple[Refunded, ...]
    paid: tuple[str, ...]

    def has_room_for(self, cents: int, lines: Lines) -> bool:
        """Say whether one more refund gives back no more than was bought."""
        left = dict(self.lines)
        for name, amount in (line for each in self.refunds for line in each.lines):
            left[name] -= amount
        if sum(each.cents for each in self.refunds) + cents > (self.cents or 0):
            return False
        return not left or all(amount <= left.get(name, 0) for name, amount in lines)


@dataclass
class Books:
    """Entries by member, orders and the keys of commands, as texts say them."""

    entries: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    orders: dict[str, OrderBook] = field(default_factory=dict)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World) -> Books:
        """Read them."""
        books = cls()
        for row in world.store.rows():
            if isinstance(row, EntryRow):
                books.entries[row.member.member_id].append(json.loads(row.entry.body))
            elif isinstance(row, StoredReference):
                fields = json.loads(row.body)
                if row.key.kind == "order":
                    books.orders[row.key.id] = _order(fields)
                elif row.key.kind == "key":
                    books.keys[row.key.id] = fields
        return books


def kept_in_money(order: OrderBook, paid: int) -> Fraction:
    """Compute how many cents of an order were kept and paid with money, in whole cents."""
    total = order.cents or 0
    kept = total - sum(each.cents for each in order.refunds)
    by_points = min(paid, total)
    return Fraction(kept * (total - by_points) // total) if by_points else Fraction(kept)


def _order(fields: dict[str, Any]) -> OrderBook:
    return OrderBook(
        member=fields["member"],
        cents=fields.get("total"),
        lines=tuple(fields.get("lines", {}).items()),
        tier=fields.get("tier", ""),
        points=fields["points"],
        seq=fields.get("seq", 0),
        refunds=tuple(_refunded(each) for each in fields.get("refunds", ())),
        refused=tuple(_refunded(each) for each in fields.get("refused", ())),
        paid=tuple(each["transaction"] for each in fields.get("paid", ())),
    )


def _refunded(fields: dict[str, Any]) -> Refunded:
    return Refunded(fields["id"], fields["amount"], tuple(fields.get("lines", {}).items()))
