"""The ledger of a program: what may be written to it, and by which rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from copy import copy
from datetime import date
from typing import TypeVar

from loyalty_shared.contracts.program_file import ProgramFile, stored_program
from loyalty_shared.domain.entries import Draft, Entry
from loyalty_shared.domain.errors import LedgerDamaged
from loyalty_shared.domain.program import Program
from loyalty_shared.service.loop import Decided, WriteLoop, Written
from loyalty_shared.service.ports import Append, Clock, LedgerStore, MemberKey, Pause, ReferenceKey
from loyalty_shared.service.recent_entries import RecentEntries
from loyalty_shared.service.sealing import Recorded, days_to_mark
from loyalty_shared.service.standing import Claims, Standing, order_key

Otherwise = TypeVar("Otherwise")


class Ledger:
    """The ledger of the program that `rules` say, in a store."""

    def __init__(self, store: LedgerStore, rules: ProgramFile, clock: Clock, pause: Pause) -> None:
        self.store = store
        self.program = rules.program()
        self.clock = clock
        self.rules = rules
        self.loop = WriteLoop(
            store, self.program, clock, pause, recent=RecentEntries(), append=store.append
        )
        self._rules_are_kept = False
        self._programs = {self.program.version: self.program}

    def member_key(self, member_id: str) -> MemberKey:
        """Give the store's key of a member."""
        return MemberKey(self.program.id, member_id)

    def order_key(self, order_id: str) -> ReferenceKey:
        """Give the store's key of an order."""
        return order_key(self.program.id, order_id)

    def command_key(self, key: str) -> ReferenceKey:
        """Give the store's key of the key that somebody asks for something under."""
        return ReferenceKey(self.program.id, "key", key)

    def program_of(self, version: str) -> Program:
        """Give the program as it was in a version that was used.

        Raises:
            LedgerDamaged: when the version is not there, or cannot be read.
            StoreUnavailable: when the store does not answer.
        """
        if version not in self._programs:
            body = self.store.program(self.program.id, version)
            if body is None:
                raise LedgerDamaged(f"version {version} of the program is not there")
            self._programs[version] = stored_program(body, version)
        return self._programs[version]

    def appending_with(self, append: Callable[[Append], None]) -> Ledger:
        """Give the same ledger, of which what is decided goes to `append`.

        Raises:
            StoreUnavailable: when the store does not answer.
        """
        self._keep_rules()
        other = copy(self)
        other.loop = self.loop.appending_with(append)
        return other

    def today(self) -> date:
        """Give the date that it is now in the program's time zone."""
        return self.program.date_of(self.clock())

    def batch(self) -> AbstractContextManager[None]:
        """Let this thread's records become durable together; see `LedgerStore.batch`."""
        self._keep_rules()  # before it, since a batch may be undone
        return self.store.batch()

    def record(
        self,
        member_id: str,
        decide: Callable[[Standing], Draft | Otherwise],
        claims: Claims | None = None,
        known: Sequence[ReferenceKey] = (),
    ) -> Entry | Otherwise:
        """Write what a rule decides for a member.

        `decide` gives a draft to write, or anything else to have nothing written and get that as
        the answer. It is pure: it may be asked several times. `claims` are written with its draft.
        `known` are references that it cannot do without: they are read first.

        Raises:
            AlreadyClaimed: when somebody else has one of the claims.
            OrderTooLarge: when there is more to remember of an order than fits.
            TooMuchContention: when others kept getting in between.
            StoreUnavailable: when the store does not answer.
        """
        written = self.write(member_id, decide, claims, known)
        return written.entry if isinstance(written, Recorded) else written

    def write(
        self,
        member_id: str,
        decide: Callable[[Standing], Draft | Otherwise],
        claims: Claims | None = None,
        known: Sequence[ReferenceKey] = (),
    ) -> Recorded | Otherwise:
        """Write what a rule decides for a member, as `record` does, and say whose entry it is."""

        def decide_all(standings: Sequence[Standing]) -> Decided | Otherwise:
            draft = decide(standings[0])
            if isinstance(draft, Draft):
                return Decided((draft.with_all_that_follows(),))
            return draft

        written = self._write((member_id,), decide_all, claims, known)
        return written.members[0].recorded if isinstance(written, Written) else written

    def write_both(
        self,
        source_id: str,
        target_id: str,
        decide: Callable[[Standing, Standing], tuple[Draft, Draft]],
        claims: Claims,
    ) -> Recorded:
        """Write what a rule decides for two members, both or neither; gives the source's entry.

        The source is taken by its own id, whoever it is merged into.

        Raises: as `record` does.
        """

        def decide_all(standings: Sequence[Standing]) -> Decided:
            both = decide(standings[0], standings[1])
            return Decided(tuple((draft,) for draft in both))

        written: Written = self._write((source_id, target_id), decide_all, claims)
        return written.members[0].recorded

    def settle(self, member_id: str, decide: Callable[[Standing], Draft | None]) -> int:
        """Write what time has done to a member until there is nothing left; say how many entries.

        `decide` gives the next of them, None where there is none but for holds that have lapsed.

        Raises: as `record` does.
        """

        def decide_all(standings: Sequence[Standing]) -> Decided | None:
            if standings[0].member.member_id != member_id:
                return None  # all of it is another's now, who has days of its own
            draft = decide(standings[0])
            if draft is None and not standings[0].lapses:
                return None
            return Decided(((draft,) if draft else (),))

        count = 0
        while written := self._write((member_id,), decide_all):
            count += len(written.members[0].bodies)
        return count

    def mark_again(self, member_id: str) -> None:
        """Mark the days that a member is due on, where other rules wrote the newest entry."""
        member = self.member_key(member_id)
        newest = self.loop.read(member_id, member_id, {}).before
        if newest is None or newest.program_version == self.program.version:
            return
        today = self.today()
        for day in days_to_mark(self.program, newest.account):
            self.store.mark_due(member, max(day, today))

    def _write(
        self,
        member_ids: Sequence[str],
        decide: Callable[[Sequence[Standing]], Decided | Otherwise],
        claims: Claims | None = None,
        known: Sequence[ReferenceKey] = (),
    ) -> Written | Otherwise:
        self._keep_rules()
        return self.loop.write(member_ids, decide, claims, known)

    def _keep_rules(self) -> None:
        # Before anything names their version: without the rules an order can't be computed again.
        if not self._rules_are_kept:
            program = self.program
            self.store.keep_program(program.id, program.version, self.rules.canonical())
            self._rules_are_kept = True
