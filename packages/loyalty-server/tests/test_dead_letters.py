"""Dead letters, on this machine and in SQS, through the command."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from typer.testing import CliRunner

from loyalty_event_processor.dead_letters import DeadLetterQueue
from loyalty_event_processor.outcomes import Message
from loyalty_server.command import app
from loyalty_server.queue import Burial, DurableQueue
from loyalty_shared import system
from loyalty_shared.domain.errors import InvalidInput, LoyaltyError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

RECEIVED = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
BODIES = ['{"userId": 1}', "nonsense", "[tags] are no markup"]

Waiting = Callable[[], list[str]]

_names = count(1)


@pytest.fixture(params=["this machine", "sqs"])
def waiting(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Waiting:
    """Three dead letters where the command will look; gives what then waits in the queue."""
    monkeypatch.chdir(tmp_path)
    name = "local_waiting" if request.param == "this machine" else "sqs_waiting"
    return request.getfixturevalue(name)  # type: ignore[no-any-return]  # a fixture by its name


@pytest.fixture
def local_waiting(tmp_path: Path) -> Iterator[Waiting]:
    queue = DurableQueue(tmp_path / "loyalty-data", lambda: RECEIVED)
    queue.put(BODIES)
    for letter in queue.ready(10):
        queue.conclude([], [Burial(letter, "malformed_json", "not JSON")], [])
    queue.close()
    later = DurableQueue(tmp_path / "loyalty-data", system.now)
    yield lambda: [each.message.body for each in later.ready(10)]
    later.close()


@pytest.fixture
def sqs_waiting(aws: str, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    del aws  # it is where the client goes
    sqs: SQSClient = boto3.client("sqs")
    number = next(_names)
    queue_url = sqs.create_queue(QueueName=f"queue{number}")["QueueUrl"]
    dead_letter_queue_url = sqs.create_queue(QueueName=f"dead{number}")["QueueUrl"]
    monkeypatch.setenv("LOYALTY_QUEUE_URL", queue_url)
    monkeypatch.setenv("LOYALTY_DEAD_LETTER_QUEUE_URL", dead_letter_queue_url)
    dead_letters = DeadLetterQueue(lambda: sqs, dead_letter_queue_url)
    for body in BODIES:
        error = InvalidInput("not JSON", code="malformed_json")
        dead_letters.send(Message("m-1", body, RECEIVED), error)

    def bodies() -> list[str]:
        answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]

    return bodies


def _loyalty(*words: str) -> str:
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def _listed() -> list[dict[str, Any]]:
    letters: list[dict[str, Any]] = json.loads(_loyalty("dead-letters", "list", "--json"))
    return letters


def _id_of(body: str) -> str:
    return next(str(each["id"]) for each in _listed() if each["body"] == body)


@pytest.mark.usefixtures("waiting")
def test_they_are_listed_with_their_reasons_as_often_as_one_likes() -> None:
    for _ in range(2):
        letters = _listed()
        assert sorted(each["body"] for each in letters) == sorted(BODIES)
        assert {(each["code"], each["reason"]) for each in letters} == {
            ("malformed_json", "not JSON")
        }
        assert {each["receivedAt"] for each in letters} == {"2026-05-04T10:00:00+00:00"}
    assert _loyalty("dead-letters", "list").count("malformed_json") == 3


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("body", BODIES)
def test_one_is_shown_whole(body: str) -> None:
    shown = _loyalty("dead-letters", "show", _id_of(body))

    assert shown.splitlines()[-1] == body
    assert "malformed_json" in shown


def test_one_goes_back_into_the_queue_and_the_others_stay(waiting: Waiting) -> None:
    assert _loyalty("dead-letters", "retry", _id_of("nonsense")) == "1 put back into the queue.\n"

    assert waiting() == ["nonsense"]
    assert sorted(each["body"] for each in _listed()) == sorted({*BODIES} - {"nonsense"})


def test_all_go_back_into_the_queue(waiting: Waiting) -> None:
    assert _loyalty("dead-letters", "retry", "--all") == "3 put back into the queue.\n"

    assert sorted(waiting()) == sorted(BODIES)
    assert _listed() == []


def test_one_is_dropped_for_good(waiting: Waiting) -> None:
    assert _loyalty("dead-letters", "drop", _id_of("nonsense")) == "1 dropped.\n"

    assert (len(_listed()), waiting()) == (2, [])


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("what", ["show", "retry", "drop"])
def test_one_that_is_not_there_is_named_and_nothing_happens(what: str) -> None:
    with pytest.raises(LoyaltyError, match="no dead letter 4711"):
        _loyalty("dead-letters", what, "4711")

    assert len(_listed()) == 3


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("words", [["retry"], ["drop", "1", "--all"]])
def test_which_ones_must_be_said_in_one_way(words: list[str]) -> None:
    with pytest.raises(InvalidInput, match="name dead letters by their ids, or --all"):
        _loyalty("dead-letters", *words)

    assert len(_listed()) == 3


@pytest.mark.usefixtures("aws")
def test_a_queue_that_is_not_there_is_one_plain_line(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://127.0.0.1/000000000000/none"
    monkeypatch.setenv("LOYALTY_QUEUE_URL", url)
    monkeypatch.setenv("LOYALTY_DEAD_LETTER_QUEUE_URL", url)

    with pytest.raises(LoyaltyError, match=url):
        _loyalty("dead-letters", "list")


@pytest.mark.usefixtures("sqs_waiting")
def test_a_message_that_sqs_itself_moved_says_so() -> None:
    boto3.client("sqs").send_message(
        QueueUrl=os.environ["LOYALTY_DEAD_LETTER_QUEUE_URL"], MessageBody="moved"
    )

    [moved] = [each for each in _listed() if each["body"] == "moved"]

    assert moved["code"] == "retries_exhausted"
    assert system.now() >= datetime.fromisoformat(str(moved["receivedAt"]))
