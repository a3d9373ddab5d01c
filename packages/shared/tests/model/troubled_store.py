"""A store with which things go wrong when a test says so: before a call, after it, or beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal, TypeVar

from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.ports import (
    Append,
    AppendConflict,
    MemberKey,
    MemberRecord,
    ReferenceKey,
    Removal,
    StoredEntry,
    StoredReference,
    TierMember,
)

Result = TypeVar("Result")


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with the `number`th `call` from now on.

    No answer and nothing done; no answer, though it was done; turned away as if a rival had written
    (to an append only).
    """

    call: str
    number: int
    what: Literal["not done", "done", "conflict"]


class TroubledStore:
    """Another store, and trouble."""

    waits_for_network: ClassVar[bool] = False

    def __init__(self, inner: LedgerArchive) -> None:
        self._inner = inner
        self._trouble: Trouble | None = None
        self._rival: Callable[[], object] | None = None
        self._calls = 0

    def expect(self, trouble: Trouble | None) -> None:
        """Let something go wrong once; None ends all that has not happened."""
        self._trouble, self._calls = trouble, 0

    def let_in(self, rival: Callable[[], object] | None) -> None:
        """Let a rival write just before the next append."""
        self._rival = rival

    def let_in_at_last(self) -> None:
        """Let a rival write who still waits, since there was nothing to append."""
        rival, self._rival = self._rival, None
        if rival:
            rival()

    def append(self, append: Append) -> None:
        self.let_in_at_last()
        self._call("append", lambda: self._inner.append(append))

    def newest_entry(self, member: MemberKey, *, consistent: bool = True) -> StoredEntry | None:
        return self._call("read", lambda: self._inner.newest_entry(member, consistent=consistent))

    def entry(self, member: MemberKey, seq: int) -> StoredEntry | None:
        return self._call("read", lambda: self._inner.entry(member, seq))

    def entries_before(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        return self._call("read", lambda: self._inner.entries_before(member, seq, limit))

    def entries_after(self, member: MemberKey, seq: int, limit: int) -> Sequence[StoredEntry]:
        return self._call("read", lambda: self._inner.entries_after(member, seq, limit))

    def reference(self, key: ReferenceKey) -> StoredReference | None:
        return self._call("read", lambda: self._inner.reference(key))

    def member_record(self, member: MemberKey) -> MemberRecord | None:
        return self._call("read", lambda: self._inner.member_record(member))

    def members_in_tier(
        self, program_id: str, tier: str, after: str | None, limit: int
    ) -> Sequence[TierMember]:
        found = self._inner.members_in_tier
        return self._call("read", lambda: found(program_id, tier, after, limit))

    def due_days(self, program_id: str, through: date) -> Sequence[date]:
        return self._call("due", lambda: self._inner.due_days(program_id, through))

    def due_members(self, program_id: str, day: date) -> Iterator[str]:
        return self._call("due", lambda: self._inner.due_members(program_id, day))

    def mark_due(self, member: MemberKey, day: date) -> None:
        self._call("mark", lambda: self._inner.mark_due(member, day))

    def forget_due(self, member: MemberKey, day: date) -> None:
        self._call("forget", lambda: self._inner.forget_due(member, day))

    def remove(self, removal: Removal) -> None:
        self._call("remove", lambda: self._inner.remove(removal))

    def keep_program(self, program_id: str, version: str, body: str) -> None:
        self._call("keep", lambda: self._inner.keep_program(program_id, version, body))

    def program(self, program_id: str, version: str) -> str | None:
        return self._call("read", lambda: self._inner.program(program_id, version))

    @contextmanager
    def batch(self) -> Iterator[None]:
        with self._inner.batch():
            yield
            wrong = self._wrong_with("commit")
            if wrong == "not done":
                raise StoreUnavailable("the commit failed")
        if wrong == "done":
            raise StoreUnavailable("nobody knows whether it was committed")

    def check(self) -> None:
        self._inner.check()

    def close(self) -> None:
        self._inner.close()

    def _call(self, name: str, work: Callable[[], Result]) -> Result:
        wrong = self._wrong_with(name)
        if wrong == "conflict":
            raise AppendConflict(seq_taken=True)
        if wrong == "not done":
            raise StoreUnavailable("no answer")
        result = work()
        if wrong == "done":
            raise StoreUnavailable("no answer, though it was done")
        return result

    def _wrong_with(self, call: str) -> str | None:
        trouble = self._trouble
        if trouble is None or trouble.call != call:
            return None
        self._calls += 1
        if self._calls < trouble.number:
            return None
        self._trouble = None
        return trouble.what


class TroubledNetworkStore(TroubledStore):
    """The same around a store that waits for a network."""

    waits_for_network: ClassVar[bool] = True
