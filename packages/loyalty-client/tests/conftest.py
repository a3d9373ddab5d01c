from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest
from tests.scripted_service import Ask, ScriptedService

from loyalty_client import AsyncListing, AsyncLoyaltyClient, Listing, LoyaltyClient

Settings = dict[str, Any]


@pytest.fixture
def service() -> ScriptedService:
    return ScriptedService()


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, service: ScriptedService) -> Ask:
    """Give what calls a method of a client by its name; a list comes as one."""
    transport = httpx2.MockTransport(service.handle)

    def ask_sync(
        method: str, *arguments: object, client: Settings | None = None, **options: object
    ) -> object:
        with LoyaltyClient(
            "http://loyalty.test/v1/", transport=transport, sleep=service.pause, **(client or {})
        ) as loyalty:
            found = getattr(loyalty, method)(*arguments, **options)
            return list(found) if isinstance(found, Listing) else found

    async def ask_async(
        method: str, *arguments: object, client: Settings | None = None, **options: object
    ) -> object:
        async with AsyncLoyaltyClient(
            "http://loyalty.test/v1/",
            transport=transport,
            sleep=service.pause_for_others,
            **(client or {}),
        ) as loyalty:
            found = getattr(loyalty, method)(*arguments, **options)
            if isinstance(found, AsyncListing):
                return [item async for item in found]
            return await found

    if request.param == "sync":
        return ask_sync
    return lambda *arguments, **options: asyncio.run(ask_async(*arguments, **options))
