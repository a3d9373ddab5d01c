"""The stream of a table: what DynamoDB would say of the ledger's own writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from loyalty_publisher.events import Event
from loyalty_publisher.records import events_in
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import Append, Removal
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.storage.dynamodb import items, keys
from loyalty_shared.storage.dynamodb.transaction import writes_of
from loyalty_shared.storage.memory import MemoryLedgerStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import UniversalAttributeValueTypeDef

    Item = dict[str, UniversalAttributeValueTypeDef]

Record = dict[str, Any]
MakePurchase = Callable[..., Purchase]

NOW = datetime(2026, 5, 4, 10, 0, 2, 345000, tzinfo=UTC)


class StreamedStore(MemoryLedgerStore):
    """Writes a stream record for each item that DynamoDB would be given."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Record] = []
        self._items: dict[tuple[str, str], Item] = {}
        self._numbers = count(1)

    def append(self, append: Append) -> None:
        super().append(append)
        for write in writes_of("LoyaltyPoints", append):
            self._put(dict(write["Put"]["Item"]))

    def keep_program(self, program_id: str, version: str, body: str) -> None:
        super().keep_program(program_id, version, body)
        self._put(dict(items.program_item(program_id, version, body)))

    def remove(self, removal: Removal) -> None:
        super().remove(removal)
        for key in keys.keys_of(removal):
            old = self._items.pop(_place_of(key), None)
            if old is not None:  # of what was not there, the stream says nothing
                self._tell("REMOVE", key, OldImage=old)

    def _put(self, item: Item) -> None:
        key = {name: item[name] for name in (keys.PARTITION, keys.SORT)}
        old = self._items.get(_place_of(key))
        self._items[_place_of(key)] = item
        images = {"NewImage": item} | ({"OldImage": old} if old else {})
        self._tell("MODIFY" if old else "INSERT", key, **images)

    def _tell(self, happened: str, key: Mapping[str, object], **images: Item) -> None:
        number = next(self._numbers)
        self.records.append(
            {
                "eventID": f"{number:032x}",
                "eventName": happened,
                "eventSource": "aws:dynamodb",
                "dynamodb": {
                    "ApproximateCreationDateTime": float(int(NOW.timestamp())),
                    "Keys": key,
                    **images,
                    "SequenceNumber": f"{100_000_000_000_000_000_000 + number}",
                    "StreamViewType": "NEW_AND_OLD_IMAGES",
                },
            }
        )


def _place_of(key: Mapping[str, object]) -> tuple[str, str]:
    return str(key[keys.PARTITION]), str(key[keys.SORT])


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(StreamedStore(), default_program(), lambda: NOW, lambda _seconds: None)


@pytest.fixture
def purchase() -> MakePurchase:
    def make(member: str = "ann", order: str = "o-1", amount: str = "125") -> Purchase:
        total = Money.of(Decimal(amount), "EUR")
        occurred_at = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
        return Purchase(order, member, f"pay-{order}", total, total, occurred_at)

    return make


@pytest.fixture
def records(ledger: Ledger) -> Callable[..., list[Record]]:
    """Give what records purchases, and answers with the stream's records of them."""

    def record(*purchases: Purchase) -> list[Record]:
        assert isinstance(ledger.store, StreamedStore)
        before = len(ledger.store.records)
        for each in purchases:
            record_purchase(ledger, each)
        return ledger.store.records[before:]

    return record


@pytest.fixture
def told_by(ledger: Ledger) -> Callable[..., list[Event]]:
    """Give what does something, and answers with the events of it."""

    def do(act: Callable[[], object]) -> list[Event]:
        assert isinstance(ledger.store, StreamedStore)
        before = len(ledger.store.records)
        act()
        found, unreadable = events_in(ledger.store.records[before:])
        assert unreadable is None
        return found

    return do


@pytest.fixture
def events(records: Callable[..., list[Record]]) -> Callable[..., list[Event]]:
    """Give what records purchases, and answers with the events of them."""

    def record(*purchases: Purchase) -> list[Event]:
        found, unreadable = events_in(records(*purchases))
        assert unreadable is None
        return found

    return record
