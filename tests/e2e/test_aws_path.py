"""The deployed system as its clients meet it: events on the bus, balances over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2
import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from tests.aws_stack import WORKSPACE, access_to
from tests.stack_clients import Stack

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

_PATIENCE_SECONDS = 60

Found = TypeVar("Found")


class Shop:
    """Who puts order events on the bus."""

    def __init__(self, client: EventBridgeClient, bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, detail: Mapping[str, Any], detail_type: str = "OrderCompleted") -> None:
        answer = self._client.put_events(
            Entries=[
                {
                    "EventBusName": self._bus,
                    "Source": "shop.orders",
                    "DetailType": detail_type,
                    "Detail": json.dumps(detail),
                }
            ]
        )
        assert answer["FailedEntryCount"] == 0


class Queues:
    """Who looks after the queues."""

    def __init__(self, client: SQSClient, outputs: Mapping[str, str]) -> None:
        self._client = client
        self._loyalty = outputs["QueueUrl"]
        self._dead_letters = outputs["DeadLetterQueueUrl"]

    def wait_until_processed(self) -> None:
        _wait_for(self._waiting, lambda waiting: waiting == 0)

    def dead_letters(self, text: str) -> list[dict[str, Any]]:
        """Look at the dead letters that hold a text, and leave them there."""
        found = self._client.receive_message(
            QueueUrl=self._dead_letters,
            MaxNumberOfMessages=10,
            VisibilityTimeout=0,
            MessageAttributeNames=["All"],
        )
        return [dict(each) for each in found.get("Messages", []) if text in each["Body"]]

    def _waiting(self) -> int:
        found = self._client.get_queue_attributes(QueueUrl=self._loyalty, AttributeNames=["All"])
        attributes = found["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"]) + int(
            attributes["ApproximateNumberOfMessagesNotVisible"]
        )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The deployed system, one for all tests: each has members and orders of its own."""
    words = [sys.executable, str(WORKSPACE / "infra/stack.py")]
    log = tmp_path_factory.mktemp("stack") / "stack.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors, text=True) as process,  # noqa: S603 - our own program
    ):
        assert process.stdout is not None
        outputs = process.stdout.readline()
        assert outputs, log.read_text()
        yield Stack(json.loads(outputs))
        process.send_signal(signal.SIGINT)
        assert process.wait(_PATIENCE_SECONDS) == 0, log.read_text()


@pytest.fixture(scope="module")
def shop(stack: Stack) -> Iterator[Shop]:
    """A shop that may put events on the bus, and nothing else."""
    with _shop(stack, _somebody_who_may(stack, "events:PutEvents", "event-bus/loyalty")) as shop:
        yield shop


@pytest.fixture(scope="module")
def app(stack: Stack) -> Iterator[httpx2.Client]:
    """An application that may call the API."""
    with stack.api(stack.signed()) as client:
        yield client


@pytest.fixture(scope="module")
def queues(stack: Stack) -> Iterator[Queues]:
    with closing(stack.session().client("sqs", endpoint_url=stack.endpoint)) as client:
        yield Queues(client, stack.outputs)


def test_an_event_on_the_bus_becomes_points(shop: Shop, app: httpx2.Client) -> None:
    shop.publish(_order("ann", "ann-1", 120))

    assert _points(app, "ann", 120) == 120


def test_what_comes_twice_counts_once(shop: Shop, app: httpx2.Client, queues: Queues) -> None:
    for _ in range(2):
        shop.publish(_order("bob", "bob-1", 50))
    app.post("/loyalty/events", json=_order("bob", "bob-1", 50)).raise_for_status()

    assert _points(app, "bob", 50) == 50
    queues.wait_until_processed()
    account = app.get("/loyalty/members/bob").json()
    assert (account["seq"], account["points"]["available"]) == (1, 50)


def test_orders_of_one_member_all_count(shop: Shop, app: httpx2.Client, queues: Queues) -> None:
    for number in range(12):
        shop.publish(_order("cleo", f"cleo-{number}", 10))

    assert _points(app, "cleo", 120) == 120
    queues.wait_until_processed()
    page = app.get("/loyalty/members/cleo/transactions").json()
    assert [each["seq"] for each in page["items"]] == list(range(12, 0, -1))


def test_an_event_over_http_becomes_points(app: httpx2.Client) -> None:
    answer = app.post(
        "/loyalty/events", json=[_order("dan", "dan-1", 7), _order("dan", "dan-2", 8)]
    )

    assert (answer.status_code, answer.json()) == (202, {"accepted": 2})
    assert _points(app, "dan", 15) == 15


def test_another_event_on_the_bus_goes_nowhere(
    shop: Shop, app: httpx2.Client, queues: Queues
) -> None:
    shop.publish(_order("eve", "eve-1", 5), detail_type="OrderShipped")
    shop.publish(_order("eve", "eve-2", 6))

    assert _points(app, "eve", 6) == 6
    queues.wait_until_processed()
    assert _points(app, "eve", 6) == 6
    assert app.get("/loyalty/orders/eve-1").status_code == 404
    assert queues.dead_letters("eve-1") == []


def test_what_can_never_succeed_becomes_a_dead_letter_that_says_why(
    shop: Shop, app: httpx2.Client, queues: Queues
) -> None:
    shop.publish({"userId": "fay", "orderId": "fay-1", "transactionId": "t"})
    shop.publish(_order("fay", "fay-2", 9))

    [letter] = _wait_for(lambda: queues.dead_letters("fay-1"), bool)
    attributes = {name: each["StringValue"] for name, each in letter["MessageAttributes"].items()}
    assert attributes["code"] == "invalid_event"
    assert "totalAmount" in attributes["reason"]
    assert json.loads(letter["Body"])["detail-type"] == "OrderCompleted"
    assert _points(app, "fay", 9) == 9


def test_dead_letters_are_looked_at_sent_again_and_dropped(
    stack: Stack, shop: Shop, queues: Queues, tmp_path: Path
) -> None:
    def dead_letters(*words: str) -> str:
        urls = {
            "LOYALTY_QUEUE_URL": stack.outputs["QueueUrl"],
            "LOYALTY_DEAD_LETTER_QUEUE_URL": stack.outputs["DeadLetterQueueUrl"],
        }
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "loyalty_server.command", "dead-letters", *words],
            cwd=tmp_path,
            env=os.environ | access_to(stack.endpoint) | urls,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ids() -> list[str]:
        letters = json.loads(dead_letters("list", "--json"))
        return [each["id"] for each in letters if "ivy-1" in each["body"]]

    shop.publish({"userId": "ivy", "orderId": "ivy-1", "transactionId": "t"})
    [first] = _wait_for(ids, bool)
    shown = json.loads(dead_letters("show", first, "--json"))
    assert (shown["id"], shown["code"]) == (first, "invalid_event")

    dead_letters("retry", first)
    queues.wait_until_processed()
    [again] = _wait_for(ids, bool)
    assert again != first

    dead_letters("drop", again)
    assert ids() == []


def test_an_order_belongs_to_one_member(shop: Shop, app: httpx2.Client, queues: Queues) -> None:
    shop.publish(_order("gil", "gil-1", 4))
    assert _points(app, "gil", 4) == 4
    shop.publish(_order("guy", "gil-1", 4))

    [letter] = _wait_for(lambda: queues.dead_letters("gil-1"), bool)
    assert letter["MessageAttributes"]["code"]["StringValue"] == "order_of_another_member"
    assert _points(app, "guy", 0) == 0


def test_points_earned_are_told_to_whoever_listens(
    stack: Stack, shop: Shop, app: httpx2.Client
) -> None:
    with _listening(stack, "PointsEarned") as heard:
        for number in range(3):
            shop.publish(_order("hal", f"hal-{number}", 5))
        assert _points(app, "hal", 15) == 15

        told = _wait_for(
            lambda: [each for each in heard() if each["detail"]["memberId"] == "hal"],
            lambda events: len(events) == 3,
        )
    assert [(each["detail-type"], each["source"]) for each in told] == [
        ("PointsEarned", "loyalty")
    ] * 3
    assert [each["detail"]["seq"] for each in told] == [1, 2, 3]
    assert [each["detail"]["balance"] for each in told] == [5, 10, 15]


def test_another_tier_is_told_to_whoever_listens(
    stack: Stack, shop: Shop, app: httpx2.Client
) -> None:
    with _listening(stack, "TierChanged") as heard:
        shop.publish(_order("jim", "jim-1", 10))
        assert _points(app, "jim", 10) == 10
        shop.publish(_order("jim", "jim-2", 500))

        [told] = _wait_for(heard, bool)
    detail = told["detail"]
    assert (detail["memberId"], detail["previousTier"], detail["tier"]) == (
        "jim",
        "Basic",
        "Bronze",
    )


def test_without_a_signature_only_the_health_routes_answer(stack: Stack) -> None:
    with stack.api(None) as nobody:
        assert nobody.get("/loyalty/points/ann").status_code == 403
        assert nobody.post("/loyalty/events", json=_order("ann", "ann-9", 1)).status_code == 403
        assert nobody.get("/health/live").status_code == 200
        assert nobody.get("/health/ready").status_code == 200


def test_who_may_publish_may_do_nothing_else(stack: Stack) -> None:
    credentials = _somebody_who_may(stack, "events:PutEvents", "event-bus/loyalty")
    session = stack.session(credentials)

    with (
        closing(session.client("dynamodb", endpoint_url=stack.endpoint)) as table,
        pytest.raises(ClientError, match="AccessDenied"),
    ):
        table.get_item(
            TableName=stack.outputs["TableName"], Key={"PK": {"S": "a"}, "SK": {"S": "b"}}
        )
    with (
        closing(session.client("sqs", endpoint_url=stack.endpoint)) as queue,
        pytest.raises(ClientError, match="AccessDenied"),
    ):
        queue.send_message(QueueUrl=stack.outputs["QueueUrl"], MessageBody="{}")
    with stack.api(stack.signed(credentials)) as api:
        assert api.get("/loyalty/points/ann").status_code == 403


def test_who_may_do_nothing_may_not_publish(stack: Stack) -> None:
    credentials = _somebody_who_may(stack, "events:PutEvents", "event-bus/other")

    with _shop(stack, credentials) as stranger, pytest.raises(ClientError, match="AccessDenied"):
        stranger.publish(_order("ann", "ann-8", 1))


@contextmanager
def _shop(stack: Stack, credentials: Credentials) -> Iterator[Shop]:
    session = stack.session(credentials)
    with closing(session.client("events", endpoint_url=stack.endpoint)) as client:
        yield Shop(client, stack.outputs["EventBusName"])


@contextmanager
def _listening(stack: Stack, detail_type: str) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Listen on the bus with a queue of one's own; gives what was heard until now."""
    session, bus = stack.session(), stack.outputs["EventBusName"]
    name = f"listener-{detail_type}"
    heard: list[dict[str, Any]] = []
    with (
        closing(session.client("sqs", endpoint_url=stack.endpoint)) as sqs,
        closing(session.client("events", endpoint_url=stack.endpoint)) as events,
    ):
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        pattern = json.dumps({"detail-type": [detail_type]})
        events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)
        arn = attributes["Attributes"]["QueueArn"]
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])

        def listen() -> list[dict[str, Any]]:
            found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            heard.extend(json.loads(each["Body"]) for each in found.get("Messages", []))
            return heard

        yield listen


def _order(user: str, order: str, amount: float) -> dict[str, Any]:
    return {"userId": user, "orderId": order, "totalAmount": amount, "transactionId": "t"}


def _points(app: httpx2.Client, user: str, wanted: int) -> int:
    """Ask for the balance until it is what is wanted, or patience ends."""

    def ask() -> int:
        answer = app.get(f"/loyalty/points/{user}")
        assert answer.status_code == 200, answer.text
        return int(answer.json()["points"])

    return _wait_for(ask, lambda points: points == wanted)


def _wait_for(ask: Callable[[], Found], is_enough: Callable[[Found], bool]) -> Found:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_enough(found := ask()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def _somebody_who_may(stack: Stack, action: str, resource: str) -> Credentials:
    """Make a user of the account who may do one thing."""
    name = f"user-{time.monotonic_ns()}"
    service = action.partition(":")[0]
    arn = f"arn:aws:{service}:{stack.region}:*:{resource}"
    statement = {"Effect": "Allow", "Action": action, "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with closing(stack.session().client("iam", endpoint_url=stack.endpoint)) as access:
        access.create_user(UserName=name)
        access.put_user_policy(UserName=name, PolicyName="one-thing", PolicyDocument=policy)
        key = access.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])
