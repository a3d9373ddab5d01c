"""The store as a process sees it across a network: with trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import ClassVar, TypeVar

from packages.shared.tests.model.troubled_store import TroubledStore
from tests.simulation.crew import Process
from tests.simulation.weather import HOUR, Trouble
from tests.simulation.world import SimulationFailed, World

from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.ports import (
    Append,
    AppendConflict,
    MemberKey,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)

Result = TypeVar("Result")
_LATEST = 30_000  # milliseconds until an append lands
_MOST_CALLS = 4_000  # of a turn: who makes more does not get anywhere
_STALE = 3  # how many entries old what is read without asking for the newest may be


class NetworkFront(TroubledStore):
    """A store across a network: each append is durable by itself, and may be answered by nobody."""

    waits_for_network: ClassVar[bool] = True

    def __init__(self, world: World, process: Process, name: str) -> None:
        super().__init__(world.store)
        self.world = world
        self.process = process
        self.name = name
        self.calls = 0  # since the turn began

    def append(self, append: Append) -> None:
        """Write all of it, or not, or later, or let nobody know."""
        world = self.world
        self._count()
        trouble = world.chance.one_of(f"append of {_what(append)}", world.weather.append)
        self._before(trouble)
        if trouble == Trouble.LANDS_LATE:
            self._send_late(append)
        try:
            self._write_unless(append, trouble == Trouble.CONFLICT)
        except AppendConflict:
            world.tally["conflicts"] += 1
            raise
        self._after(trouble)

    def newest_entry(self, member: MemberKey, *, consistent: bool = True) -> StoredEntry | None:
        """Read a member's last entry; an old one where that is allowed."""
        newest = self._call(
            f"read of {member.member_id}", lambda: self.world.store.newest_entry(member)
        )
        if consistent or newest is None:
            return newest
        age = self.world.chance.up_to(f"staleness of {member.member_id}", _STALE)
        if not age:
            return newest
        self.world.tally["stale reads"] += 1
        return self.world.store.entry(member, newest.seq - age)

    def reference(self, key: ReferenceKey) -> StoredReference | None:
        """Read a reference."""
        return self._call(f"read of {key.id}", lambda: self.world.store.reference(key))

    def due_members(self, program_id: str, day: date) -> Iterator[str]:
        """List who is due; in an order that does not hang on how Python hashes today."""
        yield from sorted(super().due_members(program_id, day))

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Do nothing: each write is durable alone."""
        yield

    def between(self, what: str) -> None:
        """Be between two calls, where others go on or the process crashes."""
        with suppress(StoreUnavailable):  # nobody was asked
            self._call(what, lambda: None)

    def write(self, what: str, work: Callable[[], None]) -> None:
        """Do something else that lasts, with the same trouble."""
        self._call(what, work)

    def _write_unless(self, append: Append, is_turned_away: bool) -> None:  # noqa: FBT001 - as it says
        if is_turned_away:
            raise AppendConflict(seq_taken=True)
        self._write(append)

    def _write(self, append: Append) -> None:
        self.world.store.append(append)

    def _send_late(self, append: Append) -> None:
        world = self.world
        world.send_late(
            append, 1 + world.chance.up_to(f"delay of append of {_what(append)}", _LATEST)
        )
        world.tally["unknown outcomes"] += 1
        raise StoreUnavailable("nobody answers; it is still on its way")

    def _call(self, name: str, work: Callable[[], Result]) -> Result:
        self._count()
        world = self.world
        trouble = world.chance.one_of(name, world.weather.step)
        self._before(trouble)
        result = work()
        self._after(trouble)
        return result

    def _count(self) -> None:
        self.process.check()
        self.calls += 1
        if self.calls > _MOST_CALLS:
            raise SimulationFailed(f"{self.name} asks the store without an end")

    def _before(self, trouble: int) -> None:
        world = self.world
        if trouble == Trouble.OTHERS_GO_ON:
            world.pause()
            self.process.check()
        elif trouble == Trouble.STALL:
            world.tally["stalls"] += 1
            world.pause(world.now + world.chance.up_to(f"stall of {self.name}", HOUR))
            self.process.check()
        elif trouble == Trouble.CRASH_BEFORE:
            self._crash()
        elif trouble == Trouble.NO_ANSWER:
            world.tally["throttles"] += 1
            raise StoreUnavailable("no answer: nothing was done")

    def _after(self, trouble: int) -> None:
        if trouble == Trouble.NO_ANSWER_BUT_DONE:
            self.world.tally["unknown outcomes"] += 1
            raise StoreUnavailable("no answer, though it was done")
        if trouble == Trouble.CRASH_AFTER:
            self._crash()

    def _crash(self) -> None:
        self.world.tally["crashes"] += 1
        self.process.crash()


class OneByOneFront(NetworkFront):
    """The same for who does one thing after the other, with no threads to wait in."""

    waits_for_network: ClassVar[bool] = False


def _what(append: Append) -> str:
    """Name what an append is about, in a way that leaving out other things does not change."""
    if append.references:
        return append.references[-1].key.id
    return append.members[0].member.member_id
