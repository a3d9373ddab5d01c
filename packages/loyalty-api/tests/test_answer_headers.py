"""What every answer says to browsers, whatever it answers."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from fastapi.testclient import TestClient

from loyalty_api.application import create_app
from loyalty_api.services import Services, run_inline
from loyalty_shared.service.ledger import Ledger

EVENT = {"userId": "ann", "orderId": "o-1", "transactionId": "t-1", "totalAmount": 125}

EXPECTED = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "/loyalty/points/ann", "", 200),
        ("POST", "/loyalty/events", '{"userId": 1}', 422),
        ("POST", "/loyalty/events", "{", 400),
        ("POST", "/loyalty/events", " " * 1_000_001, 413),
        ("GET", "/loyalty/members/ann", "", 404),
        ("GET", "/nowhere", "", 404),
        ("DELETE", "/loyalty/events", "", 405),
        ("GET", "/health/live", "", 200),
        ("GET", "/openapi.json", "", 200),
    ],
)
def test_every_answer_has_them(
    client: TestClient, method: str, path: str, content: str, status: int
) -> None:
    answer = client.request(method, path, content=content)

    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED
    assert "server" not in answer.headers
    assert "strict-transport-security" not in answer.headers


def test_an_answer_to_a_mistake_of_ours_has_them_too(ledger: Ledger) -> None:
    class BrokenInbox:
        def put(self, bodies: object) -> None:
            raise ZeroDivisionError(bodies)

    app = create_app(Services(ledger, BrokenInbox(), run_inline, run_inline))
    # Nor is it raised once more, to be logged a second time by the server.
    with TestClient(app, raise_server_exceptions=True) as client:
        answer = client.post("/loyalty/events", json=EVENT)

    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected_error")
    assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED


def test_over_https_a_browser_is_told_to_stay_there(ledger: Ledger) -> None:
    class NoInbox:
        def put(self, bodies: object) -> None:
            """Take nothing."""

    app = create_app(Services(ledger, NoInbox(), run_inline, run_inline))
    with TestClient(app, base_url="https://loyalty.example") as client:
        answer = client.get("/loyalty/points/ann")

    assert answer.headers["strict-transport-security"].startswith("max-age=63072000")


def test_the_page_of_docs_may_run_what_it_holds_and_nothing_else(client: TestClient) -> None:
    page = client.get("/docs")

    policy = dict(
        part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";")
    )
    [script] = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    sources = policy["script-src"].split()
    assert f"'sha256-{digest}'" in sources
    assert "'unsafe-inline'" not in sources
    for address in re.findall(r'(?:src|href)="(https:[^"]+)"', page.text):
        allowed = " ".join(policy.values()).split()
        assert any(address.startswith(each) for each in allowed), address
    assert policy["frame-ancestors"] == policy["default-src"] == "'none'"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert client.get("/redoc").status_code == 404


def test_what_is_said_instead_of_the_page_of_docs_may_run_nothing(client: TestClient) -> None:
    refused = client.post("/docs")

    assert refused.status_code == 405
    assert refused.headers["content-security-policy"].startswith("default-src 'none'; frame")
