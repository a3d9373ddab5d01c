from __future__ import annotations

import asyncio

import httpx2
from tests.scripted_service import Ask, ScriptedService

from loyalty_client import AsyncLoyaltyClient


def test_a_token_is_sent_and_asked_for_each_time(ask: Ask, service: ScriptedService) -> None:
    service.will({"userId": "ann", "points": 1})
    ask("points", "ann", client={"token": "secret"})
    tokens = iter(["first", "second"])
    service.will({}, 503).will({"userId": "ann", "points": 1})
    ask("points", "ann", client={"token": lambda: next(tokens)})
    service.will({"userId": "ann", "points": 1})
    ask("points", "ann")

    sent = [each.headers.get("Authorization") for each in service.requests]
    assert sent == ["Bearer secret", "Bearer first", "Bearer second", None]


async def _awaited() -> str:
    return "secret"


def test_an_asynchronous_token_is_awaited(service: ScriptedService) -> None:

    service.will({"userId": "ann", "points": 1})

    async def main() -> None:
        transport = httpx2.MockTransport(service.handle)
        async with AsyncLoyaltyClient("http://x", token=_awaited, transport=transport) as client:
            await client.points("ann")

    asyncio.run(main())
    assert service.requests[0].headers["Authorization"] == "Bearer secret"
