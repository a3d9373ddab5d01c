"""Orders: what the shop says happened to them, and what the ledger remembers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from loyalty_shared.domain.errors import OrderOfAnotherMember
from loyalty_shared.domain.lots import Lots
from loyalty_shared.domain.money import Money

LineAmounts = tuple[tuple[str, int], ...]
"""What was paid for lines, or given back for them: the id of each, once, and its minor units."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A completed order. `goods` is the total without shipping and tax.

    `lines` are those that have an id, so that a refund can name them.
    """

    order_id: str
    member_id: str
    transaction_id: str
    total: Money
    goods: Money
    occurred_at: datetime
    lines: LineAmounts = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """What one refund gives back: `amount` in all, and what of it is for which lines."""

    refund_id: str
    amount: Money
    lines: LineAmounts = ()

    @property
    def goods(self) -> int:
        """Minor units that are for goods: the lines where it names some, else all of it."""
        return sum(minor for _, minor in self.lines) if self.lines else self.amount.minor


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund of an order, or of a part of it."""

    order_id: str
    member_id: str
    returned: Returned
    occurred_at: datetime


Happening = Purchase | Refund


@dataclass(frozen=True, slots=True)
class Bought:
    """What was bought, and what it earned under: enough to compute it again at any time.

    `earned` is what the whole of it earned, `seq` the entry that says so: in the ledger of the
    order's member, or of `entered_for`, into whom that one was merged.
    """

    transaction_id: str
    total: Money
    goods: Money
    lines: LineAmounts
    occurred_at: datetime
    program_version: str
    tier: str
    earned: int
    seq: int
    entered_for: str | None = None

    def is_of(self, purchase: Purchase) -> bool:
        """Say whether a purchase that arrives is this one once more."""
        return (self.total, self.goods) == (purchase.total, purchase.goods)


@dataclass(frozen=True, slots=True)
class Paid:
    """Points that pay for a part of an order: a redemption, its lots, and what they are worth.

    `spent_by` is the id under which they were spent.
    """

    transaction_id: str
    spent_by: str
    taken: Lots
    value: Money

    @property
    def points(self) -> int:
        """How many points pay."""
        return sum(lot.points for lot in self.taken)


@dataclass(frozen=True, slots=True)
class Order:
    """What an order's reference holds.

    `bought` is None while its purchase has not arrived. `points` is what it earns now, after its
    `refunds`; `refused` are refunds that waited for it and were more than it had left. `paid` are
    the redemptions that pay for it, none of them given back as a whole.
    """

    order_id: str
    member_id: str
    bought: Bought | None
    points: int
    refunds: tuple[Returned, ...] = ()
    refused: tuple[Returned, ...] = ()
    paid: tuple[Paid, ...] = ()

    def payment(self, transaction_id: str) -> Paid | None:
        """Find what a redemption pays."""
        return next((each for each in self.paid if each.transaction_id == transaction_id), None)

    def without(self, payment: Paid) -> Order:
        """Forget that a redemption pays."""
        return replace(self, paid=tuple(each for each in self.paid if each != payment))

    def refund(self, refund_id: str) -> Returned | None:
        """Find a refund that was recorded, whether it counted or not."""
        recorded = (*self.refunds, *self.refused)
        return next((each for each in recorded if each.refund_id == refund_id), None)

    def with_refund(self, returned: Returned) -> Order:
        """Remember one more refund."""
        return replace(self, refunds=(*self.refunds, returned))


@dataclass(frozen=True, slots=True)
class AlreadyRecorded:
    """It took effect before: nothing is left to write."""

    order: Order


def require_same_member(known: Order, *member_ids: str) -> None:
    """See to it that an order stays with its member, who may have several ids.

    Raises:
        OrderOfAnotherMember: when it was recorded for another one.
    """
    if known.member_id not in member_ids:
        raise OrderOfAnotherMember(f"order {known.order_id} belongs to another member")


@dataclass(frozen=True, slots=True)
class Kept:
    """The part of an order that was not given back."""

    total: Money
    goods: Money


def kept_of(bought: Bought, refunds: tuple[Returned, ...]) -> Kept:
    """Give the part of a purchase that its refunds leave.

    A refund that names no lines is taken for goods first, and for shipping and tax once no goods
    are left. So the order in which refunds come makes no difference.
    """
    total = bought.total.minor - sum(each.amount.minor for each in refunds)
    goods = bought.goods.minor - sum(each.goods for each in refunds)
    currency = bought.total.currency
    return Kept(Money(total, currency), Money(max(min(goods, total), 0), currency))


def what_is_too_much(
    bought: Bought, refunds: tuple[Returned, ...], returned: Returned
) -> str | None:
    """Say what a further refund takes too much of, None where all of it is left to give back."""
    left = kept_of(bought, refunds).total
    if returned.amount.currency != left.currency:
        return f"{returned.amount.currency}, and the order is in {left.currency}"
    if returned.amount.minor > left.minor:
        return f"{returned.amount} {left.currency}, and {left} of the order is left"
    # An order that came without the ids of its lines can't tell them apart.
    if not bought.lines:
        return None
    left_of = dict(bought.lines)
    for line_id, minor in (line for each in refunds for line in each.lines):
        left_of[line_id] -= minor
    for line_id, minor in returned.lines:
        if line_id not in left_of:
            return f"line {line_id}, which the order does not have"
        if minor > left_of[line_id]:
            line, rest = Money(minor, left.currency), Money(left_of[line_id], left.currency)
            return f"{line} {left.currency} for line {line_id}, of which {rest} is left"
    return None
