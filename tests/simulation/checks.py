"""What must be true when a run has come to rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import ClassVar

from tests.simulation.books import Books
from tests.simulation.command_checks import check_commands, check_spending
from tests.simulation.event_checks import check_events
from tests.simulation.independence import check_independence
from tests.simulation.point_checks import check_points
from tests.simulation.sqs import Letter
from tests.simulation.till import Till
from tests.simulation.workload import MEMBERS, Item
from tests.simulation.world import SimulationFailed, World

from loyalty_shared.domain.settling import decide_settling
from loyalty_shared.service.archive import Row
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.ports import (
    MemberKey,
    MemberRecord,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)
from loyalty_shared.service.verification.report import FaultCode
from loyalty_shared.service.verifying import Verifier, verify_ledger
from loyalty_shared.storage.memory import MemoryLedgerStore


class MemoryToVerify:
    """A store in memory as `loyalty verify` reads a ledger."""

    is_snapshot: ClassVar[bool] = True
    waits_for_network: ClassVar[bool] = False

    def __init__(self, store: MemoryLedgerStore) -> None:
        self._store = store

    def rows(self) -> Iterator[Row]:
        """Read every row."""
        return self._store.rows()

    def entry(self, member: MemberKey, seq: int) -> StoredEntry | None:
        """Read one entry."""
        return self._store.entry(member, seq)

    def entries_after(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered above `seq`."""
        return self._store.entries_after(member, seq, limit)

    def reference(self, key: ReferenceKey) -> StoredReference | None:
        """Read a reference."""
        return self._store.reference(key)

    def member_record(self, member: MemberKey) -> MemberRecord | None:
        """Read what the index of members by tier shows of one member."""
        return self._store.member_record(member)

    def is_due(self, member: MemberKey, day: date) -> bool:
        """Say whether a member is on the list of a day."""
        return member.member_id in self._store.due_members(member.program_id, day)

    def program(self, program_id: str, version: str) -> str | None:
        """Read a version of a program."""
        return self._store.program(program_id, version)

    def close(self) -> None:
        """Do nothing."""


def check_everything(
    world: World, till: Till, items: Sequence[Item], letters: Sequence[Letter], seed: int
) -> None:
    """Check the ledger, the answers and the dead letters against what happened."""
    world.tally["dead letters"] += len(letters)
    books = Books.of(world)
    check_events(items, letters, books)
    check_commands(till, books)
    check_spending(books)
    check_points(world.terms, till, books)
    _check_nothing_is_left(world)
    _check_verified(world)
    check_independence(world, till, items, books, seed)


def _check_nothing_is_left(world: World) -> None:
    program = world.terms.file().program()
    today = program.date_of(world.moment())
    for member in MEMBERS:
        newest = world.store.newest_entry(MemberKey(program.id, member))
        if newest is not None:
            account = decode_entry(newest.body).account
            if account.holds:
                raise SimulationFailed(f"of {member} something is still held")
            if decide_settling(program, account, today) is not None:
                raise SimulationFailed(f"of {member} nobody wrote what time has done")


def _check_verified(world: World) -> None:
    verifier = Verifier(world.moment(), lambda _: None, workers=0)
    report = verify_ledger(MemoryToVerify(world.store), verifier)
    world.tally["entries"] += report.entries
    # A clock that is wrong puts what is due on the list of a day that is too late, or too early.
    faults = [each for each in report.faults if each.code is not FaultCode.DUE_MISSING]
    if faults:
        raise SimulationFailed(f"{len(faults)} faults, the first: {faults[0]}")
    if not all(totals.add_up() for totals in report.totals.values()):
        raise SimulationFailed("the sums of the ledger do not add up")
