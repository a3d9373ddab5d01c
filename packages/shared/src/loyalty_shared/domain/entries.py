"""Entries: the immutable lines of a member's ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.earning import Earning
from loyalty_shared.domain.lots import Lot, Lots
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Order


class EntryType(StrEnum):
    """What an entry says happened to a member's points."""

    EARN = "EARN"
    REVERSE = "REVERSE"  # taken back after a refund
    ACTIVATE = "ACTIVATE"  # from now on they can be used
    EXPIRE = "EXPIRE"
    TIER = "TIER"  # time alone changed the tier
    REDEEM = "REDEEM"
    RESTORE = "RESTORE"  # spent points, given back
    CORRECT = "CORRECT"  # what an order earns, since points pay for a part of it, or no longer do
    HOLD = "HOLD"  # set aside for a time
    RELEASE = "RELEASE"  # no longer set aside
    LAPSE = "LAPSE"  # the time of a hold was over
    ADJUST = "ADJUST"  # given or taken by hand
    REQUEST = "REQUEST"  # an adjustment that waits for a second person
    DECLINE = "DECLINE"  # it does not take place
    MERGE = "MERGE"  # all of it became another member's, or another's became this one's
    UNMERGE = "UNMERGE"  # that was undone
    ERASE = "ERASE"  # the last entry of a member who is about to be forgotten


@dataclass(frozen=True, slots=True)
class Reversal:
    """What refunds did to the points of their order, or what points did that pay for it.

    `refunded` is what these refunds gave back together. `before` is what the order had earned,
    `kept` what the part earns that was kept and paid with money, None while the order has not
    arrived. Of the difference, the points `expired` were gone already, and `forgiven` ones were
    spent and are not asked for.
    """

    refund_ids: tuple[str, ...]
    refunded: Money
    before: int = 0
    kept: Earning | None = None
    expired: Lot | None = None
    forgiven: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """What a rule decided: an entry that has no place in the chain yet, and what it binds.

    `points` is signed. `earning` says how they came about, where a purchase earned them, and
    `reversal` what refunds made of that. `value` is what spent points pay, `taken` the lots that
    they came from, `requested` how many a second person is asked for, and `note` what whoever asked
    for it says. `follows` is the id of the transaction that it ends or undoes. `other` is the
    second member of a merge, and `came_as` the id that it counts under, None for the one under
    which it came. `orders` are the orders to remember from now on, as they are after it. What it
    brings about at once comes `then`, in the same write.
    """

    type: EntryType
    points: int
    occurred_at: datetime
    program_version: str
    account: Account
    order_id: str | None = None
    earning: Earning | None = None
    reversal: Reversal | None = None
    value: Money | None = None
    taken: Lots = ()
    requested: int = 0
    note: str | None = None
    follows: str | None = None
    other: str | None = None
    came_as: str | None = None
    orders: tuple[Order, ...] = ()
    then: Draft | None = None

    def with_all_that_follows(self) -> tuple[Draft, ...]:
        """List it and what comes then, in the order in which they are written."""
        return (self, *(self.then.with_all_that_follows() if self.then else ()))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what happened, the account after it, and its place in the chain.

    `seq` counts from 1 without a gap. `occurred_at` is the shop's time, `recorded_at` ours.
    `previous_hash` is the SHA-256 of the entry before, in hexadecimal; before entry 1, that of
    whose ledger it is. `actor` is who asked for it, where somebody did and had to say who.
    `came_as` is the id under which it came, or what it is about, where that is of a member merged
    into this one. `claims` are the references that a command took with it, such as `key:A-17`.
    """

    seq: int
    type: EntryType
    points: int
    occurred_at: datetime
    recorded_at: datetime
    program_version: str
    account: Account
    previous_hash: str
    order_id: str | None = None
    earning: Earning | None = None
    reversal: Reversal | None = None
    value: Money | None = None
    taken: Lots = ()
    requested: int = 0
    note: str | None = None
    follows: str | None = None
    other: str | None = None
    came_as: str | None = None
    actor: str | None = None
    claims: tuple[str, ...] = ()
