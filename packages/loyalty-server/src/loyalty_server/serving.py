"""Serve an application until a signal says to stop."""

from __future__ import annotations

import signal
import socket
from ipaddress import ip_address

import uvicorn
from fastapi import FastAPI

from loyalty_shared.domain.errors import LoyaltyError

_GRACE_SECONDS = 10  # for answers under way; what was accepted is durable anyhow
_BACKLOG = 2048


class CannotServe(LoyaltyError):
    """The address cannot be served on."""

    code = "cannot_serve"


def listen(host: str, port: int) -> socket.socket:
    """Take an address.

    Raises:
        CannotServe: when it is in use, does not exist, or is not this machine's own loopback:
            without authentication nobody else may ask.
    """
    if not _is_loopback(host):
        raise CannotServe(
            f"{host} is not a loopback address: without authentication the server answers this"
            " machine only (127.0.0.1, ::1 or localhost)"
        )
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
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


def serve(app: FastAPI, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, finish what is under way, and return."""
    config = uvicorn.Config(
        app,
        log_config=None,  # the command has set up its own
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    # uvicorn raises the signal once more when it is done; by then it must not end the process.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda _number, _frame: None)
    uvicorn.Server(config).run(sockets=[listener])


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
