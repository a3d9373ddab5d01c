"""Prove a ledger, or find what is wrong with it: chain, replay, conservation, references.

Rows are looked at as they pass, and what belongs to them elsewhere is looked up by its key, so
memory stays the same however many members there are. Where a store cannot be read as of one moment,
whatever seems wrong is looked at again by itself before it is told: it may only have been written
meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from loyalty_shared.contracts.program_file import stored_program
from loyalty_shared.domain.errors import LedgerDamaged, MemberNotFound
from loyalty_shared.service.archive import DueMark, EntryRow, MemberRow, StoredProgram
from loyalty_shared.service.erasing import forgotten_in
from loyalty_shared.service.ports import MemberKey, StoredEntry, StoredReference
from loyalty_shared.service.verification.ledger_to_verify import LedgerToVerify, StoredPrograms
from loyalty_shared.service.verification.look_ups import LookUps
from loyalty_shared.service.verification.members import MemberCheck, look_at
from loyalty_shared.service.verification.recent import Recent
from loyalty_shared.service.verification.references import wrong_with_reference
from loyalty_shared.service.verification.report import FaultCode, LedgerFault, Report

_MOST_LOOKS = 5


@dataclass(frozen=True, slots=True)
class Verifier:
    """Who verifies: told of members as they are done; `workers` look things up over a network."""

    now: datetime
    advance: Callable[[int], None]
    workers: int


def verify_ledger(ledger: LedgerToVerify, verifier: Verifier) -> Report:
    """Look at every row of a ledger.

    Raises:
        StoreUnavailable: when the store does not answer.
    """
    passing = _Passing(ledger, verifier)
    try:
        passing.run()
    except LedgerDamaged as error:
        detail = f"{error.detail}; what comes after it was not looked at"
        passing.report.found(LedgerFault(FaultCode.STORE_DAMAGED, None, None, detail))
    return passing.report


def verify_member(ledger: LedgerToVerify, member: MemberKey, verifier: Verifier) -> Report:
    """Look at one member, and at the references of the member's orders.

    Raises:
        MemberNotFound: when nothing is there of the member.
        StoreUnavailable: when the store does not answer.
    """
    report = Report(members=1)
    programs = StoredPrograms(ledger)
    check, faults = _looked_at_well(ledger, programs, member, verifier)
    if check.history.entries == 0 and check.record is None:
        raise MemberNotFound("the ledger has no entry of this member")
    for fault in faults:
        report.found(fault)
    report.entries, report.references = check.history.entries, check.references
    check.count_into(report, verifier.now)
    verifier.advance(1)
    return report


class _Passing:
    """The rows of a ledger as they pass."""

    def __init__(self, ledger: LedgerToVerify, verifier: Verifier) -> None:
        self.report = Report()
        self._ledger = ledger
        self._verifier = verifier
        self._programs = StoredPrograms(ledger)
        self._member: MemberCheck | None = None
        self._looked_at_again = Recent[MemberKey]()

    def run(self) -> None:
        workers = self._verifier.workers if self._ledger.waits_for_network else 0
        with LookUps(workers) as look_ups:
            for row in self._ledger.rows():
                if isinstance(row, EntryRow):
                    self._take_entry(row.member, row.entry, look_ups)
                elif isinstance(row, MemberRow):
                    self._check_of(row.member, look_ups).record = row.record
                elif isinstance(row, StoredReference):
                    self._take_reference(row, look_ups)
                elif isinstance(row, StoredProgram):
                    self._take_program(row)
                else:
                    assert isinstance(row, DueMark)  # noqa: S101 - for the types: that is looked up
            self._end_member(look_ups)

    def _check_of(self, member: MemberKey, look_ups: LookUps) -> MemberCheck:
        if self._member is None or self._member.member != member:
            self._end_member(look_ups)
            self._member = MemberCheck(member, self._ledger, self._programs)
        return self._member

    def _take_entry(self, member: MemberKey, entry: StoredEntry, look_ups: LookUps) -> None:
        check = self._check_of(member, look_ups)
        self._tell(member, check.history.take(entry))
        self.report.entries += 1
        step = check.history.step
        if step is not None and check.has_reference(step):
            look_ups.add(
                lambda: check.wrong_with_references(step), lambda faults: self._tell(member, faults)
            )

    def _end_member(self, look_ups: LookUps) -> None:
        check, self._member = self._member, None
        if check is None:
            return
        member, now = check.member, self._verifier.now
        look_ups.add(lambda: check.wrong_at_end(now), lambda faults: self._tell(member, faults))
        check.count_into(self.report, now)
        self.report.members += 1
        self._verifier.advance(1)

    def _take_reference(self, stored: StoredReference, look_ups: LookUps) -> None:
        self.report.references += 1
        forgotten = forgotten_in(stored)
        if forgotten is not None:
            self.report.count_forgotten(stored.key.program_id, forgotten)
        ledger, programs = self._ledger, self._programs

        def look() -> list[LedgerFault]:
            faults = wrong_with_reference(ledger, programs, stored)
            if not faults or ledger.is_snapshot:
                return faults
            again = ledger.reference(stored.key)
            return wrong_with_reference(ledger, programs, again) if again else []

        look_ups.add(look, self._tell_all)

    def _take_program(self, row: StoredProgram) -> None:
        try:
            stored_program(row.body, row.version)
        except LedgerDamaged as error:
            self.report.found(
                LedgerFault(FaultCode.PROGRAM_DIFFERS, None, None, error.detail),
            )

    def _tell(self, member: MemberKey, faults: list[LedgerFault]) -> None:
        """Tell of a member's faults, or of those that are still there when all of it is read."""
        if not faults or self._ledger.is_snapshot:
            self._tell_all(faults)
        elif self._looked_at_again.is_new(member):
            _, faults = _looked_at_well(self._ledger, self._programs, member, self._verifier)
            self._tell_all(faults)

    def _tell_all(self, faults: list[LedgerFault]) -> None:
        for fault in faults:
            self.report.found(fault)


def _looked_at_well(
    ledger: LedgerToVerify, programs: StoredPrograms, member: MemberKey, verifier: Verifier
) -> tuple[MemberCheck, list[LedgerFault]]:
    """Look at a member until nobody wrote meanwhile; what not every look found was no fault."""
    check, faults = look_at(ledger, programs, member, verifier.now)
    for _ in range(_MOST_LOOKS - 1):
        if not faults or ledger.is_snapshot or not check.was_written_meanwhile():
            break
        check, found = look_at(ledger, programs, member, verifier.now)
        faults = [fault for fault in faults if fault in found]
    return check, faults
