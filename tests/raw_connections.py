"""Connections to a server by hand: half requests, slow ones, and no HTTP at all."""

from __future__ import annotations

import json
import socket
import time
from types import TracebackType
from typing import Any, Self

from tests.server_process import Server

HOST = b"Host: loyalty.example\r\n"
_PATIENCE_SECONDS = 30.0


class RawConnection:
    """A connection that sends what it is told to, when it is told to."""

    def __init__(self, server: Server) -> None:
        port = server.client.base_url.port or 0
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def everything(self) -> bytes:
        """Read until the server hangs up."""
        parts: list[bytes] = []
        try:
            while part := self.socket.recv(65_536):
                parts.append(part)
        except ConnectionResetError:
            pass  # it has hung up, and did not read what was sent after that
        return b"".join(parts)

    def dribble(self, byte: bytes, seconds: float) -> float:
        """Send a byte now and then, until the server hangs up; say for how long it did not."""
        started = time.monotonic()
        try:
            while time.monotonic() - started < seconds:
                self.send(byte)
                time.sleep(0.1)
        except OSError:
            return time.monotonic() - started
        raise AssertionError(f"the server has listened for {seconds} s")


def status_and_problem(answer: bytes) -> tuple[int, dict[str, Any]]:
    """Read an answer that is a problem document."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    names = {each.partition(":")[0].lower(): each.partition(":")[2].strip() for each in headers}
    assert names["content-type"] == "application/problem+json"
    assert names["x-content-type-options"] == "nosniff"
    return int(status.split()[1]), json.loads(body)
