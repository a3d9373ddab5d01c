"""The commands beside a server on the same folder, and on a table: the same answers, done once."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from tests.server_process import Server

from loyalty_shared.storage.dynamodb.table import create_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Buy = Callable[..., None]

ASKED = [
    (["redeem", "ann", "100"], "members/ann/redemptions", {"points": 100}, 500),
    (["holds", "make", "ann", "70"], "members/ann/holds", {"points": 70}, 530),
    (
        ["adjust", "ann", "-50", "--reason", "x"],
        "members/ann/adjustments",
        {"points": -50, "reason": "x"},
        550,
    ),
    (["members", "merge", "ann", "--into", "bob"], "members/ann/merge", {"into": "bob"}, 600),
    (["members", "erase", "ann", "--yes"], "members/ann/erasure", {}, 0),
]


@pytest.fixture
def server(loyalty: Run, buy: Buy, tmp_path: Path) -> Iterator[Server]:
    """Serve the folder in which Ann has 600 points."""
    del loyalty  # it makes the folder that we are in
    buy("ann", "o-1", "600")
    server = Server(tmp_path)
    yield server
    server.stop(signal.SIGTERM)


@pytest.mark.parametrize(("words", "path", "body", "left"), ASKED)
def test_what_the_command_did_is_what_the_api_answers_to_the_same_key(  # noqa: PLR0913, PLR0917 - a table's columns
    loyalty: Run, server: Server, words: list[str], path: str, body: dict[str, object], left: int
) -> None:
    done = loyalty(*words, "--key", "one", "--json")

    answer = server.client.post(f"/loyalty/{path}", json=body, headers={"Idempotency-Key": "one"})

    assert answer.headers["Idempotency-Replayed"] == "true"
    assert done.stdout == f"{answer.text}\n"
    assert server.points("ann") == left


def test_what_is_looked_at_is_what_the_api_answers(loyalty: Run, server: Server) -> None:
    hold = json.loads(loyalty("holds", "make", "ann", "70", "--json").stdout)["holdId"]
    get, members = server.client.get, "/loyalty/members/ann"

    assert server.points("ann") == 530
    shown = loyalty("holds", "list", "ann", "--json").stdout
    assert shown == f"{get(f'{members}/holds').text}\n"
    shown = loyalty("holds", "show", "ann", hold, "--json").stdout
    assert shown == f"{get(f'{members}/holds/{hold}').text}\n"
    shown = loyalty("approvals", "list", "--json").stdout
    assert shown == f"{get('/loyalty/approvals').text}\n"
    rows = [json.loads(line) for line in loyalty("members", "export", "ann").stdout.splitlines()]
    assert rows == get(f"{members}/export").json()["items"]
    asked = {"memberId": "ann", "totalAmount": 12.5, "points": 100}
    quoted = server.client.post("/loyalty/quotes", json=asked).text
    shown = loyalty("quote", "ann", "12.50", "--points", "100", "--json").stdout
    assert shown == f"{quoted}\n"


@pytest.fixture
def table(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the command work on a table of DynamoDB."""
    del aws  # it is where the client goes
    dynamodb: DynamoDBClient = boto3.client("dynamodb")
    create_table(dynamodb, "LoyaltyOfTheCommands")
    monkeypatch.setenv("LOYALTY_STORE", "dynamodb:LoyaltyOfTheCommands")


@pytest.mark.usefixtures("table")
def test_a_shopping_session_on_a_table(loyalty: Run, buy: Buy, tmp_path: Path) -> None:
    buy("ann", "o-1", "600")
    hold = json.loads(loyalty("holds", "make", "ann", "100", "--json").stdout)["holdId"]
    spent = json.loads(loyalty("holds", "capture", "ann", hold, "--key", "k", "--json").stdout)
    assert "-100" in loyalty("holds", "capture", "ann", hold, "--key", "k").stdout
    loyalty("reverse", "ann", spent["transactionId"])
    loyalty("adjust", "ann", "-50", "--reason", "x")
    loyalty("members", "merge", "ann", "--into", "bob")

    assert json.loads(loyalty("member", "bob", "--json").stdout)["points"]["available"] == 550

    loyalty("members", "erase", "bob", "--yes")
    assert loyalty("member", "ann", status=2).stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_store_in_memory_is_gone_with_the_command(
    loyalty: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOYALTY_STORE", "memory:")

    given = json.loads(loyalty("adjust", "ann", "50", "--reason", "x", "--json").stdout)

    assert given["available"] == 50
    assert loyalty("member", "ann", status=2).stdout == ""
    assert list(tmp_path.iterdir()) == []
