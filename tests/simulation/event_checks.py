"""Every event took effect exactly once, or is a dead letter with a reason that is true."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from tests.simulation.books import Books, OrderBook, Refunded
from tests.simulation.commands import Command
from tests.simulation.shop_events import Bought, Event, Garbage, GaveBack
from tests.simulation.sqs import Letter
from tests.simulation.workload import Item
from tests.simulation.world import SimulationFailed


def check_events(items: Sequence[Item], letters: Sequence[Letter], books: Books) -> None:
    """Look for each event in the ledger and among the dead letters."""
    _EventCheck(items, letters, books).run()


class _EventCheck:
    def __init__(self, items: Sequence[Item], letters: Sequence[Letter], books: Books) -> None:
        self._books = books
        self._codes: dict[Event, list[str | None]] = defaultdict(list)
        self._events: dict[Event, None] = {}
        self._members: dict[str, set[str]] = defaultdict(set)
        by_body: dict[str, Event] = {}
        for item in items:
            if isinstance(item.what, Command):
                # Who pays for an order that nobody bought yet has it, for the time being.
                self._members[item.what.order or ""].add(item.what.member)
            else:
                self._events[item.what] = None
                by_body[item.what.body(item.publication)] = item.what
                if not isinstance(item.what, Garbage):
                    self._members[item.what.order].add(item.what.member)
        for letter in letters:
            self._codes[by_body[letter.body]].append(letter.code)
        self._earned = Counter(_orders_of(books, "EARN"))
        self._reversed = Counter(
            (member, entry["order"], refund)
            for member, entries in books.entries.items()
            for entry in entries
            if entry["type"] == "REVERSE"
            for refund in entry["reversal"]["refunds"]
        )

    def run(self) -> None:
        for event in self._events:
            if isinstance(event, Garbage):
                self._require(set(self._codes[event]) == {event.code}, event, "is no dead letter")
                continue
            order = self._books.orders.get(event.order)
            self._require(None not in self._codes[event], event, "is dead, and nobody says why")
            if isinstance(event, Bought):
                self._check_bought(event, order)
            else:
                self._check_gave_back(event, order)
        for name, order in self._books.orders.items():
            if order.cents is not None:
                bought = Bought(order.member, name, order.cents, order.lines, 0)
                self._require(name in self._members, bought, "was bought by nobody")
                self._require(self._earned[order.member, name] == 1, bought, "did not earn once")
        for (member, name), count in self._earned.items():
            if count > 1 or self._books.orders[name].member != member:
                raise SimulationFailed(f"order {name} earned {count} times for {member}")

    def _check_bought(self, event: Bought, order: OrderBook | None) -> None:
        codes = set(self._codes[event])
        self._require(order is not None and order.cents is not None, event, "was lost")
        assert order is not None
        if (order.member, order.cents) == (event.member, event.cents):
            self._require(not codes, event, f"counts, and is a dead letter with {codes}")
            return
        is_of_another = order.member != event.member
        expected = "order_of_another_member" if is_of_another else "order_differs"
        self._require(codes == {expected}, event, f"does not count, and has {codes}")

    def _check_gave_back(self, event: GaveBack, order: OrderBook | None) -> None:
        self._require(order is not None, event, "was lost")
        assert order is not None
        codes = self._codes[event]
        is_contested = len(self._members[event.order]) > 1
        is_mine = order.member == event.member
        returned = Refunded(event.refund, event.cents, event.lines)
        count = self._reversed[event.member, event.order, event.refund]
        if is_mine and returned in order.refunds:
            self._require(count == 1, event, f"has {count} entries")
            self._require(is_contested or not codes, event, f"counts, and is dead with {codes}")
        elif is_mine and returned in order.refused:
            self._require(not order.has_room_for(event.cents, event.lines), event, "would fit")
        elif codes:
            for code in codes:
                self._require(self._is_true(code, event, order), event, f"is dead with {code}")
        else:
            waited = is_contested and not is_mine and count == 1
            self._require(waited, event, "was lost")

    def _is_true(self, code: str | None, event: GaveBack, order: OrderBook) -> bool:
        if code == "order_of_another_member":
            return len(self._members[event.order]) > 1
        if code == "refund_differs":
            return any(each.id == event.refund for each in (*order.refunds, *order.refused))
        is_bought = code == "refund_exceeds_order" and order.cents is not None
        return is_bought and not order.has_room_for(event.cents, event.lines)

    def _require(self, is_true: bool, event: Event, complaint: str) -> None:  # noqa: FBT001 - a claim
        if not is_true:
            raise SimulationFailed(f"{event} {complaint}")


def _orders_of(books: Books, type_: str) -> Iterable[tuple[str, str]]:
    for member, entries in books.entries.items():
        for entry in entries:
            if entry["type"] == type_:
                yield member, entry["order"]
