"""A member's history, checked entry by entry as it passes: the chain, and that it replays.

Nothing is kept of an entry but the one before, so a history may be of any length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Entry, EntryType
from loyalty_shared.domain.errors import LoyaltyError
from loyalty_shared.domain.lots import in_order_of_use
from loyalty_shared.service.encoding import decode_entry, encode_entry, first_hash, hash_of
from loyalty_shared.service.ports import MemberKey, StoredEntry
from loyalty_shared.service.verification.effects import EFFECTS
from loyalty_shared.service.verification.laws import Wrong
from loyalty_shared.service.verification.ledger_to_verify import StoredPrograms
from loyalty_shared.service.verification.report import FaultCode, LedgerFault
from loyalty_shared.service.verification.steps import Step

# What a text that was changed may raise on its way to being an entry, and in sums of what it says.
_NO_SENSE = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, LoyaltyError)


class HistoryCheck:
    """Takes a member's entries in their order, and gives what is wrong with each.

    `newest` is the last one taken, None where that could not be read; `step` is what it did, None
    where the account before it, or the program, is not known. `entries` counts them, `last_seq` is
    the number of the last. `tells_rules_in_force` says that the version in its newest entry is that
    of the rules in force ever since its first: a refund names the version of its order instead.
    """

    def __init__(self, member: MemberKey, programs: StoredPrograms) -> None:
        self.member = member
        self.entries = 0
        self.newest: Entry | None = None
        self.step: Step | None = None
        self.tells_rules_in_force = True
        self._pays_orders = False
        self._programs = programs
        self.last_seq = 0
        self._hash: str | None = first_hash(member)
        self._before: Account | None = Account()

    def take(self, stored: StoredEntry) -> list[LedgerFault]:
        """Check the next entry."""
        self.entries += 1
        found = [
            LedgerFault(code, self.member, stored.seq, detail)
            for code, detail in self._wrongs(stored)
        ]
        self.last_seq = stored.seq
        return found

    def _wrongs(self, stored: StoredEntry) -> Iterator[Wrong]:
        expected_hash, before, previous = self._hash, self._before, self.newest
        missing = stored.seq - self.last_seq - 1
        if missing:
            first = self.last_seq + 1
            which = f"entry {first}" if missing == 1 else f"entries {first} to {stored.seq - 1}"
            yield FaultCode.ENTRY_MISSING, f"{which} before it: not there"
            expected_hash = before = None
        self._hash = self._before = self.newest = self.step = None
        try:
            self._hash = hash_of(stored.body)
            entry = decode_entry(stored.body)
            again = encode_entry(entry)
        except _NO_SENSE as error:
            yield FaultCode.UNREADABLE, f"it cannot be read ({type(error).__name__})"
            return
        if again != stored.body:
            yield FaultCode.NOT_CANONICAL, "it is not written as entries are"
        if entry.seq != stored.seq:
            yield FaultCode.OUT_OF_PLACE, f"it says that it is entry {entry.seq}"
        if expected_hash is not None and entry.previous_hash != expected_hash:
            whose = "whose ledger it is" if stored.seq == 1 else "the entry before it"
            yield FaultCode.CHAIN_BROKEN, f"its hash is not that of {whose}"
        try:
            yield from self._sense_of(entry, before, previous)
        except _NO_SENSE as error:
            yield FaultCode.UNREADABLE, f"what it says makes no sense ({type(error).__name__})"

    def _sense_of(
        self, entry: Entry, before: Account | None, previous: Entry | None
    ) -> Iterator[Wrong]:
        if previous is not None:
            if entry.recorded_at < previous.recorded_at:
                yield FaultCode.OUT_OF_TIME, "it was recorded before the entry before it"
            is_same = entry.program_version == previous.program_version
            self.tells_rules_in_force = self.tells_rules_in_force and is_same
        if entry.type is EntryType.REDEEM and entry.order_id is not None:
            self._pays_orders = True
        if entry.reversal is not None and entry.type is not EntryType.EARN:
            self.tells_rules_in_force = False
        yield from _wrong_alone(entry.account)
        self.newest, self._before = entry, entry.account
        program = self._programs.of(self.member.program_id, entry.program_version)
        if program is None:
            version = entry.program_version
            yield FaultCode.PROGRAM_MISSING, f"the rules of its version {version} are not there"
        if before is None:
            return
        moved = entry.account.inside - before.inside
        if entry.points != moved:
            yield FaultCode.POINTS_DIFFER, f"it says {entry.points} points, {moved} moved"
        if program is not None:
            step = Step(self.member, program, before, entry, self._pays_orders)
            yield from _wrong_step(step)
            self.step = step


def _wrong_alone(account: Account) -> Iterator[Wrong]:
    if not account.is_conserved():
        yield FaultCode.NOT_CONSERVED, "issued points are not all somewhere"
    life = account.lifetime
    sums = (account.held, account.debt, life.earned, life.redeemed, life.expired, life.reversed)
    months = (points for _, points in account.qualification.months())
    if min(*sums, account.qualification.lifetime, *months) < 0:
        yield FaultCode.NEGATIVE, "a sum of points is below zero"
    lots = account.lots
    if any(lot.points <= 0 for lot in lots):
        yield FaultCode.NEGATIVE, "a lot has no points"
    if in_order_of_use(lots) != lots or len({lot.dates for lot in lots}) != len(lots):
        yield FaultCode.ACCOUNT_DIFFERS, "its lots are not in the order of use, each once"


def _wrong_step(step: Step) -> Iterator[Wrong]:
    effect = EFFECTS.get(step.entry.type)
    if effect is None:
        yield FaultCode.TYPE_UNKNOWN, f"nothing is known of what {step.entry.type} does"
        return
    expected = effect.account(step)
    expected = replace(expected, lots=in_order_of_use(expected.lots))
    differing = [
        each.name
        for each in fields(Account)
        if getattr(expected, each.name) != getattr(step.after, each.name)
    ]
    if differing:
        what = ", ".join(differing).replace("_", " ")
        yield FaultCode.ACCOUNT_DIFFERS, f"the account after it does not follow from it: {what}"
    for law in effect.laws:
        wrong = law(step)
        if wrong is not None:
            yield wrong
