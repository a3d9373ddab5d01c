"""A look at what DynamoDB is asked to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def work(dynamodb: DynamoDBClient) -> Iterator[Counter[str]]:
    """Count the calls of DynamoDB from now on, and the items that its queries look at."""
    work: Counter[str] = Counter()

    def count(model: Any, parsed: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore's
        work.update({model.name: 1, "looked at": parsed.get("ScannedCount", 0)})

    dynamodb.meta.events.register("after-call.dynamodb", count)
    yield work
    dynamodb.meta.events.unregister("after-call.dynamodb", count)
