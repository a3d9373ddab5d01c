"""How often each caller may ask the server, with tokens and without."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.server_process import Server
from tests.token_issuer import AUDIENCE, TokenIssuer, running_issuer

from loyalty_server.settings import ServerSettings

Serve = Callable[[], Server]

PATH = "/loyalty/points/ann"


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenIssuer]:
    """Run an issuer, and let every server that is started accept its tokens."""
    with running_issuer() as issuer:
        monkeypatch.setenv("LOYALTY_JWT_ISSUER", issuer.url)
        monkeypatch.setenv("LOYALTY_JWT_AUDIENCE", AUDIENCE)
        yield issuer


def _statuses(server: Server, times: int, token: str | None = None) -> Counter[int]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(_: int) -> int:
        return server.client.get(PATH, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        return Counter(pool.map(ask, range(times)))


def test_who_asks_too_often_is_told_when_to_come_again(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOYALTY_REQUESTS_PER_SECOND", "0.5")
    server = serve()
    assert server.client.get(PATH).status_code == 200

    refused = server.client.get(PATH)

    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["RateLimit-Policy"] == '"caller";q=1;w=2'
    seconds = refused.headers["Retry-After"]
    assert refused.headers["RateLimit"] == f'"caller";r=0;t={seconds}'
    time.sleep(int(seconds))
    assert server.client.get(PATH).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/nowhere"),
        ("DELETE", PATH),
        ("GET", "/metrics"),
    ],
)
def test_what_needs_no_token_and_what_there_is_not_counts_too(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    monkeypatch.setenv("LOYALTY_REQUESTS_PER_SECOND", "0.1")
    server = serve()
    assert server.client.request(method, path).status_code != 429

    refused = server.client.request(method, path)

    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.headers["Retry-After"] == "10"
    assert refused.headers["X-Content-Type-Options"] == "nosniff"
    # It is one and the same measure.
    assert server.client.get(PATH).status_code == 429


def test_each_caller_has_a_measure_of_their_own(
    serve: Serve, issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOYALTY_REQUESTS_PER_SECOND", "5")
    server = serve()
    now = time.time()
    ann, shop = issuer.token(now), issuer.token(now, sub="shop", scope="loyalty:read")

    # A second token of the same caller is no second measure, and a forged one takes nothing of it.
    _statuses(server, 30, issuer.token(now, exp=int(now) - 100))
    assert server.client.get(PATH, headers={"Authorization": f"Bearer {ann}"}).status_code == 200
    assert _statuses(server, 30, ann)[429] >= 10
    assert _statuses(server, 1, issuer.token(now, exp=int(now) + 100)) == {429: 1}
    assert _statuses(server, 1, shop) == {200: 1}


def test_strangers_are_counted_by_where_they_come_from(
    serve: Serve, issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del issuer  # that there is one
    monkeypatch.setenv("LOYALTY_REQUESTS_PER_SECOND", "5")
    server = serve()

    found = _statuses(server, 40)

    assert set(found) == {401, 429}
    assert found[429] >= 20


def test_who_asks_whether_the_service_is_well_is_always_answered(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOYALTY_REQUESTS_PER_SECOND", "1")
    server = serve()

    assert {server.client.get("/health/live").status_code for _ in range(20)} == {200}


def test_without_tokens_this_machine_may_ask_as_often_as_it_likes(serve: Serve) -> None:
    server = serve()

    assert _statuses(server, 1_200) == {200: 1_200}


@pytest.mark.usefixtures("issuer")
def test_with_tokens_there_is_a_measure_unless_it_is_set_to_none() -> None:
    assert ServerSettings().most_requests_per_second == 500
    assert ServerSettings(requests_per_second=0).most_requests_per_second == 0
