"""How DynamoDB is asked to remove rows, and what becomes of it when that is too much for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.ports import Append, MemberKey, ReferenceKey, Removal, StoredReference
from loyalty_shared.storage.dynamodb.store import DynamoLedgerStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DAY = date(2027, 1, 1)
MEMBER, LAST = MemberKey("default", "M-1"), 55
ALL = Removal(MEMBER, seqs=tuple(range(1, LAST + 1)))


class Thrift:
    """Lets DynamoDB do only so many of the writes of a call, and hand back the others undone."""

    def __init__(self) -> None:
        self.does_at_most: list[int] = []  # for the next calls; afterwards it does all
        self.asked: list[list[dict[str, Any]]] = []
        self._undone: dict[str, Any] = {}

    def before(self, params: dict[str, Any], **_: object) -> None:
        [(table, requests)] = params["RequestItems"].items()
        self.asked.append(requests)
        most = self.does_at_most.pop(0) if self.does_at_most else len(requests)
        # It takes no call without a write, so one that is to do nothing removes what is not there.
        nothing = [{"DeleteRequest": {"Key": {"PK": {"S": "-"}, "SK": {"S": "-"}}}}]
        params["RequestItems"] = {table: requests[:most] or nothing}
        self._undone = {table: requests[most:]} if requests[most:] else {}

    def after(self, parsed: dict[str, Any], **_: object) -> None:
        parsed["UnprocessedItems"] = self._undone


@pytest.fixture
def thrift(dynamodb: DynamoDBClient) -> Iterator[Thrift]:
    thrift = Thrift()
    before: Any = thrift.before
    after: Any = thrift.after
    dynamodb.meta.events.register("provide-client-params.dynamodb.BatchWriteItem", before)
    dynamodb.meta.events.register("after-call.dynamodb.BatchWriteItem", after)
    yield thrift
    dynamodb.meta.events.unregister("provide-client-params.dynamodb.BatchWriteItem", before)
    dynamodb.meta.events.unregister("after-call.dynamodb.BatchWriteItem", after)


@pytest.fixture
def pauses() -> list[float]:
    """Give what the store asked to wait for; it need not wait here."""
    return []


@pytest.fixture
def store(
    dynamodb: DynamoDBClient, table: str, pauses: list[float], an_append: Callable[..., Append]
) -> DynamoLedgerStore:
    """Give a store in which a member has some entries."""
    store = DynamoLedgerStore(dynamodb, table, pauses.append)
    for seq in range(1, LAST + 1):
        store.append(an_append(seq))
    return store


def left_in(store: DynamoLedgerStore) -> list[int]:
    return [each.seq for each in store.entries_after(MEMBER, 0, 100)]


def test_rows_are_removed_twenty_five_at_a_time(
    store: DynamoLedgerStore, work: Counter[str], thrift: Thrift, pauses: list[float]
) -> None:
    work.clear()

    store.remove(ALL)

    assert work == {"BatchWriteItem": 3, "looked at": 0}
    assert [len(each) for each in thrift.asked] == [25, 25, 5]
    assert left_in(store) == []
    assert pauses == []


def test_no_row_to_remove_is_no_call(store: DynamoLedgerStore, work: Counter[str]) -> None:
    work.clear()

    store.remove(Removal(MEMBER))

    assert work == {}


def test_entries_are_removed_last_and_in_their_order(
    store: DynamoLedgerStore, thrift: Thrift
) -> None:
    # Whoever is cut off finds by the entries that are left what else there is to remove.
    orders = tuple(ReferenceKey("default", "order", f"A-{number}") for number in range(20))
    days = tuple(DAY + timedelta(days=number) for number in range(10))

    store.remove(Removal(MEMBER, ALL.seqs, orders, days, record=True))

    places = [each["DeleteRequest"]["Key"]["SK"]["S"] for call in thrift.asked for each in call]
    assert places[:31] == ["REF"] * 20 + [f"{day}#M-1" for day in days] + ["MEMBER"]
    assert places[31:] == [f"ENTRY#{seq:012}" for seq in ALL.seqs]


def test_what_dynamodb_hands_back_is_sent_again_after_a_pause(
    store: DynamoLedgerStore, thrift: Thrift, pauses: list[float]
) -> None:
    thrift.does_at_most = [10, 0, 7]

    store.remove(ALL)

    assert [len(each) for each in thrift.asked] == [25, 15, 15, 8, 25, 5]
    assert left_in(store) == []
    assert len(pauses) == 3
    assert 0 < pauses[0] < pauses[1] < pauses[2] < 1


def test_each_group_has_its_tries(store: DynamoLedgerStore, thrift: Thrift) -> None:
    thrift.does_at_most = [5, 5, 5, 5, 25, 5, 5, 5, 5, 25, 1, 1, 1, 1, 25]

    store.remove(ALL)

    assert left_in(store) == []


def test_a_removal_that_is_handed_back_for_ever_is_given_up_and_can_be_run_again(
    store: DynamoLedgerStore, thrift: Thrift, pauses: list[float]
) -> None:
    thrift.does_at_most = [25, 1] + [0] * 100

    with pytest.raises(StoreUnavailable, match="throttled"):
        store.remove(ALL)
    assert len(thrift.asked) < 10
    assert sum(pauses) < 2
    assert left_in(store) == list(range(27, LAST + 1))

    thrift.does_at_most = []
    store.remove(ALL)
    assert left_in(store) == []


def test_an_order_that_was_removed_can_take_effect_anew(
    store: DynamoLedgerStore, an_append: Callable[..., Append], order: ReferenceKey
) -> None:
    store.append(an_append(LAST + 1, "x", StoredReference(order, 1, "x")))
    store.append(an_append(LAST + 2, "x", StoredReference(order, 2, "y")))

    store.remove(Removal(MEMBER, references=(order,)))
    store.append(an_append(LAST + 3, "x", StoredReference(order, 1, "anew")))

    assert store.reference(order) == StoredReference(order, 1, "anew")
