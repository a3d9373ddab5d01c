"""How many requests each caller may make: a token bucket for each, in memory.

API Gateway does this on AWS. A caller is whom a token was given to, or else the address.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, ip_address

from fastapi import Request
from fastapi.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loyalty_api.access.guard import Guard
from loyalty_shared.domain.errors import LoyaltyError

_BURST_SECONDS = 2.0  # what was not used so far back may be used at once, as on API Gateway
_MOST_CALLERS = 10_000  # a bucket that was not used for so long is full again, or nearly
# Who asks whether the service is well gets an answer, or it would be taken for dead.
_NEVER_LIMITED = "/health/"
_IS_COUNTED = "is_counted"  # in the state of a request


class RateLimited(LoyaltyError):
    """The caller makes more requests than one may."""

    code = "rate_limited"

    def __init__(self, wait_seconds: float, policy: str) -> None:
        super().__init__("more requests than one caller may make; the next one has to wait")
        seconds = max(1, math.ceil(wait_seconds))
        # The last two as draft-ietf-httpapi-ratelimit-headers-10 has them.
        self.headers = {
            "Retry-After": str(seconds),
            "RateLimit-Policy": f'"caller";{policy}',
            "RateLimit": f'"caller";r=0;t={seconds}',
        }


class RequestRates:
    """A token bucket for each caller; the clock gives seconds, from whenever."""

    def __init__(self, requests_per_second: float, clock: Callable[[], float]) -> None:
        self._per_second = requests_per_second
        self._most = max(1.0, requests_per_second * _BURST_SECONDS)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when
        window_seconds = math.ceil(self._most / requests_per_second)
        self._policy = f"q={math.floor(self._most)};w={window_seconds}"

    def take(self, caller: str) -> None:
        """Count a request.

        Raises:
            RateLimited: when it is one too many.
        """
        now = self._clock()
        tokens, before = self._buckets.pop(caller, (self._most, now))
        tokens = min(self._most, tokens + (now - before) * self._per_second)
        is_allowed = tokens >= 1
        self._buckets[caller] = (tokens - 1 if is_allowed else tokens, now)
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        if not is_allowed:
            raise RateLimited((1 - tokens) / self._per_second, self._policy)


class CountedRequests:
    """Middleware that counts what reaches no gate: what there is no route for, and the docs.

    Nobody's token was checked there, so all of it counts for the address. It is counted when the
    answer begins: only then it is known that no gate has done so.
    """

    def __init__(
        self, app: ASGIApp, rates: RequestRates, refusal: Callable[[RateLimited], Response]
    ) -> None:
        self._app = app
        self._rates = rates
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and the answer back unless it is one too many."""
        if scope["type"] != "http" or scope["path"].startswith(_NEVER_LIMITED):
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        is_refused = False

        async def send_if_allowed(message: Message) -> None:
            nonlocal is_refused
            if message["type"] == "http.response.start" and _IS_COUNTED not in state:
                try:
                    self._rates.take(_caller_of(Request(scope)))
                except RateLimited as error:
                    is_refused = True
                    await self._refusal(error)(scope, receive, send)
            if not is_refused:
                await send(message)

        await self._app(scope, receive, send_if_allowed)


def limited(guard: Guard | None, rates: RequestRates) -> Guard:
    """Count each request for whoever makes it, whether the guard lets it through or not."""

    async def gate(request: Request) -> None:
        try:
            if guard is not None:
                await guard(request)
        finally:
            request.scope["state"][_IS_COUNTED] = True
            if not request.scope["path"].startswith(_NEVER_LIMITED):
                rates.take(_caller_of(request))

    return gate


def _caller_of(request: Request) -> str:
    # Only a token that was checked says who asks: nobody uses up what is another's.
    caller = getattr(request.state, "caller", None)
    if caller is not None and caller.subject is not None:
        return f"subject {caller.subject}"
    return _network_of(request.client.host if request.client else "")


def _network_of(host: str) -> str:
    """Name what one caller has: an IPv4 address, or of IPv6 the 2^64 that are given out together.

    A server that listens to both has IPv4 addresses as IPv6 ones, all of them in the same network.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return f"address {host}"
    if isinstance(address, IPv4Address):
        return f"address {address}"
    if address.ipv4_mapped is not None:
        return f"address {address.ipv4_mapped}"
    return f"network {address.packed[:8].hex()}"
