"""The way of an entry from the table's stream to the bus."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from tests.infra.template_reading import attribute, properties

from loyalty_shared.service.ports import MemberKey, ReferenceKey
from loyalty_shared.storage.dynamodb import keys


def _mapping() -> dict[str, Any]:
    mapping: dict[str, Any] = properties("PublisherFunction")["Events"]["Entries"]["Properties"]
    return mapping


_MEMBER = MemberKey("default", "ann")
_NEWS = {
    "a new entry": ("INSERT", keys.entry_key(_MEMBER, 1)),
    "another tier": ("MODIFY", keys.member_record_key(_MEMBER)),
}
_NO_NEWS = {
    "a first tier": ("INSERT", keys.member_record_key(_MEMBER)),
    "an order": ("INSERT", keys.reference_key(ReferenceKey("default", "order", "o-1"))),
    "an order again": ("MODIFY", keys.reference_key(ReferenceKey("default", "order", "o-1"))),
    "a due mark": ("INSERT", keys.due_key(_MEMBER, date(2026, 1, 1))),
    "a due mark that is over": ("REMOVE", keys.due_key(_MEMBER, date(2026, 1, 1))),
    "an entry of somebody forgotten": ("REMOVE", keys.entry_key(_MEMBER, 1)),
    "the tier of somebody forgotten": ("REMOVE", keys.member_record_key(_MEMBER)),
    "a program": ("INSERT", keys.program_key("default", "1")),
}


@pytest.mark.parametrize(("happened", "key"), _NEWS.values(), ids=_NEWS)
def test_news_starts_the_publisher(happened: str, key: dict[str, Any]) -> None:
    assert _starts_the_publisher(happened, key)


@pytest.mark.parametrize(("happened", "key"), _NO_NEWS.values(), ids=_NO_NEWS)
def test_what_else_is_written_does_not(happened: str, key: dict[str, Any]) -> None:
    assert not _starts_the_publisher(happened, key)


def _starts_the_publisher(happened: str, key: Mapping[str, Any]) -> bool:
    patterns = [json.loads(each["Pattern"]) for each in _mapping()["FilterCriteria"]["Filters"]]
    return any(
        happened in pattern["eventName"]
        and all(
            _matches(key[name]["S"], pattern["dynamodb"]["Keys"][name]["S"])
            for name in (keys.PARTITION, keys.SORT)
        )
        for pattern in patterns
    )


def _matches(value: str, allowed: Sequence[str | Mapping[str, str]]) -> bool:
    return any(
        value == each if isinstance(each, str) else value.startswith(each["prefix"])
        for each in allowed
    )


def test_what_is_written_before_the_publisher_listens_is_published_too() -> None:
    assert _mapping()["StartingPosition"] == "TRIM_HORIZON"


def test_an_entry_that_fails_is_found_by_halving_and_kept_by_its_place() -> None:
    mapping = _mapping()

    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["DestinationConfig"]["OnFailure"] == {
        "Type": "SQS",
        "Destination": attribute("PublisherDeadLetterQueue"),
    }


def test_an_entry_that_is_given_up_can_still_be_fetched_from_the_stream() -> None:
    assert _mapping()["MaximumRecordAgeInSeconds"] < 12 * 3600, "a stream keeps a day"


def test_a_members_entries_do_not_overtake_each_other() -> None:
    # With several batches of a shard at a time, Lambda keeps order for each item only.
    assert _mapping()["ParallelizationFactor"] == 1
