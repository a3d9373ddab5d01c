from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

Buy = Callable[..., None]
Give = Callable[..., None]


def test_members_of_a_tier_are_listed_by_id_page_by_page(client: TestClient, buy: Buy) -> None:
    ids = ["ann", "b/ob", "cas", "ENTRY#1", "Zoë", "名前"]
    for number, member in enumerate(ids):
        buy(member, f"o-{number}", "600")
    buy("basic", "o-9", "1")

    seen, cursor = [], None
    while True:
        query = {"tier": "Bronze", "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = client.get("/loyalty/members", params=query).json()
        seen += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            break

    assert [item["memberId"] for item in seen] == sorted(ids)
    assert seen[0] == {"memberId": "ENTRY#1", "tier": "Bronze", "tierSince": "2026-05-04"}


def test_a_member_is_listed_in_the_tier_that_an_entry_brought(
    client: TestClient, buy: Buy, give_back: Give
) -> None:
    buy("ann", "o-1", "600")
    give_back("ann", "o-1", "r-1", "600")

    def listed(tier: str) -> list[str]:
        page = client.get("/loyalty/members", params={"tier": tier}).json()
        return [item["memberId"] for item in page["items"]]

    assert (listed("Bronze"), listed("Basic")) == ([], ["ann"])


@pytest.mark.parametrize(
    ("query", "status", "code", "location"),
    [
        ("", 422, "invalid_request", "query/tier"),
        ("tier=bronze", 422, "unknown_tier", "query/tier"),
        ("tier=", 422, "unknown_tier", "query/tier"),
        ("tier=Basic&limit=0", 422, "invalid_request", "query/limit"),
        ("tier=Basic&limit=101", 422, "invalid_request", "query/limit"),
        ("tier=Basic&cursor=", 400, "invalid_cursor", "query/cursor"),
        ("tier=Basic&cursor=YmVmb3JlOjI", 400, "invalid_cursor", "query/cursor"),  # before:2
        ("tier=Basic&cursor=YWZ0ZXI6", 400, "invalid_cursor", "query/cursor"),  # after:
    ],
)
def test_a_list_that_cannot_be_is_refused(
    client: TestClient, query: str, status: int, code: str, location: str
) -> None:
    answer = client.get(f"/loyalty/members?{query}")

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem["errors"][0]["location"] == location
