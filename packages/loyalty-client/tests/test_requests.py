"""What each method sends, by both clients."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.scripted_service import Ask, ScriptedService

from loyalty_client import LoyaltyProblem, OrderLine, RefundLine

M = "/loyalty/members"
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=timezone(timedelta(hours=2)))
PURCHASE = {"user_id": "u", "order_id": "o", "transaction_id": "t"}
PURCHASED = {"userId": "u", "orderId": "o", "transactionId": "t"}


@dataclass(frozen=True)
class Case:
    """What a method is called with, and the path and body that it sends."""

    method: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    path: str
    body: Any = None


READS = [
    Case("points", ("ann",), {}, "/loyalty/points/ann"),
    Case("member", ("ann",), {}, f"{M}/ann"),
    Case("member", ("ann",), {"as_of": NOON}, f"{M}/ann?asOf=2026-05-04T10%3A00%3A00Z"),
    Case("member", ("ann",), {"known_at": NOON}, f"{M}/ann?knownAt=2026-05-04T10%3A00%3A00Z"),
    Case("transactions", ("ann",), {}, f"{M}/ann/transactions?limit=100"),
    Case("transactions", ("ann",), {"page_size": 5}, f"{M}/ann/transactions?limit=5"),
    Case("transaction", ("ann", "t1"), {}, f"{M}/ann/transactions/t1"),
    Case("order", ("A-1",), {}, "/loyalty/orders/A-1"),
    Case("members_in_tier", ("Gold & up",), {}, f"{M}?tier=Gold+%26+up&limit=100"),
    Case("program", (), {}, "/loyalty/program"),
    Case("holds", ("ann",), {}, f"{M}/ann/holds"),
    Case("get_hold", ("ann", "h1"), {}, f"{M}/ann/holds/h1"),
    Case("approvals", (), {}, "/loyalty/approvals"),
    Case("get_approval", ("a1",), {}, "/loyalty/approvals/a1"),
    Case("export_member", ("ann",), {}, f"{M}/ann/export"),
    Case("live", (), {}, "/health/live"),
    Case("ready", (), {}, "/health/ready"),
    # Ids are encoded wholly, and once.
    Case("order", ("a/b?c#d%41 é+",), {}, "/loyalty/orders/a%2Fb%3Fc%23d%2541%20%C3%A9%2B"),
    Case("order", ("..",), {}, "/loyalty/orders/%2E%2E"),
    Case("transaction", ("a/b", "c/d"), {}, f"{M}/a%2Fb/transactions/c%2Fd"),
]
COMMANDS = [
    Case("redeem", ("ann", 5), {}, f"{M}/ann/redemptions", {"points": 5}),
    Case(
        "redeem",
        ("ann", 5),
        {"order_id": "A-1", "description": "a cup"},
        f"{M}/ann/redemptions",
        {"points": 5, "orderId": "A-1", "description": "a cup"},
    ),
    Case("reverse", ("ann", "t1"), {}, f"{M}/ann/transactions/t1/reversal", {}),
    Case(
        "hold",
        ("ann", 5),
        {"expires_in_seconds": 60, "order_id": "A-1", "description": "a cup"},
        f"{M}/ann/holds",
        {"points": 5, "expiresInSeconds": 60, "orderId": "A-1", "description": "a cup"},
    ),
    Case("hold", ("ann", 5), {}, f"{M}/ann/holds", {"points": 5}),
    Case("capture", ("ann", "h1"), {}, f"{M}/ann/holds/h1/capture", {}),
    Case(
        "capture",
        ("ann", "h1", 3),
        {"order_id": "A-1", "description": "a cup"},
        f"{M}/ann/holds/h1/capture",
        {"points": 3, "orderId": "A-1", "description": "a cup"},
    ),
    Case("release", ("ann", "h1"), {}, f"{M}/ann/holds/h1/release", {}),
    Case(
        "adjust",
        ("ann", -5, "a mistake"),
        {"actor": "bob"},
        f"{M}/ann/adjustments",
        {"points": -5, "reason": "a mistake", "actor": "bob"},
    ),
    Case("approve", ("a1",), {"actor": "bob"}, "/loyalty/approvals/a1/approve", {"actor": "bob"}),
    Case("decline", ("a1",), {}, "/loyalty/approvals/a1/decline", {}),
    Case("erase", ("ann",), {}, f"{M}/ann/erasure", {}),
    Case("merge", ("ann", "bob"), {}, f"{M}/ann/merge", {"into": "bob"}),
    Case("undo_merge", ("ann",), {}, f"{M}/ann/merge/undo", {}),
]
POSTS = [
    Case(
        "send_event",
        ({**PURCHASED, "totalAmount": Decimal("100.90")},),
        {},
        "/loyalty/events",
        '{"userId": "u", "orderId": "o", "transactionId": "t", "totalAmount": 100.90}',
    ),
    Case(
        "send_events",
        ([{"a": [1, True, None]}, {}],),
        {},
        "/loyalty/events",
        '[{"a": [1, true, null]}, {}]',
    ),
    Case(
        "order_completed",
        (),
        {**PURCHASE, "total_amount": "12345678901234567.89"},
        "/loyalty/events",
        '{"detail-type": "OrderCompleted", "detail": {"userId": "u", "orderId": "o", '
        '"transactionId": "t", "totalAmount": 12345678901234567.89}}',
    ),
    Case(
        "order_completed",
        (),
        {
            **PURCHASE,
            "total_amount": 5,
            "currency": "EUR",
            "occurred_at": NOON,
            "lines": [OrderLine(amount="3.10", line_id="1", sku="s", quantity=2, category="c")],
            "shipping": "1.50",
            "tax": Decimal("0.40"),
        },
        "/loyalty/events",
        '{"detail-type": "OrderCompleted", "detail": {"userId": "u", "orderId": "o", '
        '"transactionId": "t", "totalAmount": 5, "currency": "EUR", "lines": [{"lineId": "1", '
        '"sku": "s", "quantity": 2, "amount": 3.10, "category": "c"}], "shipping": 1.50, '
        '"tax": 0.40, "occurredAt": "2026-05-04T10:00:00Z"}}',
    ),
    Case(
        "order_refunded",
        (),
        {
            "user_id": "u",
            "order_id": "o",
            "refund_id": "r",
            "amount": "4",
            "lines": [RefundLine(line_id="1", amount="3.10")],
        },
        "/loyalty/events",
        '{"detail-type": "OrderRefunded", "detail": {"userId": "u", "orderId": "o", '
        '"refundId": "r", "amount": 4, "lines": [{"lineId": "1", "amount": 3.10}]}}',
    ),
    Case(
        "quote",
        ("ann", "20.00"),
        {"points": 100, "currency": "EUR"},
        "/loyalty/quotes",
        '{"memberId": "ann", "totalAmount": 20.00, "currency": "EUR", "points": 100}',
    ),
]


def _request(ask: Ask, service: ScriptedService, case: Case, **more: str) -> httpx2.Request:
    service.will({})
    with suppress(LoyaltyProblem):  # an empty object is not what was asked for
        ask(case.method, *case.arguments, **case.options, **more)
    [request] = service.requests
    return request


def _path(request: httpx2.Request) -> str:
    sent = str(request.url.raw_path, "ascii")
    assert sent.startswith(("/v1/loyalty/", "/v1/health/"))
    return sent.removeprefix("/v1")


@pytest.mark.parametrize("case", READS, ids=lambda case: case.path)
def test_reading(ask: Ask, service: ScriptedService, case: Case) -> None:
    request = _request(ask, service, case)

    assert (request.method, _path(request), request.content) == ("GET", case.path, b"")
    assert "Idempotency-Key" not in request.headers


@pytest.mark.parametrize("case", COMMANDS, ids=lambda case: case.path)
def test_commands(ask: Ask, service: ScriptedService, case: Case) -> None:
    request = _request(ask, service, case, key="my key")

    assert (request.method, _path(request)) == ("POST", case.path)
    assert json.loads(request.content) == case.body
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Idempotency-Key"] == "my key"


@pytest.mark.parametrize("case", POSTS, ids=lambda case: case.method)
def test_events_and_quotes_need_no_key_and_have_exact_amounts(
    ask: Ask, service: ScriptedService, case: Case
) -> None:
    request = _request(ask, service, case)

    assert (request.method, _path(request)) == ("POST", case.path)
    assert request.content.decode() == case.body
    assert "Idempotency-Key" not in request.headers


def test_every_route_of_the_api_has_a_method() -> None:
    document = Path(__file__).parents[3] / "docs" / "openapi.json"
    routes = json.loads(document.read_text("utf-8"))["paths"]
    sent = [("get", case.path.partition("?")[0]) for case in READS]
    sent += [("post", case.path) for case in (*COMMANDS, *POSTS)]
    without = [
        f"{verb} {path}"
        for path, operations in routes.items()
        for verb in operations
        if not any(
            verb == each and re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), one)
            for each, one in sent
        )
    ]
    assert without == []
