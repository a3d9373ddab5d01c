"""What the server prints while all goes wrong that can: nothing of what anybody sent to it."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.raw_connections import HOST, RawConnection
from tests.server_process import Server
from tests.token_issuer import AUDIENCE, TokenIssuer, ec_key, running_issuer, signed

Serve = Callable[[], Server]

MARK = "seCreT"  # whatever holds it, nobody may read in a log


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenIssuer]:
    """Run an issuer, and let every server that is started accept its tokens."""
    with running_issuer() as issuer:
        monkeypatch.setenv("LOYALTY_JWT_ISSUER", issuer.url)
        monkeypatch.setenv("LOYALTY_JWT_AUDIENCE", AUDIENCE)
        yield issuer


@pytest.fixture(params=["INFO", "DEBUG"])
def server(
    serve: Serve,
    issuer: TokenIssuer,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Server:
    monkeypatch.setenv("LOYALTY_LOG_LEVEL", request.param)
    monkeypatch.setenv("LOYALTY_ANSWER_TIMEOUT_SECONDS", "1")
    monkeypatch.setenv("LOYALTY_REQUEST_TIMEOUT_SECONDS", "1")
    server = serve()
    token = issuer.token(time.time(), sub="shop", scope="loyalty:admin", note=MARK)
    server.client.headers["Authorization"] = f"Bearer {token}"
    return server


def _event(order: str, **more: object) -> dict[str, object]:
    return {
        "userId": "ann",
        "orderId": order,
        "transactionId": f"pay {MARK}",
        "totalAmount": 125,
        "lines": [{"amount": 1, "sku": MARK, "lineId": MARK}],
        "note": MARK,
        **more,
    }


def _command(key: str, **body: object) -> dict[str, Any]:
    return {"headers": {"Idempotency-Key": f"{MARK} {key}"}, "json": body}


def _ask_for_all_that_is_refused(server: Server, issuer: TokenIssuer) -> None:
    post, get = server.client.post, server.client.get
    for token in (
        MARK,
        f"{MARK}.{MARK}.{MARK}",
        issuer.token(0, note=MARK),
        signed(ec_key("stranger"), issuer.claims(time.time(), note=MARK)),
    ):
        get("/loyalty/points/ann", headers={"Authorization": f"Bearer {token}"})
        get("/loyalty/points/ann", headers={"Authorization": f"Basic {token}"})
    for body in (f'{{"{MARK}"', f'{{"{MARK}": 1, "{MARK}": 2}}', f'"{MARK}"', f"{MARK}\xff"):
        post("/loyalty/events", content=body.encode("latin-1"))
        post("/loyalty/quotes", content=body.encode("latin-1"))
    post("/loyalty/events", json=_event("o-3", currency=MARK, occurredAt=MARK))
    get("/loyalty/members/ann", params={"asOf": MARK, "knownAt": MARK})
    get("/loyalty/members/ann/transactions", params={"cursor": MARK, "limit": MARK})
    redemptions = "/loyalty/members/ann/redemptions"
    post(redemptions, **_command("1", points=10_000, description=MARK))
    post(redemptions, **_command("2", points=MARK, description=MARK))
    post(redemptions, **_command("3", points=10, description=MARK))
    post(redemptions, **_command("3", points=11, description=MARK))


def _send_what_is_no_request(server: Server) -> None:
    mark = MARK.encode()
    for request in (
        mark + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + mark + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + mark * 20_000,
        b"POST /loyalty/events HTTP/1.1\r\n" + HOST + b"Content-Length: 99\r\n\r\n" + mark,
        b"GET / HTTP/1.1\r\n"
        + HOST
        + b"Connection: close, upgrade\r\nUpgrade: "
        + mark
        + b"\r\n\r\n",
    ):
        with RawConnection(server) as connection:
            connection.send(request)
            connection.everything()


def _damage_the_ledger(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "ledger.db")) as ledger:
        damaged = json.dumps({"seq": MARK, "type": MARK, "description": MARK})
        ledger.execute("UPDATE entry SET body = ?", (damaged,))
        ledger.commit()


def test_no_token_no_key_and_no_body_is_ever_in_a_log(
    server: Server, issuer: TokenIssuer, tmp_path: Path
) -> None:
    folder = tmp_path / "loyalty-data"
    events = [
        _event("o-1"),
        _event("o-2"),
        _event("o-1", totalAmount=126),
        {**_event("o-1"), "userId": "bob"},
    ]
    assert server.client.post("/loyalty/events", json=events).status_code == 202
    server.wait_until_processed()
    _ask_for_all_that_is_refused(server, issuer)
    _send_what_is_no_request(server)
    with closing(sqlite3.connect(folder / "queue.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert server.client.post("/loyalty/events", json=_event("o-4")).status_code == 503
        other.execute("ROLLBACK")
    _damage_the_ledger(folder)
    assert server.client.get("/loyalty/members/ann").status_code == 500
    server.client.post("/loyalty/events", json=_event("o-5"))
    wish = _command("9", points=1, description=MARK)
    assert server.client.post("/loyalty/members/ann/redemptions", **wish).status_code == 500
    time.sleep(0.5)

    _, printed, logged = server.stop(signal.SIGKILL)

    lines = [json.loads(line) for line in logged.splitlines()]
    found = {each.get("code") for each in lines}
    assert {"ledger_damaged", "answer_timed_out", "order_differs"} <= found
    assert any("Traceback" in each.get("exc_info", "") for each in lines)
    assert [line for line in logged.splitlines() if MARK in line] == []
    bearer = server.client.headers["Authorization"].removeprefix("Bearer ")
    assert not any(part in logged + printed for part in bearer.split("."))
    assert MARK not in printed
