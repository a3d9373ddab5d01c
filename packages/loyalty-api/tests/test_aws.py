from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from aws_lambda_powertools.utilities import typing as powertools
from mangum.types import LambdaContext
from tests.token_issuer import AUDIENCE, TokenIssuer

from loyalty_api import aws as lambda_entry
from loyalty_api.sqs_inbox import SqsInbox
from loyalty_shared import system
from loyalty_shared.contracts.events import decode_event
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.order_events import record_happening
from loyalty_shared.storage.dynamodb.table import create_table
from loyalty_shared.storage.opening import open_store

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Two libraries describe the same object of the Lambda runtime, one of them read-only.
CONTEXT = cast("LambdaContext", powertools.LambdaContext())

EVENT = {"userId": "ann", "orderId": "o-1", "transactionId": "t-1", "totalAmount": 125}


@pytest.fixture
def sqs(aws: str) -> SQSClient:
    del aws  # it is where the client goes
    return boto3.client("sqs")


@pytest.fixture
def queue_url(sqs: SQSClient, request: pytest.FixtureRequest) -> str:
    return sqs.create_queue(QueueName=f"queue-{abs(hash(request.node.name))}")["QueueUrl"]


@pytest.fixture
def ledger(queue_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    table = f"table-{queue_url.rsplit('/', 1)[1]}"
    create_table(boto3.client("dynamodb"), table)
    monkeypatch.setenv("LOYALTY_STORE", f"dynamodb:{table}")
    monkeypatch.setenv("LOYALTY_QUEUE_URL", queue_url)
    lambda_entry._wired.cache_clear()  # noqa: SLF001 - a new environment is a new sandbox
    store = open_store(f"dynamodb:{table}", system.pause)
    yield Ledger(store, default_program(), system.now, system.pause)
    lambda_entry._wired.cache_clear()  # noqa: SLF001 - as above
    store.close()


def _request(method: str, path: str, body: str | None = None, **headers: str) -> dict[str, Any]:
    """Write an HTTP API's event: its path is decoded, its query is not."""
    path, _, query = path.partition("?")
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "api.example", "content-type": "application/json", **headers},
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test",
            },
            "stage": "$default",
            "requestId": "r-1",
        },
        "body": body,
        "isBase64Encoded": False,
    }


def _ask(method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, Any]:
    answer = lambda_entry.handler(_request(method, path, body, **headers), CONTEXT)
    return answer["statusCode"], json.loads(answer["body"])


def _bodies(sqs: SQSClient, queue_url: str) -> list[str]:
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", [])]


def test_the_lambda_answers_what_the_table_holds(ledger: Ledger) -> None:
    record_happening(ledger, decode_event(EVENT).happening("EUR", system.now()))

    assert _ask("GET", "/loyalty/points/ann") == (200, {"userId": "ann", "points": 125})
    assert _ask("GET", "/loyalty/points/nobody") == (200, {"userId": "nobody", "points": 0})
    status, page = _ask("GET", "/loyalty/members/ann/transactions?limit=1")
    assert (status, page["items"][0]["orderId"]) == (200, "o-1")
    status, problem = _ask("GET", "/loyalty/members/ann/transactions?limit=0")
    assert (status, problem["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("user", ["a%41", "a%", "a%2F1", "Zoë", "a b", "a+b", "a#b;c=&@:"])
def test_an_id_is_read_as_it_stands_in_the_path_that_the_gateway_decoded(
    ledger: Ledger, user: str
) -> None:
    event = EVENT | {"userId": user, "orderId": user}
    record_happening(ledger, decode_event(event).happening("EUR", system.now()))

    assert _ask("GET", f"/loyalty/points/{user}") == (200, {"userId": user, "points": 125})
    status, order = _ask("GET", f"/loyalty/orders/{user}")
    assert (status, order["memberId"]) == (200, user)


def test_a_percent_sign_that_the_gateway_left_encoded_is_one(ledger: Ledger) -> None:
    event = EVENT | {"userId": "a%41"}
    record_happening(ledger, decode_event(event).happening("EUR", system.now()))

    assert _ask("GET", "/loyalty/points/a%2541") == (200, {"userId": "a%41", "points": 125})


@pytest.mark.usefixtures("ledger")
def test_a_slash_that_the_gateway_decoded_is_one_of_the_path() -> None:
    status, problem = _ask("GET", "/loyalty/points/shop/7")

    assert (status, problem["code"]) == (404, "not_found")


def test_the_queue_is_given_up_before_the_caller_gives_up(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    del ledger  # its table and queue are what the function is set up with
    given: list[Any] = []

    def client(service: str, **options: Any) -> object:  # noqa: ANN401 - boto3's
        given.append((service, options.get("config")))
        return real(service, **options)

    real: Any = boto3.client
    monkeypatch.setattr(boto3, "client", client)
    _ask("GET", "/loyalty/points/ann")

    config = dict(given)["sqs"]
    assert (config.connect_timeout, config.read_timeout) == (2, 3)


@pytest.mark.usefixtures("ledger")
def test_an_accepted_event_is_in_the_queue(sqs: SQSClient, queue_url: str) -> None:
    assert _ask("POST", "/loyalty/events", json.dumps(EVENT)) == (202, {"accepted": 1})

    [body] = _bodies(sqs, queue_url)
    assert json.loads(body) == EVENT


@pytest.mark.usefixtures("ledger")
def test_a_bad_event_is_not_in_the_queue(sqs: SQSClient, queue_url: str) -> None:
    status, problem = _ask("POST", "/loyalty/events", "{}")

    assert (status, problem["code"]) == (422, "invalid_event")
    assert _bodies(sqs, queue_url) == []


def test_many_events_are_all_in_the_queue(sqs: SQSClient, queue_url: str) -> None:
    sent = [f"{number:03d}" + "x" * 30_000 for number in range(25)]

    SqsInbox(sqs, queue_url, system.pause).put(sent)

    received: list[str] = []
    while bodies := _bodies(sqs, queue_url):
        received += bodies
    assert sorted(received) == sent


@pytest.mark.usefixtures("aws")
def test_a_queue_that_is_not_there_means_try_again(sqs: SQSClient) -> None:
    inbox = SqsInbox(sqs, "http://127.0.0.1/000000000000/none", system.pause)

    with pytest.raises(StoreUnavailable):
        inbox.put(["{}"])


@pytest.fixture
def asks_for_tokens(issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LOYALTY_STORE", "memory:")
    monkeypatch.setenv("LOYALTY_QUEUE_URL", "http://127.0.0.1:1/000000000000/none")
    monkeypatch.setenv("LOYALTY_JWT_ISSUER", issuer.url)
    monkeypatch.setenv("LOYALTY_JWT_AUDIENCE", AUDIENCE)
    lambda_entry._wired.cache_clear()  # noqa: SLF001 - a new environment is a new sandbox
    yield
    lambda_entry._wired.cache_clear()  # noqa: SLF001 - as above


@pytest.mark.usefixtures("asks_for_tokens")
def test_the_lambda_checks_tokens_as_the_server_does(issuer: TokenIssuer) -> None:
    ann = f"Bearer {issuer.token(system.now().timestamp(), sub='ann')}"
    expired = f"Bearer {issuer.token(0, sub='ann')}"

    assert _ask("GET", "/loyalty/points/ann", authorization=ann)[0] == 200
    assert _ask("GET", "/loyalty/points/bob", authorization=ann)[0] == 404
    assert _ask("POST", "/loyalty/events", json.dumps(EVENT), authorization=ann)[0] == 403
    assert _ask("GET", "/loyalty/points/ann", authorization=expired)[0] == 401
    assert _ask("GET", "/loyalty/points/ann")[0] == 401
    assert _ask("GET", "/health/live")[0] == 200
    assert issuer.asked.count("/keys") == 1
