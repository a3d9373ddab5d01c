"""Lists that come in pages, by both clients."""

from __future__ import annotations

import asyncio

import httpx2
from tests.scripted_service import Ask, ScriptedService

from loyalty_client import AsyncLoyaltyClient, LoyaltyClient


def _member(name: str) -> dict[str, str]:
    return {"memberId": name, "tier": "Gold", "tierSince": "2026-05-04"}


def _script(service: ScriptedService) -> None:
    service.will({"items": [_member("ann"), _member("bob")], "nextCursor": "c+/="})
    service.will({"items": [], "nextCursor": "d"})
    service.will({"items": [_member("eve")], "nextCursor": None})


def test_all_pages_are_iterated_over(ask: Ask, service: ScriptedService) -> None:
    _script(service)

    found = ask("members_in_tier", "Gold", page_size=2)

    assert [each.member_id for each in found] == ["ann", "bob", "eve"]
    cursors = [each.url.params.get("cursor") for each in service.requests]
    assert cursors == [None, "c+/=", "d"]
    assert {each.url.params["limit"] for each in service.requests} == {"2"}


def test_a_list_without_a_cursor_is_one_page(ask: Ask, service: ScriptedService) -> None:
    hold = {"holdId": "h", "memberId": "ann", "points": 5, "status": "open"}
    service.will({"items": [hold]})

    assert [each.hold_id for each in ask("holds", "ann")] == ["h"]


def test_pages_are_asked_for_as_they_are_needed(service: ScriptedService) -> None:
    _script(service)
    with LoyaltyClient("http://x", transport=httpx2.MockTransport(service.handle)) as client:
        members = client.members_in_tier("Gold")
        assert service.requests == []

        assert next(iter(members)).member_id == "ann"
        assert len(service.requests) == 1


def test_one_page_can_be_asked_for(service: ScriptedService) -> None:
    _script(service)
    with LoyaltyClient("http://x", transport=httpx2.MockTransport(service.handle)) as client:
        page = client.members_in_tier("Gold").page("b")

    assert ([each.member_id for each in page.items], page.next_cursor) == (["ann", "bob"], "c+/=")
    assert service.requests[0].url.params["cursor"] == "b"


def test_one_page_can_be_awaited(service: ScriptedService) -> None:
    _script(service)

    async def main() -> str | None:
        transport = httpx2.MockTransport(service.handle)
        async with AsyncLoyaltyClient("http://x", transport=transport) as client:
            return (await client.members_in_tier("Gold").page()).next_cursor

    assert asyncio.run(main()) == "c+/="
