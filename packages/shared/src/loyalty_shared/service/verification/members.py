"""A member as a whole: the history, the references of its orders, the record, the due marks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.qualification import Qualification
from loyalty_shared.service.ports import UNDECIDED, MemberKey, MemberRecord, ReferenceKey
from loyalty_shared.service.sealing import MOST_DAYS_MARKED, days_to_mark
from loyalty_shared.service.verification.history import HistoryCheck
from loyalty_shared.service.verification.ledger_to_verify import LedgerToVerify, StoredPrograms
from loyalty_shared.service.verification.orders import names_an_order, wrong_with_order
from loyalty_shared.service.verification.references import order_in, wrong_with_claims
from loyalty_shared.service.verification.report import FaultCode, LedgerFault, Report
from loyalty_shared.service.verification.steps import Step

_ENTRIES_A_READ = 200


class MemberCheck:
    """What is checked of one member; `references` counts those that were looked up."""

    def __init__(self, member: MemberKey, ledger: LedgerToVerify, programs: StoredPrograms) -> None:
        self.member = member
        self.history = HistoryCheck(member, programs)
        self.record: MemberRecord | None = None
        self.references = 0
        self._ledger = ledger
        self._programs = programs

    def has_reference(self, step: Step) -> bool:
        """Say whether an entry is one that a reference stands beside."""
        return names_an_order(step) or bool(step.entry.claims)

    def wrong_with_references(self, step: Step) -> list[LedgerFault]:
        """Look up the references that stand beside an entry, and compare them."""
        wrongs = list(wrong_with_claims(self._ledger, step))
        self.references += len(step.entry.claims)
        if names_an_order(step):
            self.references += 1
            key = ReferenceKey(self.member.program_id, "order", step.entry.order_id or "")
            stored = self._ledger.reference(key)
            order = order_in(stored) if stored else None
            if order is not None or stored is None:  # else that is said of the reference
                wrongs += wrong_with_order(step, order)
        return [self._fault(code, step.entry.seq, detail) for code, detail in wrongs]

    def wrong_at_end(self, now: datetime) -> list[LedgerFault]:
        """Compare the account after the newest entry with what else is kept of the member."""
        newest = self.history.newest
        if self.history.entries == 0 and self.record is not None:
            return [self._fault(FaultCode.ENTRY_MISSING, None, "it has a record, and no entry")]
        if newest is None:
            return []
        return [*self._wrong_record(newest), *self._wrong_due_marks(newest, now)]

    def count_into(self, report: Report, now: datetime) -> None:
        """Take the member's account into the totals of a report."""
        newest = self.history.newest
        if newest is not None:
            program = self._program_of(newest)
            today = program.date_of(now) if program else now.date()
            report.count(self.member.program_id, newest.account, today)

    def was_written_meanwhile(self) -> bool:
        """Say whether there are entries now that were not there to be looked at."""
        return bool(self._ledger.entries_after(self.member, self.history.last_seq, 1))

    def _wrong_record(self, newest: Entry) -> list[LedgerFault]:
        account, record = newest.account, self.record
        if record == MemberRecord(account.tier, account.tier_since):
            return []
        shown = f"{record.tier} since {record.tier_since}" if record else "nothing"
        detail = f"the index by tier shows {shown}, not {account.tier} since {account.tier_since}"
        return [self._fault(FaultCode.RECORD_DIFFERS, newest.seq, detail)]

    def _wrong_due_marks(self, newest: Entry, now: datetime) -> list[LedgerFault]:
        program = self._program_of(newest)
        if program is None:
            return []
        account, today = newest.account, program.date_of(now)
        days = days_to_mark(program, account)
        if not self.history.tells_rules_in_force:
            # Then nobody knows by which rules the end of the tier was put on a list: it may have
            # been on a day of its own, so that one less of the others is there.
            untiered = replace(account, qualification=Qualification())
            days = days_to_mark(program, untiered)[: MOST_DAYS_MARKED - 1]
        return [
            self._fault(FaultCode.DUE_MISSING, newest.seq, f"no due mark of {day}")
            for day in (*days, *([UNDECIDED] if account.requests else ()))
            if day > today and not self._ledger.is_due(self.member, day)
        ]

    def _program_of(self, entry: Entry) -> Program | None:
        return self._programs.of(self.member.program_id, entry.program_version)

    def _fault(self, code: FaultCode, seq: int | None, detail: str) -> LedgerFault:
        return LedgerFault(code, self.member, seq, detail)


def look_at(
    ledger: LedgerToVerify, programs: StoredPrograms, member: MemberKey, now: datetime
) -> tuple[MemberCheck, list[LedgerFault]]:
    """Look at one member by itself, from the first entry to the newest."""
    check = MemberCheck(member, ledger, programs)
    faults: list[LedgerFault] = []
    while some := ledger.entries_after(member, check.history.last_seq, _ENTRIES_A_READ):
        for stored in some:
            faults += check.history.take(stored)
            step = check.history.step
            if step is not None and check.has_reference(step):
                faults += check.wrong_with_references(step)
    check.record = ledger.member_record(member)
    return check, faults + check.wrong_at_end(now)
