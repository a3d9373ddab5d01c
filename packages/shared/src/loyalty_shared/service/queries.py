"""What can be asked of the ledger. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Entry, EntryType
from loyalty_shared.domain.errors import (
    Fault,
    InvalidInput,
    LedgerDamaged,
    MemberNotFound,
    OrderNotFound,
    TransactionNotFound,
)
from loyalty_shared.domain.orders import Order
from loyalty_shared.domain.replay import Change
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.entries import newest_account, newest_of
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.order_encoding import decode_order
from loyalty_shared.service.ports import TierMember
from loyalty_shared.service.transaction_ids import seq_in, transaction_id


@dataclass(frozen=True, slots=True)
class Transaction:
    """An entry as it is shown: with its public id, what it changed, and what was available then.

    `member_id` is in whose ledger it is.
    """

    member_id: str
    transaction_id: str
    entry: Entry
    change: Change
    available: int


@dataclass(frozen=True, slots=True)
class History:
    """A page of transactions, newest first; `next_before` asks for the page after it."""

    transactions: tuple[Transaction, ...]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order, and the public id of the entry that it earned with, None where it has not."""

    order: Order
    transaction_id: str | None


@dataclass(frozen=True, slots=True)
class MembersInTier:
    """A page of the members of a tier, by id; `next_after` asks for the page after it."""

    members: Sequence[TierMember]
    next_after: str | None


def balance(ledger: Ledger, member_id: str) -> int:
    """Say how many points a member can use now; an unknown member has none."""
    now = ledger.clock()
    account = account_followed(ledger, member_id, consistent=False).at(now)
    return account.available_on(ledger.program.date_of(now))


def account_followed(ledger: Ledger, member_id: str, *, consistent: bool) -> Account:
    """Give the account of a member, or of whom it is merged into; an unknown one has nothing."""
    account = newest_account(ledger, member_id, consistent=consistent)
    while account and account.merged_into is not None:
        account = newest_account(ledger, account.merged_into, consistent=consistent)
    return account or Account()


def members_in_tier(ledger: Ledger, tier: str, *, after: str | None, limit: int) -> MembersInTier:
    """List members of a tier, as of their newest entry or settle, by id.

    Raises:
        InvalidInput: with code `unknown_tier`, when the program has no such tier.
    """
    names = [level.name for level in ledger.program.tiers.levels]
    if tier not in names:
        fault = Fault("query/tier", f"must be one of {', '.join(names)}")
        raise InvalidInput("the program has no such tier", code="unknown_tier", faults=(fault,))
    # One more than asked for says whether there is a page after this one.
    found = ledger.store.members_in_tier(ledger.program.id, tier, after, limit + 1)
    page = found[:limit]
    return MembersInTier(page, page[-1].member_id if len(found) > limit else None)


def history(ledger: Ledger, member_id: str, *, before: int | None, limit: int) -> History:
    """Give a member's transactions numbered below `before` (None: all), newest first.

    Raises:
        MemberNotFound: when the ledger has no entry of the member.
    """
    key = ledger.member_key(member_id)
    beyond_any = 10**12  # one more digit than a stored number can have
    # One more than asked for: what an entry changed shows beside the one before it.
    stored = ledger.store.entries_before(key, beyond_any if before is None else before, limit + 1)
    if not stored and ledger.store.newest_entry(key) is None:
        raise no_member()
    entries = [decode_entry(each.body) for each in stored]
    accounts = [entry.account for entry in entries[1:]]
    if len(entries) <= limit:
        accounts.append(Account())  # before entry 1
    shown = entries[:limit]
    last = shown[-1].seq if shown else 1
    return History(
        tuple(
            _transaction(ledger, member_id, entry, account)
            for entry, account in zip(shown, accounts, strict=False)
        ),
        last if last > 1 else None,
    )


def transaction(ledger: Ledger, member_id: str, wanted_id: str) -> Transaction:
    """Give one transaction of a member.

    Raises:
        TransactionNotFound: when the member has none of that id.
    """
    seq = seq_in(wanted_id)
    key = ledger.member_key(member_id)
    # With the one before it, beside which it shows what it changed.
    stored = ledger.store.entries_before(key, seq + 1, 2) if seq else ()
    entries = [decode_entry(each.body) for each in stored]
    if not entries or entries[0].seq != seq:
        raise no_transaction()
    before = entries[1].account if len(entries) > 1 else Account()
    found = _transaction(ledger, member_id, entries[0], before)
    if found.transaction_id != wanted_id.lower():
        raise no_transaction()
    return found


def anywhere(ledger: Ledger, member_id: str, wanted_id: str) -> Transaction:
    """Give a transaction of a member, also one from before a merge, under any id of it.

    Raises:
        TransactionNotFound: when none of these has one of that id.
    """
    looked_at: list[str] = []
    waiting = [member_id]
    while waiting:
        each = waiting.pop(0)
        looked_at.append(each)
        with suppress(TransactionNotFound):
            return transaction(ledger, each, wanted_id)
        newest = newest_of(ledger, each)
        others = (*newest.account.merged, newest.account.merged_into) if newest else ()
        waiting += [id_ for id_ in others if id_ and id_ not in looked_at and id_ not in waiting]
    raise no_transaction()


def explained(ledger: Ledger, member_id: str, entry: Entry) -> Transaction:
    """Give an entry as a transaction, with what it changed."""
    stored = ledger.store.entry(ledger.member_key(member_id), entry.seq - 1)
    before = decode_entry(stored.body).account if stored else Account()
    return _transaction(ledger, member_id, entry, before)


def order(ledger: Ledger, order_id: str) -> FoundOrder:
    """Give an order as the ledger remembers it.

    Raises:
        OrderNotFound: when no event of the order took effect.
    """
    stored = ledger.store.reference(ledger.order_key(order_id))
    if stored is None:
        raise no_order()
    found = decode_order(order_id, stored.body)
    if found.bought is None:
        return FoundOrder(found, None)
    key = ledger.member_key(found.bought.entered_for or found.member_id)
    seq = found.bought.seq
    stored_entry = ledger.store.entry(key, seq)
    entry = decode_entry(stored_entry.body) if stored_entry else None
    if entry is None or (entry.type, entry.order_id) != (EntryType.EARN, order_id):
        if found.bought.entered_for is not None:
            return FoundOrder(found, None)  # of who was parted from one who is forgotten
        raise LedgerDamaged(f"order {order_id} names entry {seq}, which is not its own")
    return FoundOrder(found, transaction_id(key, seq, entry.recorded_at))


def no_member() -> MemberNotFound:
    """Make the error for a member of whom the ledger has no entry."""
    return MemberNotFound("the ledger has no entry of that member")


def no_transaction() -> TransactionNotFound:
    """Make the error for a transaction that the member does not have."""
    return TransactionNotFound("the member has no transaction of that id")


def no_order() -> OrderNotFound:
    """Make the error for an order of which no event took effect."""
    return OrderNotFound("no event of that order took effect")


def _transaction(ledger: Ledger, member_id: str, entry: Entry, before: Account) -> Transaction:
    recorded_on = ledger.program.date_of(entry.recorded_at)
    return Transaction(
        member_id,
        transaction_id(ledger.member_key(member_id), entry.seq, entry.recorded_at),
        entry,
        Change(before, entry.account),
        entry.account.at(entry.recorded_at).available_on(recorded_on),
    )
