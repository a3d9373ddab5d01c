"""A shop with some history, so that what schemathesis asks for is there now and then."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.server_process import Server
from tests.token_issuer import AUDIENCE, running_issuer

# The default one, with a second person for adjustments that are not small.
_PROGRAM = """
name: Of these tests
currency: EUR
timezone: Europe/Amsterdam
earning: {points_per_unit: 1, rounding: floor, pending_days: 0}
expiry: {after_days: 400}
refunds: {when_spent: debt}
redemption: {points_per_unit: 100, minimum: 1, step: 1}
adjustments: {below_zero: true, approval_above: 1000}
tiers:
  window: lifetime
  levels:
    - {name: Basic, from: 0, multiplier: 1}
    - {name: Bronze, from: 500, multiplier: 1.1}
    - {name: Silver, from: 1500, multiplier: 1.2}
    - {name: Gold, from: 5000, multiplier: 1.5}
"""


@contextmanager
def serving_shop(folder: Path) -> Iterator[Server]:
    """Serve it to everybody."""
    with _serving(folder, {}) as server:
        _do_business(server)
        yield server


@contextmanager
def serving_shop_with_tokens(folder: Path) -> Iterator[tuple[Server, str]]:
    """Serve it to those who bring a token; give one that may do everything."""
    with running_issuer() as issuer:
        settings = {"LOYALTY_JWT_ISSUER": issuer.url, "LOYALTY_JWT_AUDIENCE": AUDIENCE}
        now = time.time()
        token = issuer.token(now, sub="tim", scope="loyalty:admin", exp=int(now) + 86_400)
        with _serving(folder, settings) as server:
            server.client.headers["Authorization"] = f"Bearer {token}"
            _do_business(server)
            yield server, token


@contextmanager
def _serving(folder: Path, settings: dict[str, str]) -> Iterator[Server]:
    program = folder / "program.yaml"
    program.write_text(_PROGRAM, "utf-8")
    server = Server(folder, {"LOYALTY_PROGRAM": str(program), **settings})
    try:
        yield server
    finally:
        server.stop(signal.SIGTERM)


def _bought(user: str, order: str, amount: int) -> dict[str, Any]:
    return {
        "userId": user,
        "orderId": order,
        "transactionId": f"pay-{order}",
        "totalAmount": amount,
    }


def _do_business(server: Server) -> None:
    """Let some members buy, spend, hold and ask."""
    orders = [("ann", "A-1", 9000), ("ann", "A-2", 9000), ("bob", "B-1", 9000), ("cyd", "C-1", 600)]
    events = [_bought(*order) for order in [*orders, ("dan", "D-1", 5), ("a/b c#%", "O-1", 9000)]]
    refund = {"userId": "ann", "orderId": "A-2", "refundId": "R-1", "amount": 20}
    events.append({"detail-type": "OrderRefunded", "detail": refund})
    assert server.client.post("/loyalty/events", json=events).status_code == 202
    server.wait_until_processed()
    commands: list[tuple[str, dict[str, Any]]] = [
        ("ann/redemptions", {"points": 100, "orderId": "A-1"}),
        ("ann/holds", {"points": 100}),
        ("bob/holds", {"points": 100}),
        ("ann/adjustments", {"points": 2000, "reason": "sorry", "actor": "tim"}),
        ("bob/adjustments", {"points": -2000, "reason": "sorry", "actor": "tim"}),
        ("dan/merge", {"into": "cyd"}),
    ]
    for number, (path, body) in enumerate(commands):
        key = {"Idempotency-Key": f"shop {number}"}
        answer = server.client.post(f"/loyalty/members/{path}", json=body, headers=key)
        assert answer.status_code in {201, 202}, answer.text
