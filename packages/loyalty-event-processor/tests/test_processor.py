from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loyalty_event_processor.outcomes import Message, Outcome, Result
from loyalty_event_processor.processor import EventProcessor
from loyalty_event_processor.reasons import code_of, reason_of
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service import queries
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import Append, LedgerStore, MemberKey, StoredEntry
from loyalty_shared.storage.memory import MemoryLedgerStore
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

MakeMessage = Callable[..., Message]

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


class AwayStore(MemoryLedgerStore):
    """Does not answer for one member."""

    def newest_entry(self, member: MemberKey, *, consistent: bool = True) -> StoredEntry | None:
        if member.member_id == "away":
            raise StoreUnavailable("no answer")
        return super().newest_entry(member, consistent=consistent)


class BrokenStore(MemoryLedgerStore):
    """Has a mistake in it."""

    def append(self, append: Append) -> None:
        raise ZeroDivisionError(append.members[0].entries[0].seq)


class MeetingStore(MemoryLedgerStore):
    """Waits as for a network: a member's first append goes through once two members are at it."""

    waits_for_network = True

    def __init__(self) -> None:
        super().__init__()
        self._meeting = threading.Barrier(2)

    def append(self, append: Append) -> None:
        if append.members[0].entries[0].seq == 1:
            self._meeting.wait(timeout=5)
        super().append(append)


def _results(outcomes: list[Outcome]) -> list[str]:
    return [outcome.result.value for outcome in outcomes]


def _processor_on(ledger: Ledger, store: LedgerStore, workers: int = 1) -> EventProcessor:
    other = Ledger(store, default_program(), ledger.clock, lambda _seconds: None)
    return EventProcessor(other, lambda *_each: None, workers=workers)


def test_a_purchase_is_processed_and_its_points_are_there(
    processor: EventProcessor, ledger: Ledger, message: MakeMessage
) -> None:
    [outcome] = processor.process([message()])

    assert (outcome.result, outcome.points) == (Result.PROCESSED, 125)
    assert (outcome.member_id, outcome.order_id) == ("ann", "o-1")
    assert queries.balance(ledger, "ann") == 125


def test_an_event_in_an_eventbridge_envelope_is_the_same_purchase(
    processor: EventProcessor, message: MakeMessage
) -> None:
    detail = json.loads(message().body)
    envelope = Message("m-2", json.dumps({"detail-type": "OrderCompleted", "detail": detail}), NOW)

    assert _results(processor.process([message(), envelope])) == ["processed", "duplicate"]


def test_a_redelivered_purchase_is_a_duplicate_and_credits_nothing(
    processor: EventProcessor, ledger: Ledger, message: MakeMessage
) -> None:
    outcomes = [processor.process([message()])[0] for _ in range(3)]

    assert _results(outcomes) == ["processed", "duplicate", "duplicate"]
    assert queries.balance(ledger, "ann") == 125


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("not JSON", "malformed_json"),
        ("[]", "invalid_event"),
        ("{}", "invalid_event"),
        ('{"detail-type": "OrderShipped", "detail": {}}', "unknown_event_type"),
        (
            '{"userId": "a", "orderId": "o", "transactionId": "t", "totalAmount": -1}',
            "invalid_amount",
        ),
    ],
)
def test_what_can_never_succeed_is_rejected_with_a_code_and_a_reason(
    processor: EventProcessor, body: str, code: str
) -> None:
    [outcome] = processor.process([Message("m-1", body, NOW)])

    assert outcome.result is Result.REJECTED
    assert outcome.error is not None
    assert code_of(outcome.error) == code
    assert reason_of(outcome.error)


def test_the_reason_names_the_place_in_the_message(
    processor: EventProcessor, message: MakeMessage
) -> None:
    [outcome] = processor.process([message(totalAmount=True)])

    assert outcome.error is not None
    assert reason_of(outcome.error) == "the event is not valid (/totalAmount: must be a number)"


def test_an_order_of_another_member_is_rejected(
    processor: EventProcessor, ledger: Ledger, message: MakeMessage
) -> None:
    outcomes = processor.process([message(), message(userId="bob")])

    assert _results(outcomes) == ["processed", "rejected"]
    assert queries.balance(ledger, "bob") == 0


def test_an_order_that_comes_again_with_another_amount_is_rejected(
    processor: EventProcessor, message: MakeMessage
) -> None:
    assert _results(processor.process([message(), message(totalAmount=126)])) == [
        "processed",
        "rejected",
    ]


def test_one_bad_message_does_not_stop_the_others(
    processor: EventProcessor, ledger: Ledger, message: MakeMessage
) -> None:
    batch = [Message("bad", "{", NOW), message(), Message("worse", "", NOW), message(orderId="o-2")]

    assert _results(processor.process(batch)) == ["rejected", "processed", "rejected", "processed"]
    assert queries.balance(ledger, "ann") == 250


def test_messages_of_one_member_keep_their_order(
    processor: EventProcessor, ledger: Ledger, message: MakeMessage
) -> None:
    processor.process([message(orderId=f"o-{number}") for number in range(5)])

    entries = ledger.store.entries_after(ledger.member_key("ann"), 0, 10)
    assert [json.loads(each.body)["order"] for each in entries] == [f"o-{n}" for n in range(5)]


def test_members_are_worked_on_in_parallel(ledger: Ledger, message: MakeMessage) -> None:
    store = MeetingStore()
    processor = _processor_on(ledger, store, workers=2)
    both = [
        message(userId=user, orderId=f"{user}-{number}")
        for number in range(5)
        for user in ("ann", "bob")
    ]

    outcomes = processor.process(both)

    processor.close()
    assert _results(outcomes) == ["processed"] * 10
    for user in ("ann", "bob"):  # and each keeps the order of its messages
        entries = store.entries_after(ledger.member_key(user), 0, 10)
        orders = [decode_entry(each.body).order_id for each in entries]
        assert orders == [f"{user}-{number}" for number in range(5)]


def test_a_store_that_is_away_means_retry_for_that_message_alone(
    ledger: Ledger, message: MakeMessage
) -> None:
    processor = _processor_on(ledger, AwayStore())

    outcomes = processor.process([message(userId="away"), message(orderId="o-2")])

    assert _results(outcomes) == ["retry", "processed"]


def test_a_message_that_spoils_its_batch_is_retried_alone_and_the_rules_stay(
    ledger: Ledger, message: MakeMessage, tmp_path: Path
) -> None:
    store = SqliteLedgerStore(tmp_path)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute(
            "CREATE TRIGGER spoil BEFORE INSERT ON reference WHEN new.key LIKE '%:spoiled'"
            " BEGIN SELECT RAISE(FAIL, 'the disk is bad here'); END"
        )
    processor = _processor_on(ledger, store)
    batch = [
        message(),
        message(orderId="spoiled"),
        message(userId="bob", orderId="o-2"),
        Message("bad", "{", NOW),
    ]

    outcomes = processor.process(batch)

    assert _results(outcomes) == ["processed", "retry", "processed", "rejected"]
    [newest] = store.entries_after(ledger.member_key("ann"), 0, 10)
    assert store.program("default", decode_entry(newest.body).program_version)
    assert store.newest_entry(ledger.member_key("bob"))
    store.close()


def test_a_batch_on_one_machine_is_one_commit_however_many_workers_there_are(
    ledger: Ledger, message: MakeMessage, tmp_path: Path
) -> None:
    store = SqliteLedgerStore(tmp_path)

    outcomes = _processor_on(ledger, store, workers=8).process(
        [message(userId=f"u-{number}", orderId=f"o-{number}") for number in range(50)]
    )

    assert _results(outcomes) == ["processed"] * 50
    store.close()


def test_a_mistake_of_ours_means_retry_and_is_named(ledger: Ledger, message: MakeMessage) -> None:
    [outcome] = _processor_on(ledger, BrokenStore()).process([message()])

    assert outcome.result is Result.RETRY
    assert outcome.error is not None
    assert code_of(outcome.error) == "unexpected_error"
    assert reason_of(outcome.error) == "ZeroDivisionError: 1"


def test_every_outcome_is_observed_with_its_message(
    processor: EventProcessor,
    observed: list[tuple[Message, Outcome]],
    message: MakeMessage,
) -> None:
    batch = [message("m-1"), message("m-2"), Message("m-3", "{", NOW)]

    outcomes = processor.process(batch)

    assert observed == list(zip(batch, outcomes, strict=True))


def test_lag_is_from_receipt_to_record(processor: EventProcessor, message: MakeMessage) -> None:
    received = message()
    late = Message(received.id, received.body, NOW - timedelta(seconds=90))

    assert processor.process([late])[0].lag_seconds == 90
