"""What becomes of accepted events when SQS takes some of them, or none."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest
from botocore.exceptions import ConnectTimeoutError

from loyalty_api.sqs_inbox import SqsInbox
from loyalty_shared.domain.errors import InvalidInput, StoreUnavailable

QUARTER_OF_A_MEGABYTE = 262_144


class Queue:
    """An SQS client that takes what is sent, but for what a test has it refuse."""

    def __init__(self) -> None:
        self.requests: list[list[str]] = []
        self.taken: list[str] = []
        self.refusals: deque[Mapping[str, tuple[str, bool]] | Exception] = deque()

    def send_message_batch(
        self,
        *,
        QueueUrl: str,  # noqa: N803 - its name at SQS
        Entries: Sequence[Mapping[str, str]],  # noqa: N803 - as above
    ) -> dict[str, Any]:
        assert QueueUrl == "the queue"
        refused = self.refusals.popleft() if self.refusals else {}
        if isinstance(refused, Exception):
            raise refused
        self.requests.append([each["MessageBody"] for each in Entries])
        assert len({each["Id"] for each in Entries}) == len(Entries)
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for each in Entries:
            if each["MessageBody"] in refused:
                code, is_ours = refused[each["MessageBody"]]
                answer["Failed"].append({"Id": each["Id"], "Code": code, "SenderFault": is_ours})
            else:
                self.taken.append(each["MessageBody"])
                answer["Successful"].append({"Id": each["Id"], "MessageId": "m"})
        return {name: entries for name, entries in answer.items() if entries}


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def inbox(queue: Queue, pauses: list[float]) -> SqsInbox:
    return SqsInbox(cast("Any", queue), "the queue", pauses.append)


def test_what_the_queue_did_not_take_is_sent_again_alone(
    inbox: SqsInbox, queue: Queue, pauses: list[float]
) -> None:
    queue.refusals += [{"b": ("InternalError", False), "c": ("InternalError", False)}]
    queue.refusals += [{"b": ("InternalError", False)}]

    inbox.put(["a", "b", "c"])

    assert queue.requests == [["a", "b", "c"], ["b", "c"], ["b"]]
    assert sorted(queue.taken) == ["a", "b", "c"]
    assert len(pauses) == 2


def test_events_that_the_queue_never_takes_are_not_accepted(
    inbox: SqsInbox, queue: Queue, pauses: list[float]
) -> None:
    queue.refusals += [{"b": ("InternalError", False)}] * 100

    with pytest.raises(StoreUnavailable, match="InternalError"):
        inbox.put(["a", "b"])

    assert len(queue.requests) == 4
    assert len(pauses) == 3  # none after the last


def test_an_event_that_the_queue_refuses_for_good_is_named_by_its_place(
    inbox: SqsInbox, queue: Queue, pauses: list[float]
) -> None:
    queue.refusals += [{}, {"event 13": ("InvalidMessageContents", True)}]

    with pytest.raises(InvalidInput) as caught:
        inbox.put([f"event {number}" for number in range(15)])

    [fault] = caught.value.faults
    assert (caught.value.code, fault.location) == ("invalid_event", "body/13")
    assert "InvalidMessageContents" in fault.reason
    assert pauses == []


def test_a_queue_that_does_not_answer_means_try_again_and_says_why(
    inbox: SqsInbox, queue: Queue
) -> None:
    queue.refusals.append(ConnectTimeoutError(endpoint_url="https://sqs.example"))

    with pytest.raises(StoreUnavailable, match="Connect timeout"):
        inbox.put(["a"])


def test_a_request_has_at_most_ten_events(inbox: SqsInbox, queue: Queue) -> None:
    events = [str(number) for number in range(21)]

    inbox.put(events)

    assert [len(request) for request in queue.requests] == [10, 10, 1]
    assert queue.taken == events


def test_a_request_has_at_most_a_quarter_of_a_megabyte(inbox: SqsInbox, queue: Queue) -> None:
    half = "é" * (QUARTER_OF_A_MEGABYTE // 4)  # two bytes each
    inbox.put([half, half, "a", half])

    assert queue.requests == [[half, half], ["a", half]]


def test_an_event_that_fills_a_request_has_one_to_itself(inbox: SqsInbox, queue: Queue) -> None:
    whole = "x" * QUARTER_OF_A_MEGABYTE

    inbox.put(["a", whole, "b"])

    assert queue.requests == [["a"], [whole], ["b"]]
