"""Entries: the immutable lines of a member's ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.earning import Earning
from loyalty_shared.domain.orders import Order


class EntryType(StrEnum):
    """What an entry says happened to a member's points."""

    EARN = "EARN"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a rule decided: an entry that has no place in the chain yet, and what it binds.

    `points` is signed. `earning` says how they came about, where a purchase earned them. `orders`
    are the orders to remember from now on, as they are after it. `due_on` are the dates on which
    time alone will change the member, where this entry is the first to need them.
    """

    type: EntryType
    points: int
    occurred_at: datetime
    program_version: str
    account: Account
    order_id: str | None = None
    earning: Earning | None = None
    orders: tuple[Order, ...] = ()
    due_on: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what happened, the account after it, and its place in the chain.

    `seq` counts from 1 without a gap. `occurred_at` is the shop's time, `recorded_at` ours.
    `previous_hash` is the SHA-256 of the entry before, in hexadecimal; before entry 1, that of
    whose ledger it is.
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
