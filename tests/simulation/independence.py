"""The same events in another order, with what commands decided, come to the same points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from tests.simulation.books import Books, Refunded
from tests.simulation.commands import Command, Kind
from tests.simulation.point_checks import Payment, payments_in
from tests.simulation.shop_events import Bought, Event, GaveBack
from tests.simulation.till import Till
from tests.simulation.workload import Item
from tests.simulation.world import SimulationFailed, World

from loyalty_shared.contracts import strict_json
from loyalty_shared.contracts.events import decode_event
from loyalty_shared.domain.adjustments import Adjustment
from loyalty_shared.domain.errors import AlreadyRestored
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service.adjustments import adjust
from loyalty_shared.service.commands import Asking
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.order_events import record_happening
from loyalty_shared.service.redemptions import redeem, restore
from loyalty_shared.service.transaction_ids import transaction_id

_ENOUGH = 10_000_000  # points that are lent to everybody, so that no redemption lacks any


def check_independence(
    world: World, till: Till, items: Sequence[Item], books: Books, seed: int
) -> None:
    """Write it all anew in another order, and compare.

    With several tiers an order earns by that of its moment, so it does hang on the others. It is
    as much work as the run, so every other seed has to do.
    """
    if world.terms.has_tiers or seed % 2:
        return
    again = _Again(world, books)
    steps = [
        again.happening(item)
        for item in {item.what: item for item in items}.values()
        if not isinstance(item.what, Command) and _counts(item.what, books)
    ]
    steps += [again.payment(each) for each in payments_in(till, books)]
    steps += [
        again.adjustment(command.key, command.member, command.points)
        for key, command in till.commands.items()
        if command.kind is Kind.ADJUST and key in till.done
    ]
    Random(f"order {seed}").shuffle(steps)  # noqa: S311 - it shall be foreseen
    again.run(steps)
    found = Books.of(again.world)
    for name, order in books.orders.items():
        if order.cents is not None and found.orders[name].points != order.points:
            points = found.orders[name].points
            raise SimulationFailed(f"order {name} has {order.points}, in another order {points}")
    if not world.terms.has_days:  # else points expired at moments that are not those of now
        _compare_accounts(books, found, again.not_restored)


def _compare_accounts(books: Books, found: Books, not_restored: set[str]) -> None:
    for member, entries in books.entries.items():
        one, other = entries[-1]["account"], found.entries[member][-1]["account"]
        for account in (one, other):
            if member in not_restored:
                account["lifetime"] = _net(account["lifetime"])
        for name in ("lots", "lifetime", "qualifying"):
            if one[name] != other[name]:
                raise SimulationFailed(
                    f"{member} has {name} {one[name]}, and in another order {other[name]}"
                )


def _net(lifetime: dict[str, int]) -> dict[str, int]:
    """Take the difference of what was earned and reversed, as it is all that has to be the same.

    A payment that a refund gave back pays for the order still; one that somebody asked back does
    not. So one point may be earned and reversed more where a command was refused this time.
    """
    net = lifetime.get("earned", 0) - lifetime.get("reversed", 0)
    return {**lifetime, "earned": net, "reversed": 0}


class _Again:
    """A ledger in which it happens once more, with no trouble."""

    def __init__(self, world: World, books: Books) -> None:
        # Where points have days it is told before any has expired.
        now = 0 if world.terms.has_days else world.now
        self.world = World(world.chance, world.weather, world.terms, now=now)
        self._received_at = world.moment()
        rules, store = world.terms.file(), self.world.store
        self._ledger = Ledger(store, rules, self.world.moment, lambda _: None)
        self._members = list(books.entries)
        self.not_restored: set[str] = set()

    def run(self, steps: Sequence[Callable[[], None]]) -> None:
        for member in self._members:
            self.adjustment(f"lend {member}", member, _ENOUGH)()
        for step in steps:
            step()
        for member in self._members:
            self.adjustment(f"give back {member}", member, -_ENOUGH)()

    def happening(self, item: Item) -> Callable[[], None]:
        def step() -> None:
            assert not isinstance(item.what, Command)
            event = decode_event(strict_json.decode(item.what.body(item.publication)))
            record_happening(self._ledger, event.happening("EUR", self._received_at))

        return step

    def payment(self, payment: Payment) -> Callable[[], None]:
        command = payment.command

        def step() -> None:
            asking = Asking(command.member, command.key, None)
            done = redeem(self._ledger, asking, Redemption(command.points, payment.order))
            if payment.is_restored:
                member = self._ledger.member_key(command.member)
                id_ = transaction_id(member, done.entry.seq, done.entry.recorded_at)
                asking = Asking(command.member, f"back {command.key}", None)
                try:
                    restore(self._ledger, asking, id_)
                except AlreadyRestored:  # refunds of its order have given back all of it before
                    self.not_restored.add(command.member)

        return step

    def adjustment(self, key: str, member: str, points: int) -> Callable[[], None]:
        asking, adjustment = Asking(member, key, None), Adjustment(points, "by hand")

        def step() -> None:
            adjust(self._ledger, asking, adjustment)

        return step


def _counts(event: Event, books: Books) -> bool:
    """Say whether an event took effect in the end."""
    if not isinstance(event, Bought | GaveBack):
        return False
    order = books.orders[event.order]
    if order.member != event.member:
        return False
    if isinstance(event, Bought):
        return order.cents == event.cents
    return Refunded(event.refund, event.cents, event.lines) in order.refunds
