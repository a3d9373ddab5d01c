"""The deployed system and IAM: who may do what beside the API."""

from __future__ import annotations

from contextlib import closing

import pytest
from botocore.exceptions import ClientError
from tests.stack_clients import Stack, order, shop_of

pytest_plugins = ("tests.deployed_stack",)


def test_who_may_publish_may_do_nothing_else(stack: Stack) -> None:
    credentials = stack.somebody_who_may("events:PutEvents", "event-bus/loyalty")
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
    with stack.api() as api:
        answer = api.get("/loyalty/points/ann", auth=stack.signed(credentials))
        assert answer.status_code == 401


def test_who_may_do_nothing_may_not_publish(stack: Stack) -> None:
    credentials = stack.somebody_who_may("events:PutEvents", "event-bus/other")

    with (
        shop_of(stack, credentials) as stranger,
        pytest.raises(ClientError, match="AccessDenied"),
    ):
        stranger.publish(order("ann", "ann-8", 1))
