"""The points of every order and member, computed by fractions, with none of the domain."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from tests.simulation.books import Books, OrderBook, kept_in_money
from tests.simulation.commands import Command, Kind
from tests.simulation.terms import Terms
from tests.simulation.till import Till
from tests.simulation.world import SimulationFailed


@dataclass(frozen=True)
class Payment:
    """Points that were spent; `is_restored` where somebody asked for all of them back."""

    command: Command
    order: str | None
    is_restored: bool


def payments_in(till: Till, books: Books) -> list[Payment]:
    """List what was spent, with the order that it pays for in the end."""
    restored = {
        command.of
        for key, command in till.commands.items()
        if command.kind is Kind.RESTORE and key in till.done
    }
    payments = []
    for key, command in till.commands.items():
        if command.kind in (Kind.REDEEM, Kind.CAPTURE) and key in till.done:
            order = books.orders.get(command.order or "")
            # Of an order that turned out to be another's, a payment pays for nothing.
            pays = order is not None and order.member == command.member
            payments.append(Payment(command, command.order if pays else None, key in restored))
    return payments


def check_points(terms: Terms, till: Till, books: Books) -> None:
    """Compare the ledger's points with what the rules say."""
    payments = payments_in(till, books)
    paid: dict[str, int] = defaultdict(int)
    for payment in payments:
        if payment.order is not None and not payment.is_restored:
            paid[payment.order] += payment.command.points  # a point is a cent
    earned: dict[str, int] = defaultdict(int)
    for name, order in books.orders.items():
        expected = _points_of(terms, order, paid[name])
        if order.points != expected:
            raise SimulationFailed(f"order {name} has {order.points} points, not {expected}")
        earned[order.member] += expected
    redeemed: dict[str, int] = defaultdict(int)
    for payment in payments:
        redeemed[payment.command.member] += _spent_in_the_end(payment, books)
    for member, entries in books.entries.items():
        adjusted = sum(
            command.points
            for key, command in till.commands.items()
            if (command.kind, command.member) == (Kind.ADJUST, member) and key in till.done
        )
        _check_member(member, entries[-1]["account"], earned[member], redeemed[member], adjusted)


def _points_of(terms: Terms, order: OrderBook, paid: int) -> int:
    if order.cents is None:
        return 0
    if sum(each.cents for each in order.refunds) > order.cents:
        raise SimulationFailed(f"{order} gave back more than it cost")
    return terms.points(kept_in_money(order, paid), order.tier)


def _spent_in_the_end(payment: Payment, books: Books) -> int:
    points = payment.command.points
    if payment.is_restored:
        return 0
    order = books.orders.get(payment.order or "")
    if order is None or not order.cents:
        return points
    return points - points * sum(each.cents for each in order.refunds) // order.cents


def _check_member(
    member: str, account: dict[str, object], earned: int, redeemed: int, adjusted: int
) -> None:
    lifetime = account["lifetime"]
    assert isinstance(lifetime, dict)
    found = (
        lifetime.get("earned", 0) - lifetime.get("reversed", 0),
        lifetime.get("redeemed", 0),
        lifetime.get("adjusted", 0),
    )
    if found != (earned, redeemed, adjusted):
        raise SimulationFailed(
            f"{member} earned, spent and was given {found}, not {(earned, redeemed, adjusted)}"
        )
    lots = account["lots"]
    assert isinstance(lots, list)
    inside = sum(lot[0] for lot in lots) - account.get("debt", 0)
    if inside != earned + adjusted - redeemed - lifetime.get("expired", 0):
        raise SimulationFailed(f"{member} has {inside} points, which are not all there should be")
