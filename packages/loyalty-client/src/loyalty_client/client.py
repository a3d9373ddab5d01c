"""The client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self, TypeVar

import httpx2

from loyalty_client import system
from loyalty_client.calls.call import Call
from loyalty_client.methods.commands import Commands
from loyalty_client.methods.events import Events
from loyalty_client.methods.reading import Reading
from loyalty_client.problems import ServiceUnavailable
from loyalty_client.retrying import Retries
from loyalty_client.sending import NO_ANSWER, no_answer, request_of, result_of

T = TypeVar("T")


class LoyaltyClient(Reading, Commands, Events):
    """A client of the loyalty API; threads may share it.

    `token` is a bearer token, or gives one: it is asked for each request. `retries` is how often a
    request is sent again where no answer came, or one that may be better later. `transport` is
    httpx2's, and `sleep` waits for so many seconds: for tests.
    """

    def __init__(  # noqa: PLR0913 - each has a default
        self,
        base_url: str,
        *,
        token: str | Callable[[], str] | None = None,
        timeout_seconds: float = 10.0,
        retries: int = 4,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = system.pause,
    ) -> None:
        self._http = httpx2.Client(base_url=base_url, timeout=timeout_seconds, transport=transport)
        self._token = token
        self._retries = Retries(retries)
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, call: Call[T]) -> T:
        """Send a call, again where that may help, and read its answer.

        Raises:
            LoyaltyProblem: when it is refused, or not answered.
        """
        failures = 0
        while True:
            try:
                return self._send_once(call)
            except ServiceUnavailable as problem:
                failures += 1
                pause = self._retries.pause_after(problem, failures, call)
            self._sleep(pause)

    def _send_once(self, call: Call[T]) -> T:
        token = self._token() if callable(self._token) else self._token
        try:
            response = self._http.send(request_of(self._http, call, token))
        except NO_ANSWER as error:
            raise no_answer(call, error) from error
        return result_of(call, response)
