"""What the Lambda logs of what goes wrong: JSON, and nothing of what anybody sent."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities import typing as powertools
from mangum.types import LambdaContext
from tests.token_issuer import AUDIENCE, TokenIssuer

from loyalty_api import aws as lambda_entry
from loyalty_shared import system

CONTEXT = cast("LambdaContext", powertools.LambdaContext())
MARK = "seCreT"
EVENT = {"userId": "ann", "orderId": "o-1", "transactionId": MARK, "totalAmount": 125}


@pytest.fixture
def token(issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let the function accept tokens, and have a queue that does not answer."""
    for name, value in {
        "LOYALTY_STORE": "memory:",
        "LOYALTY_LOG_LEVEL": "DEBUG",
        "LOYALTY_QUEUE_URL": "http://127.0.0.1:1/000000000000/none",
        "LOYALTY_JWT_ISSUER": issuer.url,
        "LOYALTY_JWT_AUDIENCE": AUDIENCE,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": MARK,
        "AWS_SECRET_ACCESS_KEY": MARK,
    }.items():
        monkeypatch.setenv(name, value)
    lambda_entry._wired.cache_clear()  # noqa: SLF001 - a new environment is a new sandbox
    yield issuer.token(system.now().timestamp(), scope="loyalty:admin", note=MARK)
    lambda_entry._wired.cache_clear()  # noqa: SLF001 - as above


def _ask(method: str, path: str, body: str, token: str) -> tuple[int, Any]:
    path, _, query = path.partition("?")
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "host": "api.example",
            "x-forwarded-proto": "https",
            "authorization": f"Bearer {token}",
            "idempotency-key": MARK,
        },
        "requestContext": {"http": http, "stage": "$default", "requestId": "r-1"},
        "body": body,
        "isBase64Encoded": False,
    }
    answer = lambda_entry.handler(event, CONTEXT)
    assert answer["headers"]["cache-control"] == "no-store"
    assert "strict-transport-security" in answer["headers"]
    return answer["statusCode"], json.loads(answer["body"])


def test_no_token_no_key_and_no_body_is_in_the_log_of_the_lambda(
    token: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    redemptions = "/loyalty/members/ann/redemptions"
    wish = json.dumps({"points": 1, "description": MARK})

    assert _ask("POST", "/loyalty/events", json.dumps(EVENT), token)[0] == 503
    assert _ask("POST", "/loyalty/events", f'{{"{MARK}"', token)[0] == 400
    assert _ask("POST", redemptions, wish, token)[0] == 409
    assert _ask("GET", f"/loyalty/members/ann?asOf={MARK}", "", token)[0] == 422
    assert _ask("GET", "/loyalty/points/ann", "", f"{MARK}.{MARK}.{MARK}")[0] == 401

    logging.getLogger("loyalty_api.problems").error("quotes", exc_info=KeyError(MARK))

    failed, quoting = (json.loads(each) for each in caplog.text.splitlines())
    assert (failed["level"], failed["code"]) == ("WARNING", "store_unavailable")
    assert "StoreUnavailable: the queue does not answer" in failed["exception"]
    assert quoting["exception"].endswith("KeyError")
    printed = capsys.readouterr()
    for text in (caplog.text, printed.out, printed.err):
        assert MARK not in text
        assert not any(part in text for part in token.split("."))
