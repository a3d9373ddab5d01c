"""The handler, between a stream as Lambda reads it and a bus on the line to EventBridge.

The bus is put in where botocore hands a request to the network: what is seen there is what is sent.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_lambda_powertools import Logger, Metrics
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty_publisher.aws import StreamBatchHandler
from loyalty_publisher.publisher import Publisher
from loyalty_publisher.records import UnreadableRecord
from loyalty_shared.domain.orders import Purchase

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

Record = dict[str, Any]
Entry = dict[str, Any]
MakePurchase = Callable[..., Purchase]
MakeRecords = Callable[..., list[Record]]

NOW = datetime(2026, 5, 4, 10, 0, 2, 345000, tzinfo=UTC)
LATER = NOW + timedelta(seconds=3)


class Raw:
    """The bytes of an answer, as they would come off the network."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


@dataclass
class Bus:
    """A bus that keeps what it takes, and turns down what it is told to.

    `turns_down` says for each of the next calls which of its entries, by their place in the call.
    """

    calls: list[list[Entry]] = field(default_factory=list)
    taken: list[Entry] = field(default_factory=list)
    turns_down: deque[set[int]] = field(default_factory=deque)
    fails: deque[tuple[int, str] | Exception] = field(default_factory=deque)

    def on_request(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Take a request from botocore."""
        assert isinstance(request.body, bytes)
        self.calls.append(json.loads(request.body)["Entries"])
        if self.fails:
            failure = self.fails.popleft()
            if isinstance(failure, Exception):
                raise failure
            status, code = failure
            return self._answer(request, status, {"__type": code, "message": code})
        refused = self.turns_down.popleft() if self.turns_down else set()
        results = [
            self._take(entry, place in refused) for place, entry in enumerate(self.calls[-1])
        ]
        failed = sum("ErrorCode" in result for result in results)
        return self._answer(request, 200, {"FailedEntryCount": failed, "Entries": results})

    def _take(self, entry: Entry, refused: bool) -> dict[str, str]:  # noqa: FBT001 - to the point
        if refused:
            return {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
        self.taken.append(entry)
        return {"EventId": f"event-{len(self.taken)}"}

    def _answer(self, request: AWSPreparedRequest, status: int, body: object) -> AWSResponse:
        raw = Raw(json.dumps(body).encode())
        return AWSResponse(request.url, status, HTTPHeaders(), raw)

    @property
    def orders(self) -> list[str]:
        """The orders of the points events taken, as they came."""
        details = [json.loads(entry["Detail"]) for entry in self.taken]
        return [detail["orderId"] for detail in details if "orderId" in detail]


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def client(bus: Bus) -> Iterator[EventBridgeClient]:
    client = boto3.client("events", config=Config(retries={"total_max_attempts": 1}))
    events = client.meta.events
    events.register("before-send.events.PutEvents", bus.on_request)  # type: ignore[arg-type]
    yield client
    client.close()


@pytest.fixture
def handler(client: EventBridgeClient) -> StreamBatchHandler:
    return StreamBatchHandler(
        Publisher(client, "loyalty-events", lambda _seconds: None),
        lambda: LATER,
        Logger(service="test"),
        Metrics(namespace="Test", service="test"),
    )


def _handle(handler: StreamBatchHandler, records: Sequence[Record]) -> str | None:
    """Give the sequence number from which to go on, None where all is done."""
    failures = handler.handle({"Records": records})["batchItemFailures"]
    if not failures:
        return None
    [failure] = failures
    return str(failure["itemIdentifier"])


def _number_of(records: Sequence[Record], order: str) -> str:
    """Give the sequence number of the entry of an order."""
    [found] = [
        record["dynamodb"]["SequenceNumber"]
        for record in records
        if f'"order":"{order}"' in record["dynamodb"]["NewImage"].get("body", {}).get("S", "")
    ]
    return str(found)


def _break(records: Sequence[Record], order: str) -> str:
    """Spoil the entry of an order, and give its sequence number."""
    number = _number_of(records, order)
    for record in records:
        if record["dynamodb"]["SequenceNumber"] == number:
            record["dynamodb"]["NewImage"] = record["dynamodb"]["NewImage"] | {"body": {"S": "{"}}
    return number


def _entries(records: Sequence[Record]) -> list[Record]:
    return [r for r in records if r["dynamodb"]["Keys"]["SK"]["S"].startswith("ENTRY#")]


# ------------------------------------------------------------------ what is sent


def test_an_entry_goes_to_the_bus_with_its_source_type_and_time(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    assert _handle(handler, records(purchase())) is None

    [entry] = bus.taken
    assert entry["EventBusName"] == "loyalty-events"
    assert (entry["Source"], entry["DetailType"]) == ("loyalty", "PointsEarned")
    assert datetime.fromtimestamp(entry["Time"], UTC) == NOW
    assert "Resources" not in entry
    assert json.loads(entry["Detail"])["memberId"] == "ann"


def test_events_go_in_calls_of_ten_at_most(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    bought = [purchase(member=f"m-{number}", order=f"o-{number}") for number in range(25)]

    assert _handle(handler, records(*bought)) is None
    assert [len(call) for call in bus.calls] == [10, 10, 5]
    assert bus.orders == [f"o-{number}" for number in range(25)]


def test_a_batch_without_news_sends_nothing(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    batch = records(purchase())
    others = [record for record in batch if record not in _entries(batch)]

    assert _handle(handler, others) is None
    assert _handle(handler, []) is None
    assert bus.calls == []


def test_a_batch_that_comes_again_is_published_again_with_the_same_key(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    batch = records(purchase())

    _handle(handler, batch)
    _handle(handler, batch)

    first, second = (json.loads(entry["Detail"]) for entry in bus.taken)
    assert first["transactionId"] == second["transactionId"]


def test_a_record_that_is_twice_in_a_batch_does_no_harm(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    batch = records(purchase(order="o-1"), purchase(order="o-2"))

    assert _handle(handler, [*batch[:-2], *batch]) is None
    assert set(bus.orders) == {"o-1", "o-2"}


# ------------------------------------------------------------------ order


def test_a_call_has_one_event_of_a_member_and_their_order_is_kept(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    bought = [("ann", "a-1"), ("ann", "a-2"), ("bob", "b-1"), ("ann", "a-3"), ("bob", "b-2")]

    _handle(handler, records(*(purchase(member, order) for member, order in bought)))

    members = [[json.loads(each["Detail"])["memberId"] for each in call] for call in bus.calls]
    assert members == [["ann", "bob"], ["ann", "bob"], ["ann"]]
    assert bus.orders == ["a-1", "b-1", "a-2", "b-2", "a-3"]


def test_a_tier_change_and_its_points_are_both_published(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    records(purchase(order="o-1", amount="480"))

    _handle(handler, records(purchase(order="o-2")))

    assert [entry["DetailType"] for entry in bus.taken] == ["PointsEarned", "TierChanged"]


@pytest.mark.parametrize("refused", [{0}, {2}, {0, 1}, {0, 1, 2}])
def test_only_what_the_bus_turned_down_is_sent_again(
    handler: StreamBatchHandler,
    bus: Bus,
    records: MakeRecords,
    purchase: MakePurchase,
    refused: set[int],
) -> None:
    bus.turns_down.extend([refused, set(range(len(refused)))])
    bought = [purchase(member, f"{member}-1") for member in ("ann", "bob", "cid")]

    assert _handle(handler, records(*bought)) is None

    again = [bus.calls[0][place] for place in sorted(refused)]
    assert bus.calls[1:] == [again, again]
    assert len(bus.taken) == 3


def test_no_later_event_of_a_member_overtakes_one_that_was_turned_down(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    bus.turns_down.extend([{0}, {0}])
    bought = [("ann", "a-1"), ("bob", "b-1"), ("ann", "a-2"), ("bob", "b-2")]

    assert _handle(handler, records(*(purchase(*each) for each in bought))) is None
    assert bus.orders == ["b-1", "a-1", "a-2", "b-2"]


# ------------------------------------------------------------------ what cannot be published


def test_what_the_bus_keeps_turning_down_is_where_lambda_goes_on_from(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    bought = [("ann", "a-1"), ("bob", "b-1"), ("cid", "c-1"), ("bob", "b-2"), ("ann", "a-2")]
    batch = records(*(purchase(*each) for each in bought))
    bus.turns_down.extend([{1}, *[{0}] * 100])

    assert _handle(handler, batch) == _number_of(batch, "b-1")
    assert bus.orders == ["a-1", "c-1"]
    assert len(bus.calls) == 5


def test_the_last_event_alone_comes_again_where_it_alone_is_turned_down(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    batch = records(*(purchase(member, f"{member}-1") for member in ("ann", "bob", "cid")))
    bus.turns_down.extend([{2}, *[{0}] * 100])

    assert _handle(handler, batch) == _number_of(batch, "cid-1")


@pytest.mark.parametrize(
    "failure",
    [
        (400, "ThrottlingException"),
        (500, "InternalException"),
        (400, "AccessDeniedException"),
        EndpointConnectionError(endpoint_url="http://127.0.0.1"),
    ],
)
def test_a_bus_that_does_not_answer_has_lambda_come_again_from_the_first_event(
    handler: StreamBatchHandler,
    bus: Bus,
    records: MakeRecords,
    purchase: MakePurchase,
    failure: tuple[int, str] | Exception,
) -> None:
    batch = records(purchase(order="o-1"), purchase(order="o-2"))
    bus.fails.append(failure)

    assert _handle(handler, batch) == _number_of(batch, "o-1")
    assert (len(bus.calls), bus.taken) == (1, [])


def test_what_was_published_before_the_bus_went_away_does_not_come_again(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    batch = records(*(purchase(f"m-{number}", f"o-{number}") for number in range(25)))
    bus.turns_down.extend([set(), set(range(10)), *[set(range(10))] * 100])

    assert _handle(handler, batch) == _number_of(batch, "o-10")
    assert bus.orders == [f"o-{number}" for number in range(10)]


def test_a_record_that_cannot_be_read_ends_the_batch_and_what_is_before_it_is_published(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    batch = records(*(purchase("ann", f"o-{number}") for number in range(3)))
    broken = _break(batch, "o-1")

    assert _handle(handler, batch) == broken
    assert bus.orders == ["o-0"]


def test_a_record_that_cannot_be_read_and_is_first_is_an_error_so_that_lambda_halves_the_batch(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    batch = _entries(records(purchase(order="o-1"), purchase(order="o-2")))
    broken = _break(batch, "o-1")

    with pytest.raises(UnreadableRecord, match=broken):
        _handle(handler, batch)
    assert bus.taken == []


def test_what_waits_before_a_record_that_cannot_be_read_comes_first(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    batch = records(purchase(order="o-1"), purchase(order="o-2"))
    _break(batch, "o-2")
    bus.fails.append((400, "ThrottlingException"))

    assert _handle(handler, batch) == _number_of(batch, "o-1")


# ------------------------------------------------------------------ a shard, as Lambda reads it


_MOST_REFUSALS = 40
_RETRIES = 10  # more than deliveries can fail that way: one takes five calls that are turned down


@dataclass
class Shard:
    """Reads a shard as Lambda does: from the checkpoint on, halving a batch that is an error."""

    handler: StreamBatchHandler
    batch_size: int
    dead: list[list[str]] = field(default_factory=list)

    def read(self, records: Sequence[Record]) -> None:
        for start in range(0, len(records), self.batch_size):
            self._deliver(list(records[start : start + self.batch_size]), _RETRIES)

    def _deliver(self, batch: list[Record], retries: int) -> None:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        while batch:
            try:
                go_on_from = _handle(self.handler, batch)
            except UnreadableRecord:
                if len(batch) > 1:
                    half = len(batch) // 2
                    self._deliver(batch[:half], retries)
                    self._deliver(batch[half:], retries)
                    return
                go_on_from = numbers[0]
            if go_on_from is None:
                return
            done = numbers.index(go_on_from)
            retries -= not done
            if retries < 0:
                self.dead.append(numbers)
                return
            batch, numbers = batch[done:], numbers[done:]


@st.composite
def _trouble(draw: st.DrawFn) -> tuple[list[set[int]], list[int], set[int], int]:
    refusals = draw(st.lists(st.sets(st.integers(0, 9)), max_size=_MOST_REFUSALS))
    members = draw(st.lists(st.integers(0, 3), min_size=1, max_size=30))
    broken = draw(st.sets(st.integers(0, len(members) - 1), max_size=3))
    return refusals, members, broken, draw(st.integers(1, 20))


def test_whatever_the_bus_turns_down_nothing_is_lost_and_no_member_is_overtaken(
    handler: StreamBatchHandler, bus: Bus, records: MakeRecords, purchase: MakePurchase
) -> None:
    examples = count(1)

    @settings(derandomize=True, deadline=None, max_examples=50)
    @given(_trouble())
    def check(trouble: tuple[list[set[int]], list[int], set[int], int]) -> None:
        refusals, members, broken, batch_size = trouble
        own = next(examples)  # names, since all examples share a ledger
        orders = [(f"m-{own}-{member}", f"o-{own}-{n}") for n, member in enumerate(members)]
        batch = records(*(purchase(*each) for each in orders))
        dead = [_break(batch, orders[place][1]) for place in sorted(broken)]
        bus.turns_down, bus.taken = deque(refusals), []

        shard = Shard(handler, batch_size)
        shard.read(batch)

        assert shard.dead == [[number] for number in dead]
        readable = [each for place, each in enumerate(orders) if place not in broken]
        assert set(bus.orders) == {order for _, order in readable}
        for member in {member for member, _ in readable}:
            bought = [order for each, order in readable if each == member]
            came = dict.fromkeys(order for order in bus.orders if order in bought)
            assert list(came) == bought

    check()


# ------------------------------------------------------------------ what is told of it


def test_each_event_published_is_logged_with_its_ids(
    handler: StreamBatchHandler,
    records: MakeRecords,
    purchase: MakePurchase,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _handle(handler, records(purchase(member="ann", order="o-1"), purchase("bob", "o-2")))

    names = ("message", "detail_type", "member_id", "order_id")
    assert [tuple(vars(record)[name] for name in names) for record in caplog.records] == [
        ("published", "PointsEarned", "ann", "o-1"),
        ("published", "PointsEarned", "bob", "o-2"),
    ]


def test_what_was_not_published_is_logged_with_the_reason(
    handler: StreamBatchHandler,
    bus: Bus,
    records: MakeRecords,
    purchase: MakePurchase,
    caplog: pytest.LogCaptureFixture,
) -> None:
    batch = records(purchase("ann", "o-1"), purchase("bob", "o-2"), purchase("cid", "o-3"))
    broken = _break(batch, "o-3")
    bus.turns_down.extend([{1}, *[{0}] * 100])

    _handle(handler, batch)

    logged = {record.message: vars(record) for record in caplog.records}
    waiting, unreadable = logged["not published"], logged["not readable"]
    assert (waiting["member_id"], waiting["reason"]) == ("bob", "ThrottlingException: slow down")
    assert unreadable["sequence_number"] == broken
    assert unreadable["keys"]["PK"] == {"S": "MEMBER#default#cid"}
    assert "EOF while parsing an object" in unreadable["exc_text"]


@pytest.mark.parametrize(
    ("refused", "published", "failed"), [(set(), 2, 1), ({1}, 1, 2), ({0, 1}, 0, 3)]
)
def test_metrics_count_what_was_published_and_what_was_not(  # noqa: PLR0913, PLR0917 - fixtures
    handler: StreamBatchHandler,
    bus: Bus,
    records: MakeRecords,
    purchase: MakePurchase,
    capsys: pytest.CaptureFixture[str],
    refused: set[int],
    published: int,
    failed: int,
) -> None:
    batch = records(purchase("ann", "o-1"), purchase("bob", "o-2"), purchase("cid", "o-3"))
    _break(batch, "o-3")
    bus.turns_down.extend([refused, *[set(range(len(refused)))] * 100])

    _handle(handler, batch)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [metrics] = [line for line in lines if "_aws" in line]
    assert (metrics["published"], metrics["failed"]) == ([published], [failed])
    assert metrics.get("lag") == ([3] if published else None)
