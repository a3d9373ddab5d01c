"""Dead letters in SQS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from loyalty_server.letters import Letter, missing
from loyalty_shared.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_MOST_AT_ONCE = 1_000  # SQS can only be leafed through; the rest shows when these are gone
_HIDDEN_SECONDS = 120  # while they are looked at, so that none is seen twice
_EMPTY_ANSWERS = 2  # SQS may answer with nothing though there is something


class SqsDeadLetters:
    """The dead-letter queue at one address, whose letters go back to the queue at another."""

    def __init__(self, client: SQSClient, dead_letter_queue_url: str, queue_url: str) -> None:
        self._client = client
        self._url = dead_letter_queue_url
        self._queue_url = queue_url

    def letters(self) -> Sequence[Letter]:
        """List them, oldest first, up to a thousand."""
        with self._received() as messages:
            return sorted((_letter(each) for each in messages), key=lambda each: each.received_at)

    def retry(self, ids: Sequence[str]) -> None:
        """Put them back into the queue, and then take them out here."""
        for message in self._chosen(ids):
            # Sent before it is deleted: a crash in between leaves it here too, and what takes
            # effect once does so however often it is sent.
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=message["Body"])
            self._delete(message)

    def drop(self, ids: Sequence[str]) -> None:
        """Take them out for good."""
        for message in self._chosen(ids):
            self._delete(message)

    def _chosen(self, ids: Sequence[str]) -> Iterator[MessageTypeDef]:
        wanted = set(ids)
        with self._received() as messages:
            for message in list(messages):
                if message["MessageId"] in wanted:
                    wanted.discard(message["MessageId"])
                    yield message
                    messages.remove(message)
        if wanted:
            raise missing(sorted(wanted))

    def _delete(self, message: MessageTypeDef) -> None:
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    @contextmanager
    def _received(self) -> Iterator[list[MessageTypeDef]]:
        # What is still in the list at the end is shown to others again.
        messages: list[MessageTypeDef] = []
        try:
            empty = 0
            while empty < _EMPTY_ANSWERS and len(messages) < _MOST_AT_ONCE:
                answer = self._client.receive_message(
                    QueueUrl=self._url,
                    MaxNumberOfMessages=10,
                    VisibilityTimeout=_HIDDEN_SECONDS,
                    MessageAttributeNames=["All"],
                    MessageSystemAttributeNames=["SentTimestamp"],
                )
                received = answer.get("Messages", [])
                messages += received
                empty = 0 if received else empty + 1
            yield messages
        finally:
            for message in messages:
                self._client.change_message_visibility(
                    QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                )


@contextmanager
def open_sqs_dead_letters(dead_letter_queue_url: str, queue_url: str) -> Iterator[SqsDeadLetters]:
    """Open the dead letters at an address, where boto3's own settings say.

    Raises:
        StoreUnavailable: when SQS does not answer, or not to us.
    """
    try:
        with closing(boto3.client("sqs")) as client:
            yield SqsDeadLetters(client, dead_letter_queue_url, queue_url)
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailable(f"{dead_letter_queue_url}: {error}") from error


def _letter(message: MessageTypeDef) -> Letter:
    attributes = {
        name: value.get("StringValue", "")
        for name, value in message.get("MessageAttributes", {}).items()
    }
    sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    received = attributes.get("receivedAt")
    return Letter(
        id=message["MessageId"],
        # SQS itself moves what was delivered too often, and cannot say why.
        code=attributes.get("code", "retries_exhausted"),
        reason=attributes.get("reason", "it was delivered too often; see the processor's log"),
        received_at=datetime.fromisoformat(received) if received else sent,
        body=message["Body"],
    )
