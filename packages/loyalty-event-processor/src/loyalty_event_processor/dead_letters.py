"""The dead-letter queue on SQS: a message and, as its attributes, why it is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from loyalty_event_processor.outcomes import Message
from loyalty_event_processor.reasons import code_of, reason_of

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

_LONGEST_REASON = 1_024  # characters; the rest of a message's room is its body's


class DeadLetterQueue:
    """An SQS queue that keeps what can never succeed until somebody looks at it.

    `client` is asked for its client each time: most processes never have a letter, and making a
    client takes long.
    """

    def __init__(self, client: Callable[[], SQSClient], queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, message: Message, error: Exception) -> None:
        """Put a message there, durably; raises what boto3 does, and then nothing was sent."""
        self._client().send_message(
            QueueUrl=self._queue_url,
            MessageBody=message.body,
            MessageAttributes={
                "code": _text(code_of(error)),
                "reason": _text(reason_of(error)[:_LONGEST_REASON]),
                "messageId": _text(message.id),
                "receivedAt": _text(message.received_at.isoformat()),
            },
        )


def _text(value: str) -> MessageAttributeValueTypeDef:
    # SQS takes what XML 1.0 does; anything else would make the send fail for ever.
    allowed = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in value)
    return {"DataType": "String", "StringValue": allowed or "-"}
