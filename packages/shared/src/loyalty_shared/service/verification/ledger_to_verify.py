"""What a verification needs of a store: every row in passing, and single rows by their keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import ClassVar, Protocol

from loyalty_shared.contracts.program_file import stored_program
from loyalty_shared.domain.errors import LedgerDamaged
from loyalty_shared.domain.program import Program
from loyalty_shared.service.archive import Row
from loyalty_shared.service.ports import (
    MemberKey,
    MemberRecord,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)


class LedgerToVerify(Protocol):
    """A store to look at. Every method raises `StoreUnavailable` when it cannot answer.

    `is_snapshot` says that all is as it was at one moment, whatever is written meanwhile;
    `waits_for_network` that look-ups are to be made many at a time.
    """

    is_snapshot: ClassVar[bool]
    waits_for_network: ClassVar[bool]

    def rows(self) -> Iterator[Row]:
        """Read every row, those of a member together and its entries in their order.

        Due marks may be left out. An entry whose member is not known comes under some other name.
        """

    def entry(self, member: MemberKey, seq: int) -> StoredEntry | None:
        """Read one entry."""

    def entries_after(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered above `seq`, oldest first."""

    def reference(self, key: ReferenceKey) -> StoredReference | None:
        """Read a reference."""

    def member_record(self, member: MemberKey) -> MemberRecord | None:
        """Read what the index of members by tier shows of one member."""

    def is_due(self, member: MemberKey, day: date) -> bool:
        """Say whether a member is on the list of a day."""

    def program(self, program_id: str, version: str) -> str | None:
        """Read a version of a program."""

    def close(self) -> None:
        """Let go of what the store holds."""


class StoredPrograms:
    """The versions of the programs of a ledger, each read once."""

    def __init__(self, ledger: LedgerToVerify) -> None:
        self._ledger = ledger
        self._read: dict[tuple[str, str], Program] = {}

    def of(self, program_id: str, version: str) -> Program | None:
        """Give a version, None where it is not there or not what it should be."""
        found = self._read.get((program_id, version))
        if found is None:
            body = self._ledger.program(program_id, version)
            try:
                found = stored_program(body, version) if body is not None else None
            except LedgerDamaged:
                return None
            if found is not None:
                self._read[program_id, version] = found
        return found
