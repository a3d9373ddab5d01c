"""The command `verify`: prove the ledger, or say what is wrong with it."""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass

from loyalty_server import queue
from loyalty_server.composition import (
    NETWORK_WORKERS,
    LedgerNotFound,
    require_ledger,
    rules_in_use,
)
from loyalty_server.settings import ServerSettings
from loyalty_server.showing import progress_of_members, show_pairs
from loyalty_shared import system
from loyalty_shared.domain.errors import LedgerDamaged, StoreUnavailable
from loyalty_shared.service.ports import MemberKey
from loyalty_shared.service.verification.report import FaultCode, LedgerFault, Report
from loyalty_shared.service.verifying import Verifier, verify_ledger, verify_member
from loyalty_shared.storage.opening_to_verify import open_to_verify
from loyalty_shared.storage.sqlite.damage import CommitsLost, FileCutOff
from loyalty_shared.storage.sqlite.examining import examine
from loyalty_shared.storage.sqlite.store import FILE_NAME as LEDGER

_FAULTY = 1  # the exit status; 2 is that nobody could look
_MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found, and how long it took."""

    report: Report
    seconds: float


def verify_once(settings: ServerSettings, member_id: str | None) -> Verified:
    """Verify the ledger, or one member of it.

    Raises:
        LedgerNotFound: when there is no ledger.
        LedgerDamaged: when its file is none, or all that was in it is gone.
        MemberNotFound: when nothing is there of the member.
        StoreUnavailable: when the store does not answer.
    """
    started = time.monotonic()
    lost = _lost(settings)
    try:
        require_ledger(settings)
        report = _looked_at(settings, member_id)
    except (StoreUnavailable, LedgerNotFound) as error:
        if lost:
            raise LedgerDamaged(lost[0].detail) from error
        raise
    for fault in lost:
        report.found(fault)
    return Verified(report, time.monotonic() - started)


def _lost(settings: ServerSettings) -> list[LedgerFault]:
    folder = settings.ledger_folder
    found = []
    for path in [folder / name for name in (LEDGER, queue.FILE_NAME)] if folder else []:
        try:
            examine(path)
        except CommitsLost as lost:
            found.append(LedgerFault(FaultCode.COMMITS_LOST, None, None, lost.detail))
        except FileCutOff as cut:
            found.append(LedgerFault(FaultCode.STORE_DAMAGED, None, None, cut.detail))
    return found


def _looked_at(settings: ServerSettings, member_id: str | None) -> Report:
    with (
        closing(open_to_verify(settings.store_name, system.pause)) as ledger,
        progress_of_members("verify") as advance,
    ):
        verifier = Verifier(system.now(), advance, NETWORK_WORKERS)
        if member_id is None:
            return verify_ledger(ledger, verifier)
        member = MemberKey(rules_in_use(settings).id, member_id)
        return verify_member(ledger, member, verifier)


def show_verified(verified: Verified, *, as_json: bool) -> None:
    """Print what was found, and end with status 1 where something is wrong."""
    report = verified.report
    if as_json:
        sys.stdout.write(json.dumps(_body(verified)) + "\n")
    else:
        _show(verified)
    if not report.is_whole():
        sys.exit(_FAULTY)


def _body(verified: Verified) -> dict[str, object]:
    report = verified.report
    return {
        "whole": report.is_whole(),
        "members": report.members,
        "entries": report.entries,
        "references": report.references,
        "totals": {
            program_id: {**asdict(totals), "addUp": totals.add_up()}
            for program_id, totals in report.totals.items()
        },
        "faultCount": report.fault_count,
        "faults": [_fault_body(fault) for fault in report.faults],
        "seconds": round(verified.seconds, 3),
    }


def _fault_body(fault: LedgerFault) -> dict[str, object]:
    return {
        "code": fault.code.value,
        "programId": fault.member.program_id if fault.member else None,
        "memberId": fault.member.member_id if fault.member else None,
        "seq": fault.seq,
        "detail": fault.detail,
    }


def _show(verified: Verified) -> None:
    report = verified.report
    pairs = [
        ("members", f"{report.members:,}"),
        ("entries", f"{report.entries:,}"),
        ("references", f"{report.references:,}"),
    ]
    for program_id, totals in report.totals.items():
        of_program = f" of {program_id}" if len(report.totals) > 1 else ""
        pairs += [(f"{name}{of_program}", f"{sum_:,}") for name, sum_ in asdict(totals).items()]
    pairs.append(("seconds", f"{verified.seconds:,.1f}"))
    show_pairs(pairs)
    for fault in report.faults[:_MOST_SHOWN]:
        sys.stdout.write(f"{_line(fault)}\n")
    more = report.fault_count - min(len(report.faults), _MOST_SHOWN)
    if more:
        sys.stdout.write(f"and {more:,} faults more\n")
    sums = all(totals.add_up() for totals in report.totals.values())
    if report.is_whole():
        sys.stdout.write("Nothing is wrong: all is chained, replays and adds up.\n")
    else:
        added = "" if sums else ", and the sums do not add up"
        sys.stdout.write(f"{report.fault_count:,} faults{added}.\n")


def _line(fault: LedgerFault) -> str:
    whose = f"member {fault.member.member_id}" if fault.member else ""
    entry = f"entry {fault.seq}" if fault.seq is not None else ""
    place = ", ".join(part for part in (whose, entry) if part)
    parts = (fault.code.value, place, fault.detail)
    # What was damaged may be no text, which nobody can print.
    return ": ".join(filter(None, parts)).encode(errors="backslashreplace").decode()
