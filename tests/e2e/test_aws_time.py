"""The deployed system as time passes: what the settler does when its schedule calls it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.stack_clients import Shop, Stack, listening, order, points, wait_for

from loyalty_shared.service.ports import MemberKey
from loyalty_shared.storage.dynamodb import items, keys

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_dynamodb import DynamoDBClient

pytest_plugins = ("tests.deployed_stack",)


@pytest.fixture(scope="module")
def settle(stack: Stack) -> Iterator[Callable[[], dict[str, int]]]:
    """Call what the schedule calls, as it does, but wait for the answer."""
    session = stack.session()
    with (
        closing(session.client("scheduler", endpoint_url=stack.endpoint)) as scheduler,
        closing(session.client("lambda", endpoint_url=stack.endpoint)) as functions,
    ):
        target = scheduler.get_schedule(Name="loyalty-settle")["Target"]["Arn"]

        def call() -> dict[str, int]:
            event = json.dumps({"source": "aws.scheduler", "detail-type": "Scheduled Event"})
            done = functions.invoke(FunctionName=target, Payload=event)
            text = done["Payload"].read().decode()
            assert "FunctionError" not in done, text
            answer: dict[str, int] = json.loads(text)
            return answer

        yield call


@pytest.fixture(scope="module")
def table(stack: Stack) -> Iterator[DynamoDBClient]:
    with closing(stack.session().client("dynamodb", endpoint_url=stack.endpoint)) as client:
        yield client


def test_a_tier_that_time_has_ended_is_settled_and_told(
    stack: Stack, shop: Shop, app: httpx2.Client, settle: Callable[[], dict[str, int]]
) -> None:
    bought_at = datetime.now(UTC) - timedelta(days=730)
    with listening(stack, "TierSettled") as settled, listening(stack, "TierChanged") as changed:
        shop.publish({**order("tia", "tia-1", 600), "occurredAt": bought_at.isoformat()})
        assert points(app, "tia", 600) == 600

        answer = settle()

        assert answer["entries"] >= 1
        assert answer["notSettled"] == 0
        [entry, _] = app.get("/loyalty/members/tia/transactions").json()["items"]
        assert (entry["type"], entry["points"]) == ("TIER", 0)
        [told] = wait_for(settled, bool)
        assert (told["detail"]["memberId"], told["detail"]["tier"]) == ("tia", "Basic")
        [told] = wait_for(lambda: of_tia(changed()), bool)
        assert (told["previousTier"], told["tier"]) == ("Bronze", "Basic")
    assert settle()["entries"] == 0


def of_tia(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # Others who use the stack may change their tier too, and an event may come twice.
    details = [each["detail"] for each in events]
    by_id = {each["changeId"]: each for each in details if each["memberId"] == "tia"}
    return list(by_id.values())


def test_what_a_night_without_a_run_left_behind_is_done_by_the_next(
    stack: Stack, table: DynamoDBClient, settle: Callable[[], dict[str, int]]
) -> None:
    member, day = MemberKey("shop", "ulf"), (datetime.now(UTC) - timedelta(days=2)).date()
    name = stack.outputs["TableName"]
    table.put_item(TableName=name, Item=items.due_item(member, day))

    assert settle()["members"] >= 1

    found = table.get_item(TableName=name, Key=keys.due_key(member, day), ConsistentRead=True)
    assert "Item" not in found
