from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from loyalty_event_processor import aws as lambda_entry
from loyalty_shared import system
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.service import queries
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.storage.dynamodb.table import create_table
from loyalty_shared.storage.opening import open_store

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

TABLE = "LoyaltyPoints"
SENT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


@pytest.fixture
def sqs(aws: str) -> SQSClient:
    del aws  # it is where the client goes
    return boto3.client("sqs")


@pytest.fixture
def dead_letter_queue_url(sqs: SQSClient, request: pytest.FixtureRequest) -> str:
    return sqs.create_queue(QueueName=f"dead-{abs(hash(request.node.name))}")["QueueUrl"]


@pytest.fixture
def ledger(
    aws: str, dead_letter_queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ledger]:
    """The Lambda's own ledger, read by a client of its own."""
    del aws
    table = f"{TABLE}-{dead_letter_queue_url.rsplit('/', 1)[1]}"
    create_table(boto3.client("dynamodb"), table)
    monkeypatch.setenv("LOYALTY_STORE", f"dynamodb:{table}")
    monkeypatch.setenv("LOYALTY_DEAD_LETTER_QUEUE_URL", dead_letter_queue_url)
    lambda_entry._wired.cache_clear()  # noqa: SLF001 - a new environment is a new sandbox
    store = open_store(f"dynamodb:{table}", system.pause)
    yield Ledger(store, default_program(), system.now, system.pause)
    lambda_entry._wired.cache_clear()  # noqa: SLF001 - as above
    store.close()


def _record(message_id: str, body: object) -> dict[str, Any]:
    return {
        "messageId": message_id,
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"SentTimestamp": str(int(SENT.timestamp() * 1000))},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }


def _order(user: str, order: str, amount: float = 125) -> dict[str, object]:
    detail = {"userId": user, "orderId": order, "transactionId": "t", "totalAmount": amount}
    return {"version": "0", "detail-type": "OrderCompleted", "source": "shop", "detail": detail}


def _handle(*records: dict[str, Any]) -> list[str]:
    answer = lambda_entry.handler({"Records": list(records)}, LambdaContext())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def _dead_letters(sqs: SQSClient, queue_url: str) -> list[tuple[str, dict[str, str]]]:
    answer = sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return [
        (
            message["Body"],
            {name: value["StringValue"] for name, value in message["MessageAttributes"].items()},
        )
        for message in answer.get("Messages", [])
    ]


def test_a_batch_becomes_points_and_redelivery_changes_nothing(ledger: Ledger) -> None:
    batch = [_record("m-1", _order("ann", "o-1")), _record("m-2", _order("bob", "o-2", 100.99))]

    assert _handle(*batch) == []
    assert _handle(*batch) == []

    assert (queries.balance(ledger, "ann"), queries.balance(ledger, "bob")) == (125, 100)


def test_a_bad_message_is_a_dead_letter_with_its_reason_and_the_others_go_on(
    ledger: Ledger, sqs: SQSClient, dead_letter_queue_url: str
) -> None:
    failed = _handle(_record("m-1", "{ bad"), _record("m-2", _order("ann", "o-1")))

    assert failed == []
    assert queries.balance(ledger, "ann") == 125
    [(body, attributes)] = _dead_letters(sqs, dead_letter_queue_url)
    assert body == "{ bad"
    assert attributes == {
        "code": "malformed_json",
        "reason": "not JSON: Expecting property name enclosed in double quotes at character 2",
        "messageId": "m-1",
        "receivedAt": "2026-05-04T10:00:00+00:00",
    }


@pytest.mark.usefixtures("ledger")
def test_a_bad_message_stays_in_the_queue_until_it_is_a_dead_letter(
    sqs: SQSClient, dead_letter_queue_url: str
) -> None:
    sqs.delete_queue(QueueUrl=dead_letter_queue_url)

    assert _handle(_record("m-1", "{ bad"), _record("m-2", _order("ann", "o-1"))) == ["m-1"]


def test_a_table_that_is_away_leaves_every_message_in_the_queue(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOYALTY_STORE", "dynamodb:NoSuchTable")

    assert _handle(_record("m-1", _order("ann", "o-1"))) == ["m-1"]
    assert queries.balance(ledger, "ann") == 0


@pytest.mark.usefixtures("ledger")
def test_metrics_and_logs_name_what_happened(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    _handle(_record("m-1", _order("ann", "o-1")), _record("m-2", "{"))

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [metrics] = [line for line in lines if "_aws" in line]
    assert (metrics["processed"], metrics["rejected"], metrics["pointsIssued"]) == ([1], [1], [125])
    processed, rejected = (vars(record) for record in caplog.records)
    assert (rejected["message_id"], rejected["code"]) == ("m-2", "malformed_json")
    assert [processed[name] for name in ("message_id", "member_id", "order_id", "points")] == [
        "m-1",
        "ann",
        "o-1",
        125,
    ]


def test_nothing_of_a_message_is_in_the_log_but_its_ids(
    ledger: Ledger, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    del ledger
    mark = "seCreT"
    quoting = {**_order("ann", "o-1"), "note": mark}
    quoting["detail"] = {**_order("ann", "o-1")["detail"], "currency": mark, "note": mark}  # type: ignore[dict-item] # a dict

    _handle(
        _record("m-1", quoting),
        _record("m-2", f'{{"{mark}": 1, "{mark}": 2}}'),
        _record("m-3", mark),
        _record("m-4", _order("ann", "o-1")),
        _record("m-5", _order("ann", "o-1", 4321.5)),
    )

    printed = capsys.readouterr()
    codes = {vars(record).get("code") for record in caplog.records}
    assert codes == {"invalid_event", "malformed_json", None, "order_differs"}
    assert mark not in caplog.text + printed.out + printed.err
    assert "4321.5" not in caplog.text + printed.err


def test_a_long_and_odd_reason_still_fits_into_an_attribute(
    ledger: Ledger, sqs: SQSClient, dead_letter_queue_url: str
) -> None:
    del ledger
    name = "\\u0001" * 2_000

    assert _handle(_record("m-1", f'{{"{name}": 1, "{name}": 2}}')) == []
    [(_, attributes)] = _dead_letters(sqs, dead_letter_queue_url)
    assert len(attributes["reason"]) == 1024
