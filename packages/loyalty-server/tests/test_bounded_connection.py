"""A connection of the server, with an application that does what it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from uvicorn import Config

from loyalty_server.bounded_connection import BoundedConnection
from loyalty_server.connections import ConnectionLimits, Connections
from loyalty_server.serving import _Server

LIMITS = ConnectionLimits(connections=100, request_seconds=2, answer_seconds=2)
PATIENCE_SECONDS = 30
A_LOT = b"x" * 20_000

Send = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]


class Application:
    """Notes who asks; never answers, unless it is told to."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.answers = False

    async def __call__(self, _scope: dict[str, Any], _receive: object, send: Send) -> None:
        self.begun.set()
        if self.answers:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"done"})
            return
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


class Sender:
    """Somebody else's connection."""

    transport: asyncio.Transport
    counted_bytes = 0

    def end_if_too_slow(self) -> None:
        """Has all the time there is."""


class Client:
    """A connection to the application, and all connections that there are."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, all_: Connections
    ) -> None:
        self.connections = all_
        self._reader = reader
        self._writer = writer

    def send(self, path: str, body: bytes = b"") -> None:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)

    async def everything(self) -> bytes:
        """Read until the end, which must come."""
        return await self._reader.read()

    async def problem(self) -> tuple[int, dict[str, Any]]:
        """Read until the end; give the status and the problem."""
        head, _, body = (await self.everything()).partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)


@asynccontextmanager
async def connected(application: Application, *, late: bool = False) -> AsyncIterator[Client]:
    config = Config(application, log_config=None, lifespan="off")
    config.load()
    connections = Connections(LIMITS)
    connections.is_ending = late
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: BoundedConnection(config, connections, {}), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield Client(reader, writer, connections)
    finally:
        writer.close()
        server.close()


def test_what_is_given_up_is_cancelled() -> None:
    application = Application()

    async def run() -> tuple[int, dict[str, Any]]:
        async with connected(application) as client:
            client.send("/slow")
            await application.begun.wait()
            for _ in range(3):
                client.connections.sweep()
            answer = await client.problem()
            await application.cancelled.wait()
            return answer

    status, problem = asyncio.run(asyncio.wait_for(run(), PATIENCE_SECONDS))

    assert (status, problem["code"]) == (503, "answer_timed_out")


def test_what_there_is_no_room_for_is_never_begun() -> None:
    application = Application()
    application.answers = True

    async def run() -> tuple[int, dict[str, Any]]:
        async with connected(application) as client:
            client.connections.count_bytes(Sender(), 128 * 1024 * 1024)
            client.send("/large", A_LOT)
            return await client.problem()

    status, problem = asyncio.run(asyncio.wait_for(run(), PATIENCE_SECONDS))

    assert (status, problem["code"]) == (503, "too_busy")
    assert not application.begun.is_set()


def test_who_is_accepted_when_the_server_ends_is_not_served() -> None:
    application = Application()
    application.answers = True

    async def run() -> bytes:
        async with connected(application, late=True) as client:
            client.send("/late")
            return await client.everything()

    assert asyncio.run(asyncio.wait_for(run(), PATIENCE_SECONDS)) == b""
    assert not application.begun.is_set()


def test_a_server_that_ends_says_so_to_its_connections() -> None:
    async def ended() -> Connections:
        server = _Server(Config(Application(), lifespan="off"), LIMITS, lambda: None)
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        server.servers = []
        connections = server.server_state
        assert isinstance(connections, Connections)
        assert not connections.is_ending
        await server.shutdown()
        return connections

    assert asyncio.run(asyncio.wait_for(ended(), PATIENCE_SECONDS)).is_ending
