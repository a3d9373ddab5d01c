"""What the routes are given: the ledger, where accepted events go, and how to wait for a store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from anyio import to_thread

from loyalty_shared.service.ledger import Ledger

Result = TypeVar("Result")


class Inbox(Protocol):
    """Where accepted events wait for the processor."""

    def put(self, bodies: Sequence[str]) -> None:
        """Queue them, durably, or raise `StoreUnavailable`; then sending all again is safe."""


class SharedInbox(Protocol):
    """An inbox that puts the events of many requests in one go."""

    async def put(self, bodies: Sequence[str]) -> None:
        """Queue them, durably, or raise `StoreUnavailable`; then sending all again is safe."""


class Run(Protocol):
    """Runs a call that may block, and gives its result."""

    def __call__(self, call: Callable[[], Result], /) -> Awaitable[Result]: ...  # noqa: D102 - the class says it


async def run_inline(call: Callable[[], Result]) -> Result:
    """Run at once: for a store that answers in microseconds, or a Lambda's single request."""
    return call()


async def run_in_thread(call: Callable[[], Result]) -> Result:
    """Run beside the event loop: for a store that waits for a network or a disk."""
    return await to_thread.run_sync(call)


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes are given. `read` and `write` run calls of these two kinds.

    `shared_inbox` takes events in place of `inbox`, where there is one.
    """

    ledger: Ledger
    inbox: Inbox
    read: Run
    write: Run
    shared_inbox: SharedInbox | None = None

    async def accept(self, bodies: Sequence[str]) -> None:
        """Put events where the processor finds them, durably.

        Raises:
            StoreUnavailable: when they are not there; then sending all again is safe.
        """
        if self.shared_inbox is not None:
            await self.shared_inbox.put(bodies)
        else:
            await self.write(lambda: self.inbox.put(bodies))
