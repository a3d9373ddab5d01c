"""The server with an issuer of tokens, each in its own process or thread, as clients meet them."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator

import httpx2
import pytest
from tests.server_process import Server
from tests.token_issuer import AUDIENCE, TokenIssuer, ec_key, rsa_key, running_issuer, signed

Serve = Callable[[], Server]


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenIssuer]:
    """Run an issuer, and let every server that is started accept its tokens."""
    with running_issuer() as issuer:
        monkeypatch.setenv("LOYALTY_JWT_ISSUER", issuer.url)
        monkeypatch.setenv("LOYALTY_JWT_AUDIENCE", AUDIENCE)
        yield issuer


@pytest.fixture
def server(serve: Serve, issuer: TokenIssuer) -> Server:
    server = serve()
    server.client.headers["Authorization"] = _bearer(issuer, scope="loyalty:admin")
    return server


def _bearer(issuer: TokenIssuer, **changes: object) -> str:
    return f"Bearer {issuer.token(time.time(), **changes)}"


def _ask(server: Server, path: str, authorization: str) -> httpx2.Response:
    return server.client.get(path, headers={"Authorization": authorization})


def test_a_shop_sends_events_and_each_member_sees_their_own(
    server: Server, issuer: TokenIssuer
) -> None:
    shop = {"Authorization": _bearer(issuer, sub="shop", scope="loyalty:write")}
    events = [
        {"userId": user, "orderId": f"{user}-1", "transactionId": "t", "totalAmount": 125}
        for user in ("ann", "bob")
    ]
    assert server.client.post("/loyalty/events", json=events, headers=shop).status_code == 202
    server.wait_until_processed()
    ann = _bearer(issuer, sub="ann")

    assert _ask(server, "/loyalty/points/ann", ann).json() == {"userId": "ann", "points": 125}
    assert _ask(server, "/loyalty/orders/ann-1", ann).json()["memberId"] == "ann"
    for path in ("/loyalty/points/bob", "/loyalty/members/bob", "/loyalty/orders/bob-1"):
        assert _ask(server, path, ann).status_code == 404
    assert _ask(server, "/loyalty/members/ann", shop["Authorization"]).status_code == 404
    answer = server.client.post("/loyalty/events", json=events, headers={"Authorization": ann})
    assert answer.status_code == 403


def test_what_is_forged_expired_or_missing_gets_nowhere(
    server: Server, issuer: TokenIssuer
) -> None:
    forged = signed(rsa_key("stranger"), issuer.claims(time.time()), kid=issuer.keys[0].key_id)
    expired = _bearer(issuer, exp=int(time.time()) - 61)

    for authorization in (f"Bearer {forged}", expired, "Bearer nonsense"):
        answer = _ask(server, "/loyalty/points/ann", authorization)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    del server.client.headers["Authorization"]
    assert server.client.get("/loyalty/points/ann").status_code == 401
    assert server.client.get("/health/ready").status_code == 200
    assert "securitySchemes" in server.client.get("/openapi.json").text


def test_whoever_signs_with_a_key_that_is_not_published_asks_the_issuer_nothing(
    server: Server, issuer: TokenIssuer
) -> None:
    assert _ask(server, "/loyalty/points/ann", _bearer(issuer)).status_code == 200
    unknown = signed(ec_key("key-3"), issuer.claims(time.time()))
    for _ in range(5):
        assert _ask(server, "/loyalty/points/ann", f"Bearer {unknown}").status_code == 401
    assert _ask(server, "/loyalty/points/ann", _bearer(issuer)).status_code == 200

    status, _, logged = server.stop(signal.SIGTERM)

    assert (status, logged) == (0, "")
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


def test_an_issuer_that_is_away_from_the_start_is_logged_and_told(
    server: Server, issuer: TokenIssuer
) -> None:
    issuer.is_away = True

    answer = _ask(server, "/loyalty/points/ann", _bearer(issuer))

    assert (answer.status_code, answer.json()["code"]) == (503, "issuer_unavailable")
    _, _, logged = server.stop(signal.SIGTERM)
    why, failed = (json.loads(each) for each in logged.splitlines())
    assert (why["level"], why["message"], why["kept"]) == ("WARNING", "issuer keys", 0)
    assert why["reason"].endswith("answers 503")
    assert (failed["message"], failed["code"]) == ("request failed", "issuer_unavailable")
