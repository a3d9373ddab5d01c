"""What holds for DynamoDB beside the contract: where things stand, and what they cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from loyalty_shared import system
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import (
    UNDECIDED,
    Append,
    AppendConflict,
    LedgerStore,
    MemberAppend,
    MemberKey,
    MemberRecord,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.storage.dynamodb import items
from loyalty_shared.storage.dynamodb.store import DynamoLedgerStore
from loyalty_shared.storage.dynamodb.table import create_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

MakeAppend = Callable[..., Append]

DAY = date(2027, 1, 1)
KILOBYTE = 1024


@pytest.fixture
def store(dynamodb_store: DynamoLedgerStore) -> DynamoLedgerStore:
    return dynamodb_store


def items_in(dynamodb: DynamoDBClient, table: str) -> dict[tuple[str, str], dict[str, object]]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    items = [item for page in pages for item in page["Items"]]
    return {(item["PK"]["S"], item["SK"]["S"]): dict(item) for item in items}


def size_of(item: dict[str, Any]) -> int:
    """Compute what DynamoDB takes an item of texts and short numbers to be, in bytes."""
    return sum(
        len(name.encode()) + len(str(text).encode())
        for name, value in item.items()
        for text in value.values()
    )


def test_every_item_stands_where_the_documentation_says(
    store: DynamoLedgerStore, dynamodb: DynamoDBClient, table: str
) -> None:
    member, order = MemberKey("default", "M-1"), ReferenceKey("default", "order", "A-17")
    record = MemberRecord("Gold", date(2026, 11, 15))
    references = (StoredReference(order, 1, "what is known of it"),)
    entries = (StoredEntry(1, "what happened"),)
    store.append(Append((MemberAppend(member, entries, record, (DAY,)),), references))
    store.keep_program("default", "v1", "the rules")

    assert items_in(dynamodb, table) == {
        ("MEMBER#default#M-1", "ENTRY#000000000001"): {
            "PK": {"S": "MEMBER#default#M-1"},
            "SK": {"S": "ENTRY#000000000001"},
            "body": {"S": "what happened"},
        },
        ("REF#default#order:A-17", "REF"): {
            "PK": {"S": "REF#default#order:A-17"},
            "SK": {"S": "REF"},
            "version": {"N": "1"},
            "body": {"S": "what is known of it"},
        },
        ("MEMBER#default#M-1", "MEMBER"): {
            "PK": {"S": "MEMBER#default#M-1"},
            "SK": {"S": "MEMBER"},
            "tier": {"S": "Gold"},
            "tierSince": {"S": "2026-11-15"},
            "tierKey": {"S": "TIER#default#Gold"},
            "memberId": {"S": "M-1"},
        },
        ("DUE#default#04", "2027-01-01#M-1"): {
            "PK": {"S": "DUE#default#04"},
            "SK": {"S": "2027-01-01#M-1"},
            "expiresAt": {"N": str(int(datetime(2027, 6, 30, tzinfo=UTC).timestamp()))},
        },
        ("PROGRAM#default", "VERSION#v1"): {
            "PK": {"S": "PROGRAM#default"},
            "SK": {"S": "VERSION#v1"},
            "body": {"S": "the rules"},
        },
    }


def test_due_marks_are_spread_and_removed_when_their_time_is_over(
    store: DynamoLedgerStore, dynamodb: DynamoDBClient, table: str, an_append: MakeAppend
) -> None:
    for number in range(100):
        store.append(an_append(1, to=MemberKey("default", f"M-{number}"), due_on=(DAY,)))

    shards = {partition for partition, _ in items_in(dynamodb, table) if "DUE#" in partition}
    create_table(dynamodb, f"{table}-as-it-is")
    described = dynamodb.describe_time_to_live(TableName=f"{table}-as-it-is")
    removal = described["TimeToLiveDescription"]
    assert len(shards) == 16
    assert removal["TimeToLiveStatus"] == "ENABLED"
    assert removal["AttributeName"] == "expiresAt"


def test_the_list_of_the_undecided_is_kept_until_somebody_decides(
    store: DynamoLedgerStore, dynamodb: DynamoDBClient, table: str, member: MemberKey
) -> None:
    store.mark_due(member, UNDECIDED)

    assert items_in(dynamodb, table) == {
        ("DUE#default#04", "9999-12-31#M-1"): {
            "PK": {"S": "DUE#default#04"},
            "SK": {"S": "9999-12-31#M-1"},
        }
    }


def test_an_append_is_one_call_and_so_is_a_conflict(
    store: DynamoLedgerStore, an_append: MakeAppend, order: ReferenceKey, work: Counter[str]
) -> None:
    append = an_append(1, "x", StoredReference(order, 1, "x"), due_on=(DAY,))
    store.append(append)
    assert work == {"TransactWriteItems": 1, "looked at": 0}

    with pytest.raises(AppendConflict):
        store.append(append)
    assert work == {"TransactWriteItems": 2, "looked at": 0}


def test_only_a_balance_is_read_at_half_the_price(
    store: DynamoLedgerStore,
    dynamodb: DynamoDBClient,
    an_append: MakeAppend,
    member: MemberKey,
    order: ReferenceKey,
) -> None:
    store.append(an_append(1, "x", StoredReference(order, 1, "x")))
    consistent: list[bool] = []

    def note(params: dict[str, Any], **_: object) -> None:
        consistent.append(params.get("ConsistentRead", False))

    def of(request: Callable[[], object]) -> list[bool]:
        consistent.clear()
        request()
        return list(consistent)

    dynamodb.meta.events.register("provide-client-params.dynamodb", note)
    try:
        assert of(lambda: store.newest_entry(member, consistent=False)) == [False]
        assert of(lambda: store.newest_entry(member)) == [True]
        assert of(lambda: store.entry(member, 1)) == [True]
        assert of(lambda: store.reference(order)) == [True]
        assert of(lambda: store.entries_before(member, 2, 1)) == [True]
        assert of(lambda: store.entries_after(member, 0, 1)) == [True]
        assert of(lambda: store.member_record(member)) == [True]
        assert of(lambda: store.program("default", "v1")) == [True]
    finally:
        dynamodb.meta.events.unregister("provide-client-params.dynamodb", note)


def test_what_a_request_costs_does_not_grow_with_the_history(
    store: DynamoLedgerStore,
    dynamodb: DynamoDBClient,
    table: str,
    an_append: MakeAppend,
    work: Counter[str],
) -> None:
    last, member = 3_000, MemberKey("default", "M-1")
    store.append(an_append(1))
    for first in range(2, last + 1, 25):  # many entries a call, to be done sooner
        entries = (StoredEntry(seq, "x") for seq in range(first, min(first + 25, last + 1)))
        puts: list[WriteRequestTypeDef] = [
            {"PutRequest": {"Item": items.entry_item(member, each)}} for each in entries
        ]
        dynamodb.batch_write_item(RequestItems={table: puts})

    def cost_of(request: Callable[[], object]) -> dict[str, int]:
        work.clear()
        request()
        return dict(work)

    assert cost_of(lambda: store.newest_entry(member)) == {"Query": 1, "looked at": 1}
    assert cost_of(lambda: store.entry(member, 1_500)) == {"GetItem": 1, "looked at": 0}
    assert cost_of(lambda: store.member_record(member)) == {"GetItem": 1, "looked at": 0}
    assert cost_of(lambda: store.entries_before(member, 1_500, 20)) == {"Query": 1, "looked at": 20}
    assert cost_of(lambda: store.entries_after(member, 1_500, 20)) == {"Query": 1, "looked at": 20}
    assert cost_of(lambda: store.append(an_append(last + 1))) == {
        "TransactWriteItems": 1,
        "looked at": 0,
    }


def test_entries_that_fill_more_than_one_answer_are_all_read(
    store: DynamoLedgerStore, member: MemberKey, an_append: MakeAppend, work: Counter[str]
) -> None:
    for seq in range(1, 8):
        store.append(an_append(seq, str(seq) * 300_000))  # an answer holds a megabyte

    assert [entry.seq for entry in store.entries_after(member, 0, 6)] == [1, 2, 3, 4, 5, 6]
    assert [entry.seq for entry in store.entries_before(member, 8, 9)] == [7, 6, 5, 4, 3, 2, 1]
    assert work["Query"] > 2


def test_the_entry_of_a_usual_purchase_is_one_unit_to_write(
    store: DynamoLedgerStore,
    dynamodb: DynamoDBClient,
    table: str,
    ledger: Callable[[LedgerStore], Ledger],
    a_purchase: Callable[..., Purchase],
) -> None:
    program = ledger(store)
    for number in range(40):
        record_purchase(program, a_purchase(number, "7f9c24e8-3b1a-4a57-9d5e-0c1b2a3d4e5f"))

    sizes = {
        sort: size_of(item)
        for (partition, sort), item in items_in(dynamodb, table).items()
        if not partition.startswith("PROGRAM#")
    }
    assert len([sort for sort in sizes if sort.startswith("ENTRY#")]) == 40
    assert {"MEMBER", "REF"} <= sizes.keys()
    assert max(sizes.values()) <= KILOBYTE, sizes


@pytest.mark.usefixtures("aws")
def test_sixteen_threads_that_start_at_once_keep_one_program(table: str) -> None:
    for _ in range(5):
        store = DynamoLedgerStore.connect(table, system.pause)
        with ThreadPoolExecutor(16) as pool:
            kept = [pool.submit(store.keep_program, "default", "v1", "rules") for _ in range(16)]
        assert [each.result() for each in kept] == [None] * 16
        store.close()
