"""The deployed system with an issuer of tokens: who gets what through API Gateway."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx2
import pytest
from tests.aws_stack import build_bundles, running_stack
from tests.stack_clients import Stack
from tests.token_issuer import AUDIENCE, TokenIssuer, rsa_key, running_issuer, signed

_PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def issuer() -> Iterator[TokenIssuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def api(issuer: TokenIssuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A client of the deployed API that brings no token of its own."""
    bundles = tmp_path_factory.mktemp("bundles")
    build_bundles(bundles)
    with (
        running_stack(bundles, JwtIssuer=issuer.url, JwtAudience=AUDIENCE) as outputs,
        Stack(outputs).api(None) as client,
    ):
        yield client


def _bearing(issuer: TokenIssuer, **changes: object) -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.token(time.time(), **changes)}"}


def test_a_shop_sends_an_event_and_its_member_sees_the_points(
    api: httpx2.Client, issuer: TokenIssuer
) -> None:
    event = {"userId": "ann", "orderId": "ann-1", "transactionId": "t", "totalAmount": 120}
    shop = _bearing(issuer, sub="shop", scope="loyalty:write")
    assert api.post("/loyalty/events", json=event, headers=shop).status_code == 202

    deadline = time.monotonic() + _PATIENCE_SECONDS
    ann = _bearing(issuer, sub="ann")
    while api.get("/loyalty/points/ann", headers=ann).json() != {"userId": "ann", "points": 120}:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert api.get("/loyalty/orders/ann-1", headers=ann).json()["memberId"] == "ann"


def test_a_member_gets_nothing_of_another(api: httpx2.Client, issuer: TokenIssuer) -> None:
    bob = _bearing(issuer, sub="bob")
    for path in ("/loyalty/points/ann", "/loyalty/members/ann", "/loyalty/orders/ann-1"):
        assert api.get(path, headers=bob).status_code == 404
    assert api.post("/loyalty/events", json={}, headers=bob).status_code == 403
    assert api.get("/loyalty/points/bob", headers=bob).json()["points"] == 0


def test_what_is_forged_expired_for_others_or_missing_gets_nowhere(
    api: httpx2.Client, issuer: TokenIssuer
) -> None:
    claims = issuer.claims(time.time())
    forged = signed(rsa_key("stranger"), claims, kid=issuer.keys[0].key_id)
    for headers in (
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {forged}"},
        _bearing(issuer, exp=int(time.time()) - 61),
        _bearing(issuer, aud="another-application"),
        _bearing(issuer, iss="https://login.example"),
    ):
        assert api.get("/loyalty/points/ann", headers=headers).status_code == 401
    assert api.get("/health/ready").status_code == 200
