"""All HTTP connections of the server: never more of them, and of what they sent, than fits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from uvicorn.server import ServerState

_MOST_BYTES = 128 * 1024 * 1024
# A request up to this size is taken even then: a few large ones do not keep all others out.
_SMALL_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections there are at most, and how long each may take for what it does."""

    connections: int
    request_seconds: float
    answer_seconds: float


class Connection(Protocol):
    """What is asked of a connection here."""

    transport: asyncio.Transport
    counted_bytes: int  # of a request that is not answered yet

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
        self.is_ending = False  # the server: who comes now is too late
        self._counted_bytes = 0
        # Those that have no whole request here: the one that has waited longest is first.
        self._without_whole_request: dict[Connection, None] = {}

    def sweep(self) -> None:
        """Count a second, and end what takes too long."""
        self.seconds += 1
        for each in list(self.connections):
            each.end_if_too_slow()  # type: ignore[union-attr] # uvicorn's own type of those it makes

    def expect_request(self, connection: Connection) -> None:
        """Count a connection whose next request is not whole yet."""
        self._without_whole_request.setdefault(connection)
        if len(self.connections) > self.limits.connections:
            longest = next(iter(self._without_whole_request))
            self.expect_no_longer(longest)
            longest.transport.abort()

    def expect_no_longer(self, connection: Connection) -> None:
        """Count a connection no longer, since its request is whole, or it is at an end."""
        self._without_whole_request.pop(connection, None)

    def count_bytes(self, connection: Connection, received_bytes: int) -> bool:
        """Count what came of a request, and say whether there is room for it."""
        connection.counted_bytes += received_bytes
        self._counted_bytes += received_bytes
        return self._counted_bytes <= _MOST_BYTES or connection.counted_bytes <= _SMALL_BYTES

    def forget_bytes(self, connection: Connection) -> None:
        """Count what came of a request no longer, since it is answered, or nobody waits for it."""
        self._counted_bytes -= connection.counted_bytes
        connection.counted_bytes = 0
