"""What time does on one machine: the command `settle`, and the timer of the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from loyalty_server.settle_timer import SettleTimer
from loyalty_shared import system
from loyalty_shared.contracts.program_file import read_program
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import MemberKey
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

RULES = """
name: Test
currency: EUR
timezone: Europe/Amsterdam
earning: {points_per_unit: 1}
expiry: {after_days: 5}
tiers: {window: lifetime, levels: [{name: Basic, from: 0, multiplier: 1}]}
"""
EVENT = (
    '{"userId": "%s", "orderId": "o-%s", "transactionId": "t", "totalAmount": 10,'
    ' "occurredAt": "2026-01-10T10:00:00Z"}\n'
)

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command in a folder with a ledger of points that are over already."""

    def loyalty(*words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "loyalty_server.command", *words],
            cwd=tmp_path,
            env=os.environ | {"LOYALTY_PORT": "0"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == status, done.stderr
        return done

    (tmp_path / "program.yaml").write_text(RULES)
    members = ("ann", "bob", "ann")
    lines = [EVENT % (member, number) for number, member in enumerate(members)]
    (tmp_path / "events.jsonl").write_text("".join(lines))
    loyalty("ingest", "events.jsonl", "--program", "program.yaml")
    return loyalty


def test_settle_writes_what_time_has_done_and_says_how_much(run: Run) -> None:
    done = run("settle")

    assert [line.split() for line in done.stdout.splitlines()] == [
        ["members", "2"],
        ["entries", "2"],
        ["failed", "0"],
    ]
    newest = json.loads(run("history", "ann", "--json", "--limit", "1").stdout)["items"][0]
    assert (newest["type"], newest["points"], newest["available"]) == ("EXPIRE", -20, 0)
    assert newest["occurredAt"] == "2026-01-15T23:00:00Z"  # the 16th in Amsterdam


def test_settle_again_changes_nothing(run: Run) -> None:
    run("settle")
    before = run("history", "ann", "--json").stdout

    again = json.loads(run("settle", "--json").stdout)

    assert again["entries"] == 0
    assert again["failed"] == 0
    assert run("history", "ann", "--json").stdout == before


def test_the_balance_does_not_wait_for_it(run: Run) -> None:
    before = json.loads(run("member", "ann", "--json").stdout)

    run("settle")

    after = json.loads(run("member", "ann", "--json").stdout)
    assert (after["points"], after["lifetime"]) == (before["points"], before["lifetime"])
    assert after["lifetime"]["expired"] == 20


def test_a_member_who_cannot_be_settled_is_named_and_the_others_are_settled(
    run: Run, tmp_path: Path
) -> None:
    store = SqliteLedgerStore(tmp_path / "loyalty-data")
    store._database.write(  # noqa: SLF001 - to damage what is stored
        lambda connection: connection.execute("UPDATE entry SET body = 'x' WHERE member = 2")
    )
    store.close()

    done = run("settle", "--json", status=1)

    body = json.loads(done.stdout)
    assert body == {"members": 2, "entries": 1, "failed": 1}
    assert done.stderr.startswith("loyalty: member bob: an entry cannot be read")


def test_settle_without_a_ledger_says_so(run: Run) -> None:
    assert run("settle", "--data", "elsewhere", status=2).stderr == (
        "loyalty: no ledger in elsewhere\n"
    )


def test_history_explains_each_transaction(run: Run) -> None:
    run("settle")

    lines = run("history", "bob", "--explain").stdout.splitlines()

    assert lines[0].startswith("#2  2026-01-15 23:00  -10  Points expired")
    text = " ".join(" ".join(lines).split())
    assert "lots -10 through 2026-01-15" in text
    assert "rule Points that are not used by their last day expire." in text
    assert "arithmetic 10.00 × 1 × Basic 1 = 10" in text  # noqa: RUF001 - the sign people read
    assert "afterwards 10 available" not in text  # they were over when the order came


def test_an_account_is_shown_as_of_another_day(run: Run) -> None:
    def available(*words: str) -> int:
        body = json.loads(run("member", "ann", "--json", *words).stdout)
        points: int = body["points"]["available"]
        return points

    run("settle")

    assert available("--as-of", "2026-01-09T00:00:00Z") == 0
    assert available("--as-of", "2026-01-12T00:00:00Z") == 20
    assert available() == 0
    wrong = run("member", "ann", "--as-of", "yesterday", status=2).stderr
    assert wrong.startswith("loyalty: --as-of must be an RFC 3339 date and time")


def test_the_timer_settles_when_it_starts_and_ends_when_it_is_told(
    run: Run, tmp_path: Path
) -> None:
    del run  # it made the ledger
    store = SqliteLedgerStore(tmp_path / "loyalty-data")
    ledger = Ledger(store, read_program(RULES, "rules"), system.now, system.pause)
    with closing(store):
        timer = SettleTimer(ledger)
        timer.start()
        deadline = time.monotonic() + 20
        while ledger.store.due_days("default", ledger.today()) and time.monotonic() < deadline:
            newest = store.newest_entry(MemberKey("default", "bob"))
            if newest is not None and newest.seq == 2:
                break
            time.sleep(0.01)
        timer.stop()

        newest = store.newest_entry(MemberKey("default", "bob"))
        assert newest is not None
        assert newest.seq == 2


def test_a_timer_that_never_began_can_be_stopped(tmp_path: Path) -> None:
    store = SqliteLedgerStore(tmp_path)
    with closing(store):
        rules = read_program(RULES, "rules")
        SettleTimer(Ledger(store, rules, system.now, system.pause)).stop()


def test_a_round_that_fails_is_logged_and_the_next_one_may_do_better(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = SqliteLedgerStore(tmp_path)
    timer = SettleTimer(Ledger(store, read_program(RULES, "rules"), system.now, system.pause))
    store.close()

    timer.settle()

    assert "not settled" in caplog.messages
