"""What the use cases need from the world: a place for the ledger, a clock, a way to wait.

A store knows nothing of points. It keeps texts under keys and promises one thing: an `Append`
happens whole, or not at all and says what stood in its way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Protocol

Clock = Callable[[], datetime]
"""Gives the present moment, with a time zone."""

Pause = Callable[[float], None]
"""Waits for a random part of the given seconds."""

UNDECIDED = date.max
"""The list of the members for whom somebody is to decide, beside the lists of days.

It is marked, gone through and forgotten like that of a day, and no day comes to it: to ask for the
days up to today does not list it.
"""


@dataclass(frozen=True, slots=True)
class MemberKey:
    """A member of a program."""

    program_id: str
    member_id: str


@dataclass(frozen=True, slots=True)
class ReferenceKey:
    """A business thing that may take effect once in a program, such as `order` `A-17`.

    Neither a program's id nor a kind has a `#` or a `:`; an id may have any character.
    """

    program_id: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it is kept."""

    seq: int
    body: str


@dataclass(frozen=True, slots=True)
class StoredReference:
    """A reference as it is kept; `version` counts its writes from 1."""

    key: ReferenceKey
    version: int
    body: str


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """The tier that the index of members by tier shows, and since when it is held."""

    tier: str
    tier_since: date


@dataclass(frozen=True, slots=True)
class TierMember:
    """A member as the index of members by tier shows them."""

    member_id: str
    record: MemberRecord


@dataclass(frozen=True, slots=True)
class MemberAppend:
    """The next entries of one member, and what goes with them.

    There is at least one entry, and they are numbered on from the newest without a gap; where a
    store can tell at no cost that they are not, their place counts as taken. `record` is
    there with entry 1 and when the tier changes. `due_on` adds the member to the lists of those
    whom time alone will change on these dates, or to `UNDECIDED`.
    """

    member: MemberKey
    entries: tuple[StoredEntry, ...]
    record: MemberRecord | None = None
    due_on: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Append:
    """One write: the next entries of one member or of several, and the references to them.

    There is at least one member, and each is there once; so is each reference. A reference carries
    the version it is to have; its stored version must be the one before (absent for 1). DynamoDB
    takes 100 rows in one write, of all kinds together, which is far above what the ledger asks for
    (about 30 at the most).
    """

    members: tuple[MemberAppend, ...]
    references: tuple[StoredReference, ...] = ()


class AppendConflict(Exception):
    """Nothing was written, since something was written before.

    `seq_taken` says that the place of an entry is taken, whichever member's it is (or that the
    store could not tell, which asks for the same: read again). `references` are those in the way,
    as they stand now.
    """

    def __init__(self, *, seq_taken: bool, references: tuple[StoredReference, ...] = ()) -> None:
        super().__init__("the ledger was written since it was read")
        self.seq_taken = seq_taken
        self.references = references


@dataclass(frozen=True, slots=True)
class Removal:
    """Rows of one member that are to go; `record` says whether the member record is one."""

    member: MemberKey
    seqs: tuple[int, ...] = ()
    references: tuple[ReferenceKey, ...] = ()
    due_on: tuple[date, ...] = ()
    record: bool = False


class LedgerStore(Protocol):
    """Where ledgers are kept. Every method raises `StoreUnavailable` when it cannot answer.

    `waits_for_network` says what a call's time goes to: waiting, which many threads can do at a
    time, or work, of which one commit for many appends saves the most.
    """

    waits_for_network: ClassVar[bool]

    def append(self, append: Append) -> None:
        """Write all of it, durably, or raise `AppendConflict` and write nothing."""

    def newest_entry(self, member: MemberKey, *, consistent: bool = True) -> StoredEntry | None:
        """Read a member's last entry; not `consistent` may be a moment old, at half the price."""

    def entry(self, member: MemberKey, seq: int) -> StoredEntry | None:
        """Read one entry."""

    def entries_before(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered below `seq`, newest first."""

    def entries_after(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        """Read up to `limit` entries numbered above `seq`, oldest first."""

    def reference(self, key: ReferenceKey) -> StoredReference | None:
        """Read a reference."""

    def member_record(self, member: MemberKey) -> MemberRecord | None:
        """Read what the index of members by tier shows of one member."""

    def members_in_tier(
        self, program_id: str, tier: str, after: str | None, limit: int
    ) -> Sequence[TierMember]:
        """List up to `limit` members whose record shows a tier, ascending by id.

        Only ids above `after` are listed (None: all); ids are compared by their code points, which
        is also the order of their bytes in UTF-8. Fewer than `limit` means that these are the last.
        The index may be a moment old: what was just written may not show yet.
        """

    def due_days(self, program_id: str, through: date) -> Sequence[date]:
        """List the days up to and including `through` that a member is due on, ascending."""

    def due_members(self, program_id: str, day: date) -> Iterator[str]:
        """Go through the ids of the members whom time alone changes on a day, in no order.

        They are read as they are asked for, which is also when `StoreUnavailable` is raised; a day
        may have more than fit in memory. Each comes once, whoever is forgotten meanwhile; who is
        added meanwhile may come or not.
        """

    def mark_due(self, member: MemberKey, day: date) -> None:
        """Put a member on the list of a day, durably; one who is on it stays."""

    def forget_due(self, member: MemberKey, day: date) -> None:
        """Take a member off the list of a day, durably; one who is not on it stays off.

        For a day that is over: until then an append may put the member on the list anew, which
        nobody would see.
        """

    def remove(self, removal: Removal) -> None:
        """Remove rows, durably; what is not there stays away.

        Cut off half-way, some may be gone: run it again.
        """

    def keep_program(self, program_id: str, version: str, body: str) -> None:
        """Keep a version of a program; one that is there already stays as it is."""

    def program(self, program_id: str, version: str) -> str | None:
        """Read a version of a program."""

    def batch(self) -> AbstractContextManager[None]:
        """Let this thread's writes become durable together, when the block ends.

        For stores where a commit costs more than a write; elsewhere each write is durable alone,
        as it is outside the block. An exception inside the block may undo all of its writes.
        Blocks are not nested.
        """

    def check(self) -> None:
        """Return if the store can serve."""

    def close(self) -> None:
        """Let go of what the store holds."""
