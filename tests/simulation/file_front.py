"""The store as a process sees it in a file: writes that become durable together, and trouble."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from tests.simulation.crew import Process
from tests.simulation.front import OneByOneFront
from tests.simulation.undoing import Undoing
from tests.simulation.weather import Trouble
from tests.simulation.world import World

from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.ports import Append, MemberKey


class FileFront(OneByOneFront):
    """A store in a file: the writes of a batch are durable together, and one writes at a time."""

    def __init__(self, world: World, process: Process, name: str) -> None:
        super().__init__(world, process, name)
        self._batch: Undoing | None = None
        self._has_failed = False

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Let the writes become durable together, or none of them."""
        self.process.check()
        self._batch, self._has_failed = Undoing(self.world.store), False
        try:
            yield
            if self._has_failed:
                raise StoreUnavailable("the batch was undone")
            trouble = self.world.chance.one_of("commit", self.world.weather.step)
            self._before(trouble)
            self._batch = None
            self._after(trouble)
        finally:
            if self._batch is not None:
                self.world.tally["batches undone"] += 1
                self._batch.undo()
                self._batch = None

    def append(self, append: Append) -> None:
        """Write all of it, in the batch if there is one."""
        if self._batch is None:
            super().append(append)
            return
        if self._has_failed:
            raise StoreUnavailable("the batch was undone")
        try:
            super().append(append)
        except StoreUnavailable:
            self._has_failed = True
            raise

    def mark_due(self, member: MemberKey, day: date) -> None:
        """Put a member on the list of a day."""
        if self._batch is not None:
            self._batch.note_mark(member, day)
        super().mark_due(member, day)

    def forget_due(self, member: MemberKey, day: date) -> None:
        """Take a member off the list of a day."""
        if self._batch is not None:
            self._batch.note_mark(member, day)
        super().forget_due(member, day)

    def _write(self, append: Append) -> None:
        if self._batch is not None:
            self._batch.note_append(append)
        super()._write(append)

    def _send_late(self, append: Append) -> None:
        del append  # in a file nothing is on its way
        self._before(Trouble.NO_ANSWER)

    def _before(self, trouble: int) -> None:
        has_lock = self._batch is not None  # then nobody else could do anything
        if not (has_lock and trouble in (Trouble.OTHERS_GO_ON, Trouble.STALL)):
            super()._before(trouble)
