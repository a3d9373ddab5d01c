"""A folder is used with one program, whether or not it is named each time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from loyalty_server.command import app
from loyalty_shared.domain.errors import InvalidInput

MINE = (
    "id: {id}\nname: Mine\ncurrency: EUR\ntimezone: UTC\nearning: {{points_per_unit: {rate}}}\n"
    "tiers: {{window: lifetime, levels: [{{name: All, from: 0, multiplier: 1}}]}}\n"
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(MINE.format(id="mine", rate=10))
    Path("dearer.yaml").write_text(MINE.format(id="mine", rate=5))
    Path("theirs.yaml").write_text(MINE.format(id="theirs", rate=1))


def _ingest(order: str, *words: str) -> int:
    event = {"userId": "ann", "orderId": order, "transactionId": "t", "totalAmount": 100}
    Path("event.jsonl").write_text(json.dumps(event))
    done = CliRunner().invoke(
        app, ["ingest", "event.jsonl", "--json", *words], catch_exceptions=False
    )
    return int(json.loads(done.stdout)["pointsIssued"])


def _points() -> int:
    done = CliRunner().invoke(app, ["member", "ann", "--json"], catch_exceptions=False)
    return int(json.loads(done.stdout)["points"]["available"])


def test_what_was_named_once_holds_for_every_command_after() -> None:
    assert _ingest("o-1", "--program", "mine.yaml") == 1000

    assert _ingest("o-2") == 1000
    assert _points() == 2000


def test_another_version_of_the_same_program_takes_over() -> None:
    _ingest("o-1", "--program", "mine.yaml")

    assert _ingest("o-2", "--program", "dearer.yaml") == 500
    assert _ingest("o-3") == 500
    assert _points() == 2000


@pytest.mark.parametrize("before", ["mine.yaml", None])
def test_another_program_is_refused_where_a_ledger_is(before: str | None) -> None:
    _ingest("o-1", *(["--program", before] if before else []))

    with pytest.raises(InvalidInput, match=r"theirs\.yaml: the program theirs, but loyalty-data"):
        _ingest("o-2", "--program", "theirs.yaml")

    assert _ingest("o-2", "--program", "theirs.yaml", "--data", "elsewhere") == 100


def test_to_look_at_a_ledger_does_not_change_what_it_is_used_with() -> None:
    _ingest("o-1", "--program", "mine.yaml")
    remembered = Path("loyalty-data", "program.json")
    content = remembered.read_text()

    _points()

    assert remembered.read_text() == content


def test_a_ledger_that_was_carried_over_brings_its_program() -> None:
    _ingest("o-1", "--program", "mine.yaml")
    for words in (["export", "ledger.jsonl"], ["import", "ledger.jsonl", "--data", "new"]):
        CliRunner().invoke(app, words, catch_exceptions=False)

    assert _ingest("o-2", "--data", "new") == 1000
