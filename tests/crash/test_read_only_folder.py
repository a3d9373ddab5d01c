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


# Copies the ledger, and while it does, tells and waits.
_SLOW_COPY = """
import sys
from pathlib import Path
from loyalty_server import backup
from loyalty_shared.domain.errors import LoyaltyError

def waiting(_size):
    print("begun", flush=True)
    sys.stdin.readline()

backup._PAGES_A_STEP = 8
try:
    backup._copy(Path(sys.argv[1]), Path(sys.argv[2]), waiting)
except LoyaltyError as error:
    print(error.detail)
else:
    print("copied")
"""


@pytest.mark.parametrize("is_written", [True, False], ids=["written", "left alone"])
def test_a_backup_is_of_one_moment_though_who_makes_it_may_not_lock(
    locked: Path, tmp_path: Path, *, is_written: bool
) -> None:
    if os.geteuid() != 0:
        pytest.skip("somebody else who writes: only root can be one")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    more = tmp_path / "more.jsonl"
    more.write_text("".join(json.dumps(event("ann", f"m-{each}")) + "\n" for each in range(100)))
    paths = (locked / "ledger.db", tmp_path / "open" / "copy")
    words = (*_LESS, sys.executable, "-c", _SLOW_COPY, *paths)
    with subprocess.Popen(  # noqa: S603 - our own command
        list(map(str, words)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as copying:
        assert copying.stdout is not None
        assert copying.stdout.readline() == "begun\n"
        if is_written:
            run("ingest", more, "--data", locked)
        said = copying.communicate("\n" * 1_000)[0].splitlines()[-1]

    changed = f"{locked / 'ledger.db'}: it was written to while it was read; begin again"
    assert said == (changed if is_written else "copied")


def test_this_python_can_be_run_by_somebody_with_less(tmp_path: Path) -> None:
    words = (*_LESS, sys.executable, "-c", "import loyalty_server.command")
    subprocess.run(words, cwd=tmp_path.anchor, check=True)  # noqa: S603 - our own command
