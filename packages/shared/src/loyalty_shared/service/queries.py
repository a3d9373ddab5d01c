"""What can be asked of the ledger. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.errors import (
    LedgerDamaged,
    MemberNotFound,
    OrderNotFound,
    TransactionNotFound,
)
from loyalty_shared.domain.orders import Order
from loyalty_shared.service.encoding import decode_entry, decode_order
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import StoredEntry
from loyalty_shared.service.transaction_ids import seq_in, transaction_id


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """A member's account after entry `seq`, to be looked at as of a moment."""

    member_id: str
    account: Account
    seq: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Transaction:
    """An entry as it is shown: with its public id, and what was available after it."""

    transaction_id: str
    entry: Entry
    available: int


@dataclass(frozen=True, slots=True)
class History:
    """A page of transactions, newest first; `next_before` asks for the page after it."""

    transactions: tuple[Transaction, ...]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order, and the public id of the entry that it earned with."""

    order: Order
    transaction_id: str


def balance(ledger: Ledger, member_id: str) -> int:
    """Say how many points a member can use now; an unknown member has none."""
    newest = ledger.store.newest_entry(ledger.member_key(member_id), consistent=False)
    if newest is None:
        return 0
    today = ledger.program.date_of(ledger.clock())
    return decode_entry(newest.body).account.points_on(today).available


def account(ledger: Ledger, member_id: str) -> AccountStatement:
    """Give a member's account as of now.

    Raises:
        MemberNotFound: when the ledger has no entry of the member.
    """
    newest = ledger.store.newest_entry(ledger.member_key(member_id), consistent=False)
    if newest is None:
        raise no_member()
    return AccountStatement(
        member_id, decode_entry(newest.body).account, newest.seq, ledger.clock()
    )


def history(ledger: Ledger, member_id: str, *, before: int | None, limit: int) -> History:
    """Give a member's transactions numbered below `before` (None: all), newest first.

    Raises:
        MemberNotFound: when the ledger has no entry of the member.
    """
    key = ledger.member_key(member_id)
    beyond_any = 10**12  # one more digit than a stored number can have
    stored = ledger.store.entries_before(key, beyond_any if before is None else before, limit)
    if not stored and ledger.store.newest_entry(key) is None:
        raise no_member()
    last = stored[-1].seq if stored else 1
    return History(
        tuple(_transaction(ledger, member_id, each) for each in stored),
        last if last > 1 else None,
    )


def transaction(ledger: Ledger, member_id: str, wanted_id: str) -> Transaction:
    """Give one transaction of a member.

    Raises:
        TransactionNotFound: when the member has none of that id.
    """
    seq = seq_in(wanted_id)
    stored = ledger.store.entry(ledger.member_key(member_id), seq) if seq else None
    found = _transaction(ledger, member_id, stored) if stored else None
    if found is None or found.transaction_id != wanted_id.lower():
        raise no_transaction()
    return found


def order(ledger: Ledger, order_id: str) -> FoundOrder:
    """Give an order as the ledger remembers it.

    Raises:
        OrderNotFound: when no event of the order took effect.
    """
    stored = ledger.store.reference(ledger.order_key(order_id))
    if stored is None:
        raise no_order()
    found = decode_order(order_id, stored.body)
    entry = ledger.store.entry(ledger.member_key(found.member_id), found.seq)
    if entry is None:
        raise LedgerDamaged(f"order {order_id} names entry {found.seq}, which is not there")
    return FoundOrder(found, _transaction(ledger, found.member_id, entry).transaction_id)


def no_member() -> MemberNotFound:
    """Make the error for a member of whom the ledger has no entry."""
    return MemberNotFound("the ledger has no entry of that member")


def no_transaction() -> TransactionNotFound:
    """Make the error for a transaction that the member does not have."""
    return TransactionNotFound("the member has no transaction of that id")


def no_order() -> OrderNotFound:
    """Make the error for an order of which no event took effect."""
    return OrderNotFound("no event of that order took effect")


def _transaction(ledger: Ledger, member_id: str, stored: StoredEntry) -> Transaction:
    entry = decode_entry(stored.body)
    recorded_on = ledger.program.date_of(entry.recorded_at)
    return Transaction(
        transaction_id(ledger.member_key(member_id), entry.seq, entry.recorded_at),
        entry,
        entry.account.points_on(recorded_on).available,
    )
