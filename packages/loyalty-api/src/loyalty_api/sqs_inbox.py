"""Accepted events go to the loyalty queue on SQS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from loyalty_shared.domain.errors import Fault, InvalidInput, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import BatchResultErrorEntryTypeDef

_MOST_MESSAGES = 10  # what one SendMessageBatch takes
_MOST_BYTES = 262_144  # together; the least limit that SQS has had
_MOST_ATTEMPTS = 4
_LONGEST_PAUSE_SECONDS = 0.2


class SqsInbox:
    """`Inbox` on an SQS queue.

    When `put` raises, some events may be queued all the same. The caller was told that none were
    accepted, sends all of them again, and an order that comes twice takes effect once.
    """

    def __init__(self, client: SQSClient, queue_url: str, pause: Callable[[float], None]) -> None:
        self._client = client
        self._queue_url = queue_url
        self._pause = pause

    def put(self, bodies: Sequence[str]) -> None:
        """Queue the events, durably.

        Raises:
            StoreUnavailable: when the queue does not take all of them for now.
            InvalidInput: with code `invalid_event`, when it will never take one of them.
        """
        for group in _groups(bodies):
            self._send(group)

    def _send(self, waiting: dict[int, str]) -> None:
        failed: Sequence[BatchResultErrorEntryTypeDef] = ()
        for attempt in range(_MOST_ATTEMPTS):
            if attempt:
                self._pause(_LONGEST_PAUSE_SECONDS)
            try:
                answer = self._client.send_message_batch(
                    QueueUrl=self._queue_url,
                    Entries=[
                        {"Id": str(number), "MessageBody": body} for number, body in waiting.items()
                    ],
                )
            except (BotoCoreError, ClientError) as error:
                raise StoreUnavailable(f"the queue does not answer: {error}") from error
            for sent in answer.get("Successful", []):
                waiting.pop(int(sent["Id"]), None)
            if not waiting:
                return
            failed = answer.get("Failed", [])
            _check_senders_fault(failed)
        raise StoreUnavailable(f"the queue does not take the events: {failed}")


def _check_senders_fault(failed: Sequence[BatchResultErrorEntryTypeDef]) -> None:
    faults = tuple(
        Fault(f"body/{each['Id']}", f"the queue does not take it: {each['Code']}")
        for each in failed
        if each["SenderFault"]
    )
    if faults:
        raise InvalidInput("the queue refuses an event", code="invalid_event", faults=faults)


def _groups(bodies: Sequence[str]) -> Iterator[dict[int, str]]:
    """Split into what one call takes, each event under its place among all."""
    group: dict[int, str] = {}
    size = 0
    for number, body in enumerate(bodies):
        length = len(body.encode())
        if group and (len(group) == _MOST_MESSAGES or size + length > _MOST_BYTES):
            yield group
            group, size = {}, 0
        group[number] = body
        size += length
    if group:
        yield group
