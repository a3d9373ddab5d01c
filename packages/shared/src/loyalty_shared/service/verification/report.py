"""What a verification found: how much was looked at, what it adds up to, and each fault as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.erasing import Forgotten
from loyalty_shared.service.ports import MemberKey

MOST_FAULTS_KEPT = 1_000  # the others are counted: a ledger may be damaged from end to end


class FaultCode(StrEnum):
    """What can be wrong with a ledger; docs/Operations.md says what each means."""

    UNREADABLE = "unreadable"
    NOT_CANONICAL = "not_canonical"
    CHAIN_BROKEN = "chain_broken"
    ENTRY_MISSING = "entry_missing"
    OUT_OF_PLACE = "out_of_place"
    OUT_OF_TIME = "out_of_time"
    NOT_CONSERVED = "not_conserved"
    NEGATIVE = "negative"
    POINTS_DIFFER = "points_differ"
    ARITHMETIC_DIFFERS = "arithmetic_differs"
    ACCOUNT_DIFFERS = "account_differs"
    TYPE_UNKNOWN = "type_unknown"
    PROGRAM_MISSING = "program_missing"
    PROGRAM_DIFFERS = "program_differs"
    REFERENCE_MISSING = "reference_missing"
    REFERENCE_DIFFERS = "reference_differs"
    ORDER_DOUBLED = "order_doubled"
    RECORD_DIFFERS = "record_differs"
    DUE_MISSING = "due_missing"
    STORE_DAMAGED = "store_damaged"
    COMMITS_LOST = "commits_lost"


@dataclass(frozen=True, slots=True)
class LedgerFault:
    """One thing that contradicts another; `member` and `seq` are None where it is nobody's."""

    code: FaultCode
    member: MemberKey | None
    seq: int | None
    detail: str


@dataclass(slots=True)
class Totals:
    """Points of all members of a program together, as of a day.

    `expired` has those whose entry is not written yet. Members who were forgotten count too, by the
    record that is left of each; `erased` is what they had, less what they owed.
    """

    issued: int = 0
    available: int = 0
    pending: int = 0
    held: int = 0
    redeemed: int = 0
    expired: int = 0
    reversed: int = 0
    debt: int = 0
    erased: int = 0

    def add_forgotten(self, forgotten: Forgotten) -> None:
        """Count a member who was forgotten."""
        life = forgotten.lifetime
        self.issued += life.earned + life.adjusted
        self.redeemed += life.redeemed
        self.expired += life.expired
        self.reversed += life.reversed
        self.erased += forgotten.points

    def add(self, account: Account, today: date) -> None:
        """Count an account."""
        life, points = account.lifetime, account.points_on(today)
        self.issued += life.earned + life.adjusted
        self.available += points.available
        self.pending += points.pending
        self.held += account.held
        self.redeemed += life.redeemed
        self.expired += life.expired + points.expired
        self.reversed += life.reversed
        self.debt += account.debt

    def add_up(self) -> bool:
        """Check that every point issued is somewhere."""
        inside = self.available + self.pending + self.held - self.debt
        gone = self.redeemed + self.expired + self.reversed + self.erased
        return self.issued == inside + gone


@dataclass(slots=True)
class Report:
    """What was looked at, and what is wrong; `totals` are by the program's id.

    Of many faults the first are in `faults`; `fault_count` counts all.
    """

    members: int = 0
    entries: int = 0
    references: int = 0
    totals: dict[str, Totals] = field(default_factory=dict)
    faults: list[LedgerFault] = field(default_factory=list)
    fault_count: int = 0

    def found(self, fault: LedgerFault) -> None:
        """Take a fault in."""
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS_KEPT:
            self.faults.append(fault)

    def count(self, program_id: str, account: Account, today: date) -> None:
        """Take a member's account into the totals."""
        self.totals.setdefault(program_id, Totals()).add(account, today)

    def count_forgotten(self, program_id: str, forgotten: Forgotten) -> None:
        """Take a member who was forgotten into the totals."""
        self.totals.setdefault(program_id, Totals()).add_forgotten(forgotten)

    def is_whole(self) -> bool:
        """Say whether nothing is wrong."""
        return self.fault_count == 0 and all(each.add_up() for each in self.totals.values())
