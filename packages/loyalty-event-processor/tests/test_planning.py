"""Batches of so many members that their records are decided before the store is locked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loyalty_event_processor.outcomes import Message, Outcome, Result
from loyalty_event_processor.processor import EventProcessor
from loyalty_event_processor.reasons import code_of
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import MemberKey
from loyalty_shared.service.verifying import Verifier, verify_ledger
from loyalty_shared.storage.sqlite.snapshot import SqliteSnapshot
from loyalty_shared.storage.sqlite.store import FILE_NAME, SqliteLedgerStore

MakeMessage = Callable[..., Message]

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
MEMBERS = 150


class RivalledStore(SqliteLedgerStore):
    """A file to which somebody may write just before each commit of many."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.rivals: list[Callable[[], object]] = []

    def batch(self) -> AbstractContextManager[None]:
        if self.rivals:
            self.rivals.pop(0)()
        return super().batch()


def ledger_on(store: SqliteLedgerStore) -> Ledger:
    return Ledger(store, default_program(), lambda: NOW, lambda _seconds: None)


def processor_on(store: SqliteLedgerStore) -> EventProcessor:
    return EventProcessor(ledger_on(store), lambda *_each: None, workers=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RivalledStore]:
    store = RivalledStore(tmp_path)
    yield store
    store.close()


@pytest.fixture
def rival(tmp_path: Path) -> Iterator[EventProcessor]:
    store = SqliteLedgerStore(tmp_path)
    yield processor_on(store)
    store.close()


@pytest.fixture
def many(message: MakeMessage) -> list[Message]:
    """Give a message for each of many members."""
    return [message(f"m-{n}", userId=f"m-{n}", orderId=f"o-{n}") for n in range(MEMBERS)]


def results(outcomes: list[Outcome]) -> set[Result]:
    return {outcome.result for outcome in outcomes}


def orders_of(store: SqliteLedgerStore, member_id: str) -> list[str | None]:
    entries = store.entries_after(MemberKey("default", member_id), 0, 1_000)
    return [decode_entry(each.body).order_id for each in entries]


@pytest.fixture
def is_whole(tmp_path: Path) -> Callable[[], bool]:
    """Give what verifies the ledger."""

    def verify() -> bool:
        with closing(SqliteSnapshot(tmp_path / FILE_NAME)) as snapshot:
            return verify_ledger(snapshot, Verifier(NOW, lambda _: None, workers=0)).is_whole()

    return verify


def test_members_are_decided_while_others_write(
    store: RivalledStore,
    rival: EventProcessor,
    many: list[Message],
    message: MakeMessage,
    is_whole: Callable[[], bool],
) -> None:
    theirs = message("r", userId="m-7", orderId="r-7", transactionId="r")
    store.rivals = [lambda: rival.process([theirs])]

    outcomes = processor_on(store).process(many)

    assert results(outcomes) == {Result.PROCESSED}
    assert orders_of(store, "m-7") == ["r-7", "o-7"]
    assert orders_of(store, "m-8") == ["o-8"]
    assert is_whole()


def test_an_order_that_a_rival_delivers_meanwhile_is_a_duplicate(
    store: RivalledStore, rival: EventProcessor, many: list[Message]
) -> None:
    store.rivals = [lambda: rival.process([many[7]])]

    outcomes = processor_on(store).process(many)

    assert [each for each in outcomes if each.result is Result.DUPLICATE] == [outcomes[7]]
    assert orders_of(store, "m-7") == ["o-7"]


def test_the_messages_of_a_member_stay_in_their_order_when_a_rival_gets_in_between(
    store: RivalledStore,
    rival: EventProcessor,
    many: list[Message],
    message: MakeMessage,
    is_whole: Callable[[], bool],
) -> None:
    second = [message(f"s-{n}", userId=f"m-{n}", orderId=f"s-{n}") for n in range(MEMBERS)]
    third = message("t-7", userId="m-7", orderId="t-7")
    theirs = message("r", userId="m-7", orderId="r-7")
    store.rivals = [lambda: None, lambda: rival.process([theirs])]

    outcomes = processor_on(store).process([*many, *second, third])

    assert results(outcomes) == {Result.PROCESSED}
    assert orders_of(store, "m-7") == ["o-7", "r-7", "s-7", "t-7"]
    assert orders_of(store, "m-8") == ["o-8", "s-8"]
    assert is_whole()


def test_an_order_twice_in_a_batch_takes_effect_once(
    store: RivalledStore, many: list[Message], message: MakeMessage
) -> None:
    again = message("again", userId="m-7", orderId="o-7")
    somebody_elses = message("else", userId="m-8", orderId="o-7")

    *_, second, other = processor_on(store).process([*many, again, somebody_elses])

    assert second.result is Result.DUPLICATE
    assert other.result is Result.REJECTED
    assert other.error is not None
    assert code_of(other.error) == "order_of_another_member"
    assert orders_of(store, "m-7") == ["o-7"]


def test_one_order_of_two_members_in_a_batch_is_the_firsts(
    store: RivalledStore, many: list[Message], message: MakeMessage, is_whole: Callable[[], bool]
) -> None:
    contested = [message(f"c-{n}", userId=f"c-{n}", orderId="contested") for n in range(2)]

    *_, first, second = processor_on(store).process([*many, *contested])

    assert (first.result, second.result) == (Result.PROCESSED, Result.REJECTED)
    assert orders_of(store, "c-1") == []
    assert is_whole()


def test_a_batch_that_cannot_be_committed_is_tried_one_by_one(
    store: RivalledStore, many: list[Message]
) -> None:
    def fail() -> None:
        raise StoreUnavailable("not now")

    store.rivals = [fail]

    outcomes = processor_on(store).process(many)

    assert results(outcomes) == {Result.PROCESSED}
    assert orders_of(store, "m-7") == ["o-7"]


def test_a_refund_in_the_batch_of_its_order_is_netted(
    store: RivalledStore, many: list[Message], is_whole: Callable[[], bool]
) -> None:
    refund = Message(
        "refund",
        '{"detail-type":"OrderRefunded","detail":'
        '{"userId":"m-7","orderId":"o-7","refundId":"r","amount":25}}',
        NOW,
    )

    for batch in ([*many, refund], [refund, *many]):
        assert Result.REJECTED not in results(processor_on(store).process(batch))

    newest = store.newest_entry(MemberKey("default", "m-7"))
    assert newest is not None
    assert decode_entry(newest.body).account.inside == 100
    assert is_whole()
