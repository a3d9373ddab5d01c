"""What DynamoDB answered once, answered again from memory.

The emulator looks through all of a partition, and what waits for it finds the processor's caches
full of that. So what this process itself takes is measured without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ReplayedAnswers:
    """The answers to a client, kept under a name for each operation; for one thread."""

    def __init__(self, client: DynamoDBClient) -> None:
        self._name = ""
        self._is_recording = False
        self._answers: dict[tuple[str, str], AWSResponse] = {}
        client.meta.events.register("after-call.dynamodb", self._record)
        # What it gives is taken for the answer; the types know nothing of that.
        client.meta.events.register("before-send.dynamodb", self._answer)  # type: ignore[arg-type] # see above

    def record(self, name: str) -> None:
        """Keep what is answered from now on, the last of each operation, under a name."""
        self._name, self._is_recording = name, True

    def replay(self, name: str) -> None:
        """Answer what was kept under a name from now on; nothing is sent."""
        self._name, self._is_recording = name, False

    def _record(self, http_response: AWSResponse, model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
        if self._is_recording:
            self._answers[self._name, model.name] = http_response

    def _answer(self, request: AWSRequest, **_: object) -> AWSResponse | None:
        if self._is_recording:
            return None
        target = request.headers["X-Amz-Target"]
        name = target.decode() if isinstance(target, bytes) else str(target)
        kept = self._answers[self._name, name.rpartition(".")[2]]
        headers = HTTPHeaders.from_dict(dict(kept.headers.items()))
        return AWSResponse(kept.url, kept.status_code, headers, _Raw(kept.content))


class _Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        """Give it in one piece."""
        yield self.read()
