"""The command `verify`, as people run it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command in a folder whose ledger has thirty purchases of three members."""

    def loyalty(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "loyalty_server.command", *words],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    events = (
        {"userId": f"u-{each % 3}", "orderId": f"o-{each}", "transactionId": "t", "totalAmount": 9}
        for each in range(30)
    )
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(each) + "\n" for each in events))
    assert loyalty("ingest", "events.jsonl").returncode == 0
    return loyalty


def _damage(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "loyalty-data" / "ledger.db")) as ledger:
        ledger.execute(statement)
        ledger.commit()


def test_a_whole_ledger_ends_with_status_0_and_what_it_adds_up_to(run: Run) -> None:
    done = run("verify")

    assert (done.returncode, done.stderr) == (0, "")
    *pairs, last = done.stdout.splitlines()
    told = {" ".join(line.split()[:-1]): line.split()[-1] for line in pairs}
    assert told.pop("seconds")
    assert told == {
        "members": "3",
        "entries": "30",
        "references": "30",
        "issued": "270",
        "available": "270",
        "pending": "0",
        "held": "0",
        "redeemed": "0",
        "expired": "0",
        "reversed": "0",
        "debt": "0",
        "erased": "0",
    }
    assert last == "Nothing is wrong: all is chained, replays and adds up."


def test_a_damaged_ledger_ends_with_status_1_and_a_line_for_each_fault(
    run: Run, tmp_path: Path
) -> None:
    _damage(tmp_path, "UPDATE entry SET body = replace(body, '\"points\":9', '\"points\":8')")
    _damage(tmp_path, "DELETE FROM reference WHERE key = 'default#order:o-4'")

    done = run("verify")

    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (1, "")
    assert "points_differ: member u-0, entry 1: it says 8 points, 9 moved" in lines
    missing = "reference_missing: member u-1, entry 2: order o-4 has no reference"
    assert missing in lines or lines[-2].endswith("faults more")
    assert lines[-1].endswith(" faults.")


def test_of_many_faults_a_hundred_are_shown_and_the_others_counted(
    run: Run, tmp_path: Path
) -> None:
    _damage(tmp_path, "UPDATE entry SET body = replace(body, '9', '8')")
    _damage(tmp_path, "UPDATE reference SET body = 'x'")

    done = run("verify")

    *_, more, last = done.stdout.splitlines()
    count = json.loads(run("verify", "--json").stdout)["faultCount"]
    assert count > 100
    assert (more, last) == (f"and {count - 100:,} faults more", f"{count:,} faults.")


def test_one_member_can_be_looked_at_alone(run: Run, tmp_path: Path) -> None:
    _damage(tmp_path, "DELETE FROM reference WHERE key = 'default#order:o-4'")

    well, ill = run("verify", "--member", "u-0", "--json"), run("verify", "--member", "u-1")

    assert (well.returncode, ill.returncode) == (0, 1)
    body = json.loads(well.stdout)
    assert (body["whole"], body["members"], body["entries"]) == (True, 1, 10)
    assert "reference_missing" in ill.stdout


def test_machines_get_every_fault_as_data(run: Run, tmp_path: Path) -> None:
    _damage(tmp_path, "DELETE FROM reference WHERE key = 'default#order:o-4'")

    done = run("verify", "--json")

    body = json.loads(done.stdout)
    assert done.returncode == 1
    assert (body["whole"], body["faultCount"]) == (False, 1)
    assert body["totals"]["default"]["addUp"] is True
    assert body["faults"] == [
        {
            "code": "reference_missing",
            "programId": "default",
            "memberId": "u-1",
            "seq": 2,
            "detail": "order o-4 has no reference",
        }
    ]


def test_what_is_no_text_any_more_is_told_all_the_same(run: Run, tmp_path: Path) -> None:
    _damage(tmp_path, "UPDATE reference SET key = CAST(x'ff' || key AS TEXT) WHERE id = 1")

    assert run("verify").returncode == run("verify", "--json").returncode == 1


def test_who_cannot_look_ends_with_status_2(run: Run, tmp_path: Path) -> None:
    nowhere, nobody = run("verify", "--data", "nowhere"), run("verify", "--member", "nobody")
    memory = run("verify", LOYALTY_STORE="memory:")
    (tmp_path / "loyalty-data" / "ledger.db").write_bytes(b"no database" * 100)
    broken = run("verify")

    assert (nowhere.returncode, nowhere.stderr) == (2, "loyalty: no ledger in nowhere\n")
    assert (nobody.returncode, memory.returncode, broken.returncode) == (2, 2, 2)
    assert nobody.stderr == "loyalty: the ledger has no entry of this member\n"


def test_a_file_that_is_damaged_from_some_page_on_is_told_as_a_fault(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "loyalty-data" / "ledger.db"
    with closing(sqlite3.connect(path)) as ledger:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'entry'"
        [(page,)] = ledger.execute(query).fetchall()
        [(size,)] = ledger.execute("PRAGMA page_size").fetchall()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)

    done = run("verify", "--json")

    assert done.returncode == 1
    assert "store_damaged" in {each["code"] for each in json.loads(done.stdout)["faults"]}
