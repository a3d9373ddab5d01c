"""A service that answers what a test tells it to: for the client, which never sees another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2

Ask = Callable[..., Any]  # the name of a client's method, and what to call it with


class ScriptedService:
    """A service that answers what it is told to, in turn, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.answers: list[httpx2.Response | Exception] = []
        self.pauses: list[float] = []

    def will(
        self, body: object, status: int = 200, headers: dict[str, str] | None = None
    ) -> ScriptedService:
        """Answer with JSON."""
        self.answers.append(httpx2.Response(status, json=body, headers=headers))
        return self

    def will_say(
        self, text: str, status: int, headers: dict[str, str] | None = None
    ) -> ScriptedService:
        """Answer as something does that is not the service."""
        self.answers.append(httpx2.Response(status, text=text, headers=headers))
        return self

    def will_fail(self, error: Exception) -> ScriptedService:
        """Do not answer."""
        self.answers.append(error)
        return self

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def pause_for_others(self, seconds: float) -> None:
        self.pauses.append(seconds)
