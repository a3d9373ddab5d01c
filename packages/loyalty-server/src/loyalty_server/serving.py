"""Serve an application until a signal says to stop."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from loyalty_api.addresses import is_loopback
from loyalty_server.bounded_connection import BoundedConnection
from loyalty_server.connections import ConnectionLimits, Connections
from loyalty_server.open_files import allow_open_files
from loyalty_server.request_sizes import LARGEST_HEAD_BYTES
from loyalty_server.settings import ServerSettings
from loyalty_shared.domain.errors import LoyaltyError

_GRACE_SECONDS = 10  # for answers under way; what was accepted is durable anyhow
_BACKLOG = 2048
_MOST_TAKEN_AT_ONCE = 128  # connections that can be there, and not be counted yet
_OTHER_FILES = 72  # the ledger, the queue, their readers; more than were ever seen
_FEWEST_CONNECTIONS = 16
# Longer than load balancers keep theirs (60 s): else they send to one that is just being closed.
_IDLE_SECONDS = 75
_TICKS_A_SECOND = 10  # of uvicorn


class CannotServe(LoyaltyError):
    """The address cannot be served on."""

    code = "cannot_serve"


def listen(host: str, port: int, *, asks_for_tokens: bool) -> socket.socket:
    """Take an address.

    Raises:
        CannotServe: when it is in use, does not exist, or no token is asked for and it is not this
            machine's own loopback: then nobody else may ask.
    """
    if not asks_for_tokens and not is_loopback(host):
        raise CannotServe(
            f"{host} is not a loopback address: without authentication (LOYALTY_JWT_ISSUER) the"
            " server answers this machine only (127.0.0.1, ::1 or localhost)"
        )
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Named in full: asyncio sends at once (TCP_NODELAY) only where it reads TCP here, and
        # otherwise each answer on a kept connection waits some 40 ms for an acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        raise CannotServe(
            f"cannot serve on {host}:{port}: {error.strerror}; --port takes another port"
        ) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Give the address of a listening socket as people use it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, limits: ConnectionLimits, announce: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self.server_state = self._connections = Connections(limits)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for each in sockets or []:
            each.listen(_BACKLOG)  # asyncio has set it to what it takes at once
        # Where it cannot be said, this raises, and there is no server.
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Who was accepted a moment ago is no connection yet. Nobody would tell it to end, and it
        # would be served until the grace is over.
        self._connections.is_ending = True
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_A_SECOND == 0:
            self._connections.sweep()
        return await super().on_tick(counter)


def serve(
    app: FastAPI, listener: socket.socket, settings: ServerSettings, announce: Callable[[], None]
) -> None:
    """Serve until SIGINT or SIGTERM, finish what is under way, and return.

    `announce` is called once it serves. A second SIGINT does not wait for what is under way.
    """
    config = uvicorn.Config(
        app,
        log_config=None,  # the command has set up its own
        access_log=False,
        server_header=False,
        http=BoundedConnection,
        ws="none",
        h11_max_incomplete_event_size=LARGEST_HEAD_BYTES,
        backlog=_MOST_TAKEN_AT_ONCE,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        lifespan="off",  # it is left out at an end in a hurry; who opened the application closes it
    )
    room = allow_open_files() - _MOST_TAKEN_AT_ONCE - _OTHER_FILES
    limits = ConnectionLimits(
        connections=max(room, _FEWEST_CONNECTIONS),
        request_seconds=settings.request_timeout_seconds,
        answer_seconds=settings.answer_timeout_seconds,
    )
    server = _Server(config, limits, announce)
    with _stopped_by_signals(server):
        server.run(sockets=[listener])


@contextmanager
def _stopped_by_signals(server: uvicorn.Server) -> Iterator[None]:
    # uvicorn listens to signals only while it runs, and raises each once more when it is done: one
    # that comes before must stop it too, and none of these may end the process. Afterwards they do
    # what they did before, so that nobody waits for ever for something that does not end.
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, server.handle_exit) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
