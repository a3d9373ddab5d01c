"""What it costs on DynamoDB to find members by their tier and by the day they are due on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from loyalty_shared.service.archive import DueMark, MemberRow, Row
from loyalty_shared.service.ports import MemberKey, MemberRecord
from loyalty_shared.storage.dynamodb import keys
from loyalty_shared.storage.dynamodb.store import DynamoLedgerStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DAY = date(2027, 1, 1)
SHARDS = 16


@pytest.fixture
def store(dynamodb_store: DynamoLedgerStore) -> DynamoLedgerStore:
    """Give a store of 200 members in one tier, all due on each of three days."""
    members = [MemberKey("default", f"M-{number:03}") for number in range(200)]
    rows: list[Row] = [MemberRow(each, MemberRecord("Gold", DAY)) for each in members]
    for days in range(3):
        rows += [DueMark(each, DAY + timedelta(days=days)) for each in members]
    dynamodb_store.put_rows(rows)
    return dynamodb_store


@pytest.fixture
def queries(dynamodb: DynamoDBClient) -> Iterator[list[dict[str, Any]]]:
    """Note the queries from now on."""
    queries: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: object) -> None:
        queries.append(params)

    dynamodb.meta.events.register("provide-client-params.dynamodb.Query", note)
    yield queries
    dynamodb.meta.events.unregister("provide-client-params.dynamodb.Query", note)


def test_a_page_of_a_tier_is_one_query_for_as_many_items(
    store: DynamoLedgerStore, work: Counter[str], queries: list[dict[str, Any]]
) -> None:
    work.clear()

    assert len(store.members_in_tier("default", "Gold", "M-100", 20)) == 20

    assert work == {"Query": 1, "looked at": 20}
    assert [(each["IndexName"], each["Limit"]) for each in queries] == [("by-tier", 20)]
    assert not queries[0].get("ConsistentRead")  # which DynamoDB refuses for an index


def test_what_is_due_is_read_consistently(
    store: DynamoLedgerStore, queries: list[dict[str, Any]]
) -> None:
    store.due_days("default", DAY)
    list(store.due_members("default", DAY))

    assert {each["ConsistentRead"] for each in queries} == {True}


@pytest.mark.parametrize("days", [0, 1, 2])
def test_to_find_a_day_costs_the_same_however_many_are_due_on_it(
    store: DynamoLedgerStore, work: Counter[str], days: int
) -> None:
    work.clear()

    assert len(store.due_days("default", DAY + timedelta(days=days - 1))) == days

    assert work == {"Query": SHARDS * (days + 1), "looked at": SHARDS * days}


def test_members_of_a_day_cost_nothing_for_those_of_others(
    store: DynamoLedgerStore, work: Counter[str]
) -> None:
    work.clear()

    assert len(list(store.due_members("default", DAY + timedelta(days=1)))) == 200

    assert work == {"Query": SHARDS, "looked at": 200}


@pytest.mark.usefixtures("short_reads")
def test_members_of_a_day_are_read_as_they_are_asked_for(
    store: DynamoLedgerStore, work: Counter[str]
) -> None:
    work.clear()
    members = store.due_members("default", DAY)
    assert work == {}

    for _ in range(3):
        next(members)
    assert work == {"Query": 1, "looked at": 3}

    next(members)
    assert work == {"Query": 2, "looked at": 6}


def test_to_forget_is_one_call(store: DynamoLedgerStore, work: Counter[str]) -> None:
    work.clear()

    store.forget_due(MemberKey("default", "M-007"), DAY)

    assert work == {"DeleteItem": 1, "looked at": 0}


def test_members_that_fill_more_than_one_answer_are_all_read(
    dynamodb_store: DynamoLedgerStore, work: Counter[str]
) -> None:
    ids = (f"{number:08}".rjust(128, "🎁") for number in range(100_000))
    marks = (DueMark(MemberKey("default", each), DAY) for each in ids)
    shard = keys.key("DUE#default#00", "")[keys.PARTITION]
    crowd = [each for each in marks if keys.due_key(each.member, DAY)[keys.PARTITION] == shard]
    crowd = crowd[:2_300]  # of half a kilobyte; an answer holds a megabyte
    dynamodb_store.put_rows(crowd)
    work.clear()

    found = list(dynamodb_store.due_members("default", DAY))

    assert sorted(found) == [each.member.member_id for each in crowd]
    assert work["Query"] == SHARDS + 1
