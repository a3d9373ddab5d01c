"""A running stack as its clients have it: what `poe stack` printed, boto3 and HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import httpx2
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

_PATIENCE_SECONDS = 60

Found = TypeVar("Found")


@dataclass(frozen=True)
class Stack:
    """A running stack, by its outputs."""

    outputs: Mapping[str, str]

    @property
    def endpoint(self) -> str:
        """Where AWS answers; every client of a session needs it as its `endpoint_url`."""
        return self.outputs["EndpointUrl"]

    def session(self, who: Credentials | None = None) -> boto3.Session:
        """Give a session of somebody, or of the owner, who may do everything."""
        keys = who or Credentials(self.outputs["AccessKeyId"], self.outputs["SecretAccessKey"])
        return boto3.Session(
            keys.access_key, keys.secret_key, keys.token, region_name=self.outputs["Region"]
        )

    def api(self, token: str | None = None) -> httpx2.Client:
        """Give a client of the API, of nobody in particular where there is no token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = self.outputs["ApiUrl"]
        return httpx2.Client(base_url=url, headers=headers, timeout=_PATIENCE_SECONDS)

    def token(self, **claims: object) -> str:
        """Get a good token of the stack's issuer, with changes in its claims."""
        answer = httpx2.post(self.outputs["TokenUrl"], content=json.dumps(claims))
        return answer.raise_for_status().text

    def signed(self, who: Credentials) -> SignedWithIam:
        """Give what signs requests to the API as somebody."""
        return SignedWithIam(who, self.outputs["Region"])

    def somebody_who_may(self, action: str, resource: str) -> Credentials:
        """Make a user of the account who may do one thing."""
        name = f"user-{time.monotonic_ns()}"
        service = action.partition(":")[0]
        arn = f"arn:aws:{service}:{self.outputs['Region']}:*:{resource}"
        statement = {"Effect": "Allow", "Action": action, "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        with closing(self.session().client("iam", endpoint_url=self.endpoint)) as access:
            access.create_user(UserName=name)
            access.put_user_policy(UserName=name, PolicyName="one-thing", PolicyDocument=policy)
            key = access.create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


class SignedWithIam(httpx2.Auth):
    """Signs requests as IAM wants them."""

    requires_request_body = True

    def __init__(self, who: Credentials, region: str) -> None:
        self._signer = SigV4Auth(who, "execute-api", region)

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Sign a request."""
        signed = AWSRequest(request.method, str(request.url), data=request.content)
        self._signer.add_auth(signed)
        request.headers.update(dict(signed.headers))
        yield request


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


@contextmanager
def shop_of(stack: Stack, credentials: Credentials) -> Iterator[Shop]:
    """Give a shop that is somebody."""
    session = stack.session(credentials)
    with closing(session.client("events", endpoint_url=stack.endpoint)) as client:
        yield Shop(client, stack.outputs["EventBusName"])


class Queues:
    """Who looks after the queues."""

    def __init__(self, client: SQSClient, outputs: Mapping[str, str]) -> None:
        self._client = client
        self._loyalty = outputs["QueueUrl"]
        self._dead_letters = outputs["DeadLetterQueueUrl"]

    def wait_until_processed(self) -> None:
        wait_for(self._waiting, lambda waiting: waiting == 0)

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


@contextmanager
def listening(stack: Stack, detail_type: str) -> Iterator[Callable[[], list[dict[str, Any]]]]:
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


def order(user: str, name: str, amount: float) -> dict[str, Any]:
    """Give a purchase, of as little as one is made of."""
    return {"userId": user, "orderId": name, "totalAmount": amount, "transactionId": "t"}


def refund(user: str, name: str, amount: float) -> dict[str, Any]:
    """Give a refund of an order."""
    return {"userId": user, "orderId": name, "refundId": "r", "amount": amount}


def points(app: httpx2.Client, user: str, wanted: int) -> int:
    """Ask for the balance until it is what is wanted, or patience ends."""

    def ask() -> int:
        answer = app.get(f"/loyalty/points/{user}")
        assert answer.status_code == 200, answer.text
        return int(answer.json()["points"])

    return wait_for(ask, lambda found: found == wanted)


def wait_for(ask: Callable[[], Found], is_enough: Callable[[Found], bool]) -> Found:
    """Ask until the answer is enough, or patience ends; give the last answer."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_enough(found := ask()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found
