"""Many connections that ask a server one thing after the other, each waiting for its answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

from tests.load.http_client import Client

CONNECTIONS = 32

_GOOD = (HTTPStatus.OK, HTTPStatus.ACCEPTED)


@dataclass(frozen=True)
class Request:
    """What is asked for."""

    method: str
    path: str
    body: str | None = None


@dataclass
class Driven:
    """What came of it: how long it took, and how long each answer."""

    started: float
    seconds: float = 0.0
    answers: list[float] = field(default_factory=list, repr=False)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.answers) / self.seconds


def drive(
    url: str,
    requests: Iterator[Request],
    connections: int = CONNECTIONS,
    longest_seconds: float = 3_600,
) -> Driven:
    """Send requests over so many connections until there are none left, or the time is over.

    Raises:
        RuntimeError: when an answer is none of those that are good.
    """
    return asyncio.run(_drive(url, requests, connections, longest_seconds))


async def _drive(
    url: str, requests: Iterator[Request], connections: int, longest_seconds: float
) -> Driven:
    clients = [await Client.connect(url) for _ in range(connections)]
    driven = Driven(time.perf_counter())
    end = driven.started + longest_seconds

    async def go_on(client: Client) -> None:
        for request in requests:
            sent = time.perf_counter()
            answer = await client.ask(request.method, request.path, request.body)
            now = time.perf_counter()
            driven.answers.append(now - sent)
            if answer.status not in _GOOD:
                raise RuntimeError(f"{answer.status}: {answer.body.decode()}")
            if now > end:
                return

    await asyncio.gather(*map(go_on, clients))
    driven.seconds = time.perf_counter() - driven.started
    for client in clients:
        await client.close()
    return driven
