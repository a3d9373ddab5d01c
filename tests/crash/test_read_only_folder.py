"""A folder that whoever runs the server may read, and not write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.running import RunningServer, event, refused, run

if sys.platform == "win32":
    pytest.skip("who may write a folder is another matter on Windows", allow_module_level=True)

_NOBODY = 65534
# Root may write anywhere. Who else runs this may not write what they took the right to from
# themselves; so nothing has to be skipped.
_LESS = ("setpriv", f"--reuid={_NOBODY}", "--clear-groups") if os.geteuid() == 0 else ()


@pytest.fixture
def locked(folder: Path, tmp_path: Path) -> Iterator[Path]:
    """Give a folder with a ledger in which nobody can write."""
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(event("ann", "o-1", 5)) + "\n")
    run("ingest", file, "--data", folder)
    opened = list(tmp_path.parents)[:2]  # pytest keeps these from others
    modes = [each.stat().st_mode for each in opened]
    for each in (*opened, tmp_path):
        each.chmod(0o755)
    for each in folder.iterdir():
        each.chmod(0o444)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    for each, mode in zip(opened, modes, strict=True):
        each.chmod(mode)


def test_what_would_write_says_so_in_one_line(locked: Path, tmp_path: Path) -> None:
    file, to = tmp_path / "events.jsonl", ("--data", locked)
    before = {each.name: each.read_bytes() for each in locked.iterdir()}

    said = [
        refused("serve", "--port", "0", *to, under=_LESS),
        refused("ingest", file, "--rejected", os.devnull, *to, under=_LESS),
        refused("adjust", "ann", "5", "--reason", "thanks", *to, under=_LESS),
        refused("restore", file, *to, under=_LESS),
        refused("dead-letters", "list", *to, under=_LESS),
    ]

    for line in said:
        assert line.startswith(f"loyalty: {locked}"), line
        assert "Permission denied" in line or "must be writable" in line, line
    assert {each.name: each.read_bytes() for each in locked.iterdir()} == before


def test_what_only_reads_works(locked: Path, tmp_path: Path) -> None:
    to = ("--data", locked)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)

    member = json.loads(run("member", "ann", "--json", *to, under=_LESS).stdout)
    history = json.loads(run("history", "ann", "--json", *to, under=_LESS).stdout)
    report = json.loads(run("verify", "--json", *to, under=_LESS).stdout)
    run("backup", tmp_path / "open" / "saved.tar", *to, under=_LESS)

    assert (member["points"]["available"], len(history["items"])) == (5, 1)
    assert (report["whole"], report["entries"]) == (True, 1)
    run("restore", tmp_path / "open" / "saved.tar", "--data", tmp_path / "other")
    assert run("member", "ann", "--data", tmp_path / "other").stdout


def test_who_may_only_read_sees_what_a_server_of_somebody_else_has_just_written(
    locked: Path,
) -> None:
    if os.geteuid() != 0:
        pytest.skip("a server of somebody else: only root can start one")
    locked.chmod(0o755)
    server = RunningServer(locked)
    server.wait_for_greeting()
    server.client.post("/loyalty/events", json=event("ann", "o-2", 7))
    server.wait_until_processed()
    for is_alive in (True, False):
        done = run("member", "ann", "--json", "--data", locked, under=_LESS)
        assert json.loads(done.stdout)["points"]["available"] == 12
        assert json.loads(run("verify", "--json", "--data", locked, under=_LESS).stdout)["whole"]
        if is_alive:
            server.kill()  # which leaves the log


def test_this_python_can_be_run_by_somebody_with_less(tmp_path: Path) -> None:
    words = (*_LESS, sys.executable, "-c", "import loyalty_server.command")
    subprocess.run(words, cwd=tmp_path.anchor, check=True)  # noqa: S603 - our own command
