"""All HTTP connections of the server: never more of them, and of what they hold, than fits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from uvicorn.server import ServerState

_MOST_HELD_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections there are at most, and how long each may take for what it does."""

    connections: int
    request_seconds: float
    answer_seconds: float


class Connection(Protocol):
    """What is asked of a connection here."""

    transport: asyncio.Transport
    held_bytes: int  # of a request that is not whole yet

    def end_if_too_slow(self) -> None: ...  # noqa: D102 - the name says it


class Connections(ServerState):
    """All connections of a server.

    Their time is counted by `sweep`, which is called each second. So a program that was stopped for
    a while, or has too much to do, does not hold that against who waits for it.
    """

    def __init__(self, limits: ConnectionLimits) -> None:
        super().__init__()
        self.limits = limits
        self.seconds = 0
        self._held_bytes = 0
        # Those that have no whole request here: the one that has waited longest is first.
        self._unanswerable: dict[Connection, None] = {}

    def sweep(self) -> None:
        """Count a second, and end what takes too long."""
        self.seconds += 1
        for each in list(self.connections):
            each.end_if_too_slow()  # type: ignore[union-attr] # uvicorn's own type of those it makes

    def wait_for(self, connection: Connection) -> None:
        """Count a connection whose next request is not whole yet."""
        self._unanswerable.setdefault(connection)
        if len(self.connections) > self.limits.connections:
            self._end(next(iter(self._unanswerable)))

    def hold(self, connection: Connection, received_bytes: int) -> None:
        """Count what came of a request that is not whole yet."""
        connection.held_bytes += received_bytes
        self._held_bytes += received_bytes
        if self._held_bytes > _MOST_HELD_BYTES:
            self._end(next(each for each in self._unanswerable if each.held_bytes))

    def wait_no_longer(self, connection: Connection) -> None:
        """Count a connection no longer, since its request is whole, or it is at an end."""
        if connection in self._unanswerable:
            del self._unanswerable[connection]
            self._held_bytes -= connection.held_bytes
            connection.held_bytes = 0

    def _end(self, connection: Connection) -> None:
        self.wait_no_longer(connection)
        connection.transport.abort()
