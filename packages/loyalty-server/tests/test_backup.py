"""The commands `backup` and `restore`: what they refuse, and what comes back."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from loyalty_server import backup
from loyalty_server.composition import make_processor, open_ledger_to_write
from loyalty_server.queue import DurableQueue
from loyalty_server.restore import restore
from loyalty_server.settings import ServerSettings
from loyalty_server.worker import QueueWorker
from loyalty_shared import system
from loyalty_shared.service.ports import MemberKey
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

Run = Callable[..., "subprocess.CompletedProcess[str]"]

RULES = """
name: Test
currency: EUR
timezone: Europe/Amsterdam
earning: {points_per_unit: 2}
tiers: {window: lifetime, levels: [{name: Basic, from: 0, multiplier: 1}]}
"""
EVENT = '{"userId": "ann", "orderId": "o-%s", "transactionId": "t", "totalAmount": 10}\n'


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command in a folder with a ledger, a queue and a program of its own."""

    def loyalty(
        *words: str, status: int = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "loyalty_server.command", *words],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == status, (done.stdout, done.stderr)
        return done

    (tmp_path / "program.yaml").write_text(RULES)
    (tmp_path / "events.jsonl").write_text("".join(EVENT % number for number in range(20)))
    loyalty("ingest", "events.jsonl", "--program", "program.yaml")
    with closing(DurableQueue(tmp_path / "loyalty-data", system.now)) as queue:
        queue.put(["not processed yet"])
    return loyalty


def test_what_is_backed_up_comes_back_whole_in_another_folder(run: Run, tmp_path: Path) -> None:
    saved = json.loads(run("backup", "saved.tar", "--json").stdout)["files"]

    restored = run("restore", "saved.tar", "--data", "other", "--json")

    assert json.loads(restored.stdout)["files"] == saved
    assert set(saved) == {"ledger.db", "queue.db", "program.json"}
    for words in (("member", "ann", "--json"), ("history", "ann", "--json")):
        before, after = (json.loads(run(*words, "--data", each).stdout) for each in _FOLDERS)
        assert {**before, "asOf": None} == {**after, "asOf": None}
    run("verify", "--data", "other")
    assert "Test" in run("program", "show", "--data", "other").stdout
    with closing(DurableQueue(tmp_path / "other", system.now)) as queue:
        assert [each.message.body for each in queue.ready(10)] == ["not processed yet"]


_FOLDERS = ("loyalty-data", "other")


def test_what_is_processed_while_the_files_are_copied_is_in_one_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ServerSettings(data=tmp_path / "data")
    put_in = backup._add  # noqa: SLF001 - between the files there is nothing else
    processed: list[int] = []

    def process_meanwhile(archive: tarfile.TarFile, name: str, path: Path) -> dict[str, object]:
        if not processed:
            processed.append(worker.work_once())
        return put_in(archive, name, path)

    with closing(DurableQueue(tmp_path / "data", system.now)) as queue:
        ledger = open_ledger_to_write(settings)
        worker = QueueWorker(queue, make_processor(ledger, lambda *_each: None))
        queue.put([EVENT % 1])
        monkeypatch.setattr(backup, "_add", process_meanwhile)
        backup.back_up(settings, tmp_path / "saved.tar")
        ledger.store.close()
    assert processed == [1]

    other = ServerSettings(data=tmp_path / "other")
    restore(other, tmp_path / "saved.tar")

    with closing(DurableQueue(tmp_path / "other", system.now)) as queue:
        waiting = [each.message.body for each in queue.ready(10)]
    with closing(SqliteLedgerStore(tmp_path / "other")) as store:
        is_written = store.newest_entry(MemberKey("default", "ann")) is not None
    assert waiting == [EVENT % 1] or is_written


def test_a_backup_takes_the_place_of_nothing_and_leaves_nothing_beside(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "saved.tar").write_text("another one")
    before = set(tmp_path.iterdir())

    done = run("backup", "saved.tar", status=2)

    assert "saved.tar: it is there already" in done.stderr
    assert (tmp_path / "saved.tar").read_text() == "another one"
    run("backup", "new.tar")
    assert set(tmp_path.iterdir()) - before == {tmp_path / "new.tar"}


def test_a_folder_that_was_never_served_is_backed_up_without_a_queue(
    run: Run, tmp_path: Path
) -> None:
    for name in ("queue.db", "queue.db-commits"):
        (tmp_path / "loyalty-data" / name).unlink()

    assert set(json.loads(run("backup", "saved.tar", "--json").stdout)["files"]) == {
        "ledger.db",
        "program.json",
    }


def _leave_scratch(folder: Path) -> Path:
    """Leave what a restore does that is killed after the ledger is in its place."""
    left = folder / ".restore-killed"
    left.mkdir()
    (left / "in-use").touch()
    return left


def test_restore_never_takes_a_queue_away_that_was_worked_with(run: Run, tmp_path: Path) -> None:
    run("backup", "saved.tar")
    run("restore", "saved.tar", "--data", "other")
    other = tmp_path / "other"
    _leave_scratch(other)
    with closing(DurableQueue(other, system.now)) as queue:
        queue.put(["accepted since"])
    (other / "ledger.db").unlink()  # lost

    said = run("restore", "saved.tar", "--data", "other", status=2).stderr

    assert "is there already; restore into another folder" in said
    with closing(DurableQueue(other, system.now)) as queue:
        assert [each.message.body for each in queue.ready(10)] == [
            "not processed yet",
            "accepted since",
        ]


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can tell there who uses it")
def test_what_a_restore_left_that_was_killed_at_its_end_is_taken_away(
    run: Run, tmp_path: Path
) -> None:
    run("backup", "saved.tar")
    run("restore", "saved.tar", "--data", "other")
    left = _leave_scratch(tmp_path / "other")

    run("ingest", "events.jsonl", "--data", "other")

    assert not left.exists()


@pytest.mark.parametrize("name", ["ledger.db", "queue.db", "program.json", "ledger.db-wal"])
def test_restore_leaves_a_folder_alone_that_is_in_use(run: Run, tmp_path: Path, name: str) -> None:
    run("backup", "saved.tar")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / name).write_text("mine")

    done = run("restore", "saved.tar", "--data", "other", status=2)

    assert f"{name} is there already" in done.stderr
    assert (tmp_path / "other" / name).read_text() == "mine"
    assert not list((tmp_path / "other").glob(".restore-*"))


def test_a_backup_that_was_cut_off_or_changed_is_not_restored(run: Run, tmp_path: Path) -> None:
    run("backup", "saved.tar")
    whole = (tmp_path / "saved.tar").read_bytes()
    flipped = bytearray(whole)
    flipped[whole.index(b"o-7")] ^= 1
    contents = whole.rindex(b"contents.json")
    for name, content in (
        ("half.tar", whole[: len(whole) // 2]),
        ("end.tar", whole[:contents] + bytes(10_240)),
        ("flipped.tar", bytes(flipped)),
        ("other.tar", b"no tar at all"),
    ):
        (tmp_path / name).write_bytes(content)

        done = run("restore", name, "--data", "other", status=2)

        assert done.stderr.startswith(f"loyalty: {name}: no whole backup: "), done.stderr
        assert not (tmp_path / "other" / "ledger.db").exists()
    run("restore", "saved.tar", "--data", "other")


def test_a_tar_with_something_else_in_it_writes_nothing_anywhere(run: Run, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as evil:
        evil.add(tmp_path / "events.jsonl", "../passwords")

    done = run("restore", "evil.tar", "--data", "other", status=2)

    assert "../passwords does not belong into it" in done.stderr
    assert not (tmp_path / "passwords").exists()


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_another_store_than_a_folder_has_its_own_way(run: Run, command: str) -> None:
    done = run(command, "saved.tar", status=2, LOYALTY_STORE="dynamodb:LoyaltyPoints")

    assert done.stderr == (
        f"loyalty: {command} is for a data folder, and LOYALTY_STORE is dynamodb:LoyaltyPoints:"
        ' DynamoDB has point-in-time recovery ("Restore the table" in docs/Operations.md)\n'
    )


def test_there_has_to_be_something_to_back_up_and_to_restore(run: Run) -> None:
    assert "no ledger in nowhere" in run("backup", "a.tar", "--data", "nowhere", status=2).stderr
    assert "No such file" in run("restore", "b.tar", "--data", "other", status=2).stderr
    assert "No such file" in run("backup", "no/where.tar", status=2).stderr


def test_a_ledger_that_is_no_database_is_not_backed_up(run: Run, tmp_path: Path) -> None:
    (tmp_path / "loyalty-data" / "ledger.db").write_bytes(b"no database" * 100)

    run("backup", "saved.tar", status=2)

    assert not (tmp_path / "saved.tar").exists()


def test_who_writes_meanwhile_does_not_begin_the_copy_anew(run: Run, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "loyalty-data" / "ledger.db")) as ledger:
        ledger.execute("INSERT INTO program VALUES ('x', 'y', 'z')")  # not committed
        run("backup", "saved.tar")
        ledger.commit()

    run("restore", "saved.tar", "--data", "other")

    with closing(sqlite3.connect(tmp_path / "other" / "ledger.db")) as copy:
        assert copy.execute("SELECT count(*) FROM program").fetchall() == [(1,)]
