from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from loyalty_publisher.events import POINTS_EVENTS, Event, PointsDetail, TierDetail
from loyalty_publisher.records import events_in
from loyalty_shared.domain.entries import EntryType
from loyalty_shared.domain.holds import Holding
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.service import queries
from loyalty_shared.service.commands import Asking
from loyalty_shared.service.erasing import erase
from loyalty_shared.service.holds import hold_points, release_hold
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.merging import merge, undo_merge
from loyalty_shared.service.ports import MemberKey
from loyalty_shared.storage.dynamodb import items

Record = dict[str, Any]
MakePurchase = Callable[..., Purchase]
MakeRecords = Callable[..., list[Record]]
MakeEvents = Callable[..., list[Event]]
ToldBy = Callable[[Callable[[], object]], list[Event]]


def _is_entry(record: Record) -> bool:
    return bool(record["dynamodb"]["Keys"]["SK"]["S"].startswith("ENTRY#"))


def _is_member(record: Record) -> bool:
    return bool(record["dynamodb"]["Keys"]["SK"]["S"] == "MEMBER")


def test_a_purchase_is_one_event_with_the_entry_and_the_account_after_it(
    events: MakeEvents, purchase: MakePurchase, ledger: Ledger
) -> None:
    events(purchase(order="o-1", amount="480"))

    first, _ = events(purchase(order="o-2", amount="125"))

    transaction = queries.history(ledger, "ann", before=None, limit=1).transactions[0]
    assert (first.detail_type, first.member) == ("PointsEarned", MemberKey("default", "ann"))
    assert first.time == datetime(2026, 5, 4, 10, 0, 2, 345000, UTC)
    assert first.detail == PointsDetail(
        program_id="default",
        member_id="ann",
        transaction_id=transaction.transaction_id,
        seq=2,
        type="EARN",
        points=125,
        order_id="o-2",
        occurred_at=datetime(2026, 5, 4, 10, 0, tzinfo=UTC),
        recorded_at=datetime(2026, 5, 4, 10, 0, 2, 345000, UTC),
        balance=605,
        held=0,
        debt=0,
        tier="Bronze",
        program_version=ledger.program.version,
        follows=None,
        other_member_id=None,
    )


def test_another_tier_is_an_event_of_its_own(events: MakeEvents, purchase: MakePurchase) -> None:
    events(purchase(order="o-1", amount="480"))

    _, second = events(purchase(order="o-2", amount="125"))

    assert second.detail_type == "TierChanged"
    assert second.time == datetime(2026, 5, 4, 10, 0, 2, tzinfo=UTC)
    assert isinstance(second.detail, TierDetail)
    assert (second.detail.previous_tier, second.detail.tier) == ("Basic", "Bronze")
    assert second.detail.since == date(2026, 5, 4)


def test_a_members_first_tier_is_no_change(events: MakeEvents, purchase: MakePurchase) -> None:
    [first] = events(purchase(amount="6000"))

    assert isinstance(first.detail, PointsDetail)
    assert (first.detail.seq, first.detail.tier) == (1, "Gold")


def test_a_member_record_written_again_with_the_same_tier_is_no_change(
    records: MakeRecords, purchase: MakePurchase
) -> None:
    [member] = filter(_is_member, records(purchase()))
    image = member["dynamodb"]["NewImage"]
    same = member | {"eventName": "MODIFY", "dynamodb": member["dynamodb"] | {"OldImage": image}}

    assert events_in([same]) == ([], None)


def test_a_purchase_writes_more_than_is_told(records: MakeRecords, purchase: MakePurchase) -> None:
    written = records(purchase())

    told = {record["dynamodb"]["Keys"]["PK"]["S"].partition("#")[0] for record in written}
    assert told == {"PROGRAM", "MEMBER", "REF"}
    assert [event.detail_type for event in events_in(written)[0]] == ["PointsEarned"]


def test_what_is_removed_is_no_event(records: MakeRecords, purchase: MakePurchase) -> None:
    mark = items.due_item(MemberKey("default", "ann"), date(2026, 6, 3))
    expired = {"Keys": {name: mark[name] for name in ("PK", "SK")}, "OldImage": mark}
    deleted = [
        {"Keys": change["Keys"], "OldImage": change["NewImage"]}
        for change in (record["dynamodb"] for record in records(purchase()))
    ]

    removals = [{"eventName": "REMOVE", "dynamodb": change} for change in (expired, *deleted)]

    assert events_in(removals) == ([], None)


def test_a_merge_is_told_of_both_members_and_of_no_tier_that_is_none(
    ledger: Ledger, records: MakeRecords, purchase: MakePurchase, told_by: ToldBy
) -> None:
    records(purchase(amount="480"), purchase(member="bob", order="o-2", amount="125"))

    merged = told_by(lambda: merge(ledger, Asking("ann", "k-1", None), "bob"))
    parted = told_by(lambda: undo_merge(ledger, Asking("ann", "k-2", None)))

    # That ann has no tier now, or one again, is in her entry; that bob has another one is news.
    assert [each.detail_type for each in merged] == ["MemberMerged", "MemberMerged", "TierChanged"]
    assert [each.detail_type for each in parted] == ["MergeUndone", "MergeUndone", "TierChanged"]
    told = [each.detail for each in merged + parted if isinstance(each.detail, PointsDetail)]
    assert [(each.member_id, each.other_member_id, each.points) for each in told] == [
        ("ann", "bob", -480),
        ("bob", "ann", 480),
        ("ann", "bob", 480),
        ("bob", "ann", -480),
    ]
    assert [each.tier for each in told] == ["", "Bronze", "Basic", "Basic"]
    changes = [each.detail for each in merged + parted if isinstance(each.detail, TierDetail)]
    assert [(each.member_id, each.tier) for each in changes] == [
        ("bob", "Bronze"),
        ("bob", "Basic"),
    ]


def test_a_member_who_is_forgotten_is_told_of_once_and_what_is_removed_is_passed_over(
    ledger: Ledger, records: MakeRecords, purchase: MakePurchase, told_by: ToldBy
) -> None:
    records(purchase(amount="480"))

    [last] = told_by(lambda: erase(ledger, Asking("ann", "k-1", None)))

    assert isinstance(last.detail, PointsDetail)
    assert (last.detail_type, last.detail.seq) == ("MemberErased", 2)
    assert (last.detail.points, last.detail.balance, last.detail.tier) == (-480, 0, "")
    [anew] = events_in(records(purchase(order="o-2")))[0]
    assert isinstance(anew.detail, PointsDetail)
    assert (anew.detail_type, anew.detail.seq) == ("PointsEarned", 1)


def test_a_hold_that_ends_names_the_one_that_was_made(
    ledger: Ledger, records: MakeRecords, purchase: MakePurchase, told_by: ToldBy
) -> None:
    records(purchase(amount="480"))
    holding = Holding(100, timedelta(seconds=60))

    [made] = told_by(lambda: hold_points(ledger, Asking("ann", "k-1", None), holding))
    assert isinstance(made.detail, PointsDetail)
    held = made.detail.transaction_id
    [let_go] = told_by(lambda: release_hold(ledger, Asking("ann", "k-2", None), held))

    assert (made.detail_type, let_go.detail_type) == ("PointsHeld", "HoldReleased")
    assert isinstance(let_go.detail, PointsDetail)
    assert (made.detail.held, let_go.detail.held, let_go.detail.follows) == (100, 0, held)


def test_an_entry_that_somebody_wrote_over_is_no_new_one(
    records: MakeRecords, purchase: MakePurchase
) -> None:
    [entry] = filter(_is_entry, records(purchase()))

    assert events_in([entry | {"eventName": "MODIFY"}]) == ([], None)


def test_an_id_with_the_keys_own_sign_in_it_comes_out_as_it_went_in(
    events: MakeEvents, purchase: MakePurchase
) -> None:
    [event] = events(purchase(member="#1#ENTRY#", order="a#b"))

    assert isinstance(event.detail, PointsDetail)
    assert (event.detail.member_id, event.detail.order_id) == ("#1#ENTRY#", "a#b")


def test_a_record_that_comes_again_is_the_same_event(
    records: MakeRecords, purchase: MakePurchase
) -> None:
    batch = records(purchase(amount="480"), purchase(order="o-2"))

    assert events_in(batch) == events_in(json.loads(json.dumps(batch)))
    assert len({event.key for event in events_in(batch)[0]}) == 3


def test_every_type_of_entry_has_a_detail_type() -> None:
    assert set(POINTS_EVENTS) == set(EntryType)


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "{}", '{"seq":1,"type":"EARN"}', '{"seq":1,"type":"GIFT"}']
)
def test_an_entry_that_cannot_be_read_is_reported_and_ends_the_batch(
    records: MakeRecords, purchase: MakePurchase, body: str
) -> None:
    first, broken, last = filter(
        _is_entry, records(purchase(), purchase(order="o-2"), purchase(order="o-3"))
    )
    broken["dynamodb"]["NewImage"] = broken["dynamodb"]["NewImage"] | {"body": {"S": body}}

    events, unreadable = events_in([first, broken, last])

    assert [event.sequence_number for event in events] == [first["dynamodb"]["SequenceNumber"]]
    assert unreadable is not None
    assert unreadable.sequence_number == broken["dynamodb"]["SequenceNumber"]
    assert unreadable.__cause__ is not None


def test_an_entry_of_a_type_that_nobody_named_is_reported(
    records: MakeRecords, purchase: MakePurchase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty_publisher.events.POINTS_EVENTS", {})

    events, unreadable = events_in(records(purchase()))

    assert events == []
    assert unreadable is not None
    assert isinstance(unreadable.__cause__, KeyError)


@pytest.mark.parametrize("image", ["NewImage", "OldImage"])
def test_a_stream_that_does_not_show_what_is_needed_is_reported(
    records: MakeRecords, purchase: MakePurchase, image: str
) -> None:
    records(purchase(amount="480"))
    [change] = filter(_is_member, records(purchase(order="o-2")))
    del change["dynamodb"][image]

    assert events_in([change])[1] is not None
