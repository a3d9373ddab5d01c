"""A step of a history: from the account before an entry to the one after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.held import Hold
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.replay import Change
from loyalty_shared.service.ports import MemberKey
from loyalty_shared.service.transaction_ids import transaction_id


@dataclass(frozen=True, slots=True)
class Step:
    """An entry, the account before it, and the version of the program that it names.

    `pays_orders` says that points of the member paid for orders by then.
    """

    member: MemberKey
    program: Program
    before: Account
    entry: Entry
    pays_orders: bool = False

    @property
    def after(self) -> Account:
        """The account after it, as it is stored."""
        return self.entry.account

    @property
    def day(self) -> date:
        """The day on which it occurred, by the program."""
        return self.program.date_of(self.entry.occurred_at)

    @property
    def change(self) -> Change:
        """What it changed."""
        return Change(self.before, self.after)

    @property
    def transaction_id(self) -> str:
        """The public id of the entry."""
        return transaction_id(self.member, self.entry.seq, self.entry.recorded_at)

    def ended_hold(self) -> Hold | None:
        """Find the hold that it ends, None where it names none that is there."""
        wanted = self.entry.follows
        return next((hold for hold in self.before.holds if hold.hold_id == wanted), None)
