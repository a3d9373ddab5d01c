"""The deployed system with an issuer of tokens: who gets what through API Gateway."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx2
import pytest
from tests.stack_clients import Stack, order, points
from tests.token_issuer import TokenIssuer

pytest_plugins = ("tests.deployed_stack",)


@pytest.fixture(scope="module")
def api(stack: Stack) -> Iterator[httpx2.Client]:
    """A client of the deployed API that brings no token of its own."""
    with stack.api() as client:
        yield client


def _bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_shop_sends_an_event_and_its_member_sees_the_points(
    api: httpx2.Client, stack: Stack
) -> None:
    shop = _bearing(stack.token(sub="shop", scope="loyalty:write"))
    event = order("tom", "tom-1", 120)
    assert api.post("/loyalty/events", json=event, headers=shop).status_code == 202

    with stack.api(stack.token(sub="tom")) as tom:
        assert points(tom, "tom", 120) == 120
        assert tom.get("/loyalty/orders/tom-1").json()["memberId"] == "tom"


def test_a_member_gets_nothing_of_another(stack: Stack) -> None:
    with stack.api(stack.outputs["Token"]) as app:
        app.post("/loyalty/events", json=order("una", "una-1", 7)).raise_for_status()
        assert points(app, "una", 7) == 7

    with stack.api(stack.token(sub="uri")) as uri:
        for path in ("/loyalty/points/una", "/loyalty/members/una", "/loyalty/orders/una-1"):
            assert uri.get(path).status_code == 404
        assert uri.post("/loyalty/events", json={}).status_code == 403
        assert uri.get("/loyalty/points/uri").json()["points"] == 0


def test_what_is_forged_expired_for_others_or_missing_gets_nowhere(
    api: httpx2.Client, stack: Stack
) -> None:
    # It says of itself what the real one does, and its keys have the same names.
    forger = TokenIssuer(stack.outputs["TokenUrl"].removesuffix("/token"))
    for headers in (
        {},
        _bearing("nonsense"),
        _bearing(forger.token(time.time())),
        _bearing(stack.token(exp=int(time.time()) - 61)),
        _bearing(stack.token(aud="another-application")),
        _bearing(stack.token(iss="https://login.example")),
    ):
        assert api.get("/loyalty/points/ann", headers=headers).status_code == 401
    assert api.get("/loyalty/points/ann", headers=_bearing(stack.token())).status_code == 200


def test_nothing_but_health_and_the_terms_is_open(api: httpx2.Client) -> None:
    assert api.get("/loyalty/points/ann").status_code == 401
    assert api.get("/loyalty/members?tier=Basic").status_code == 401
    assert api.post("/loyalty/events", json=order("ann", "ann-9", 1)).status_code == 401
    assert api.post("/loyalty/program").status_code == 401
    assert api.get("/loyalty/program").json()["programId"] == "shop"
    assert api.get("/health/live").status_code == 200
    assert api.get("/health/ready").status_code == 200
