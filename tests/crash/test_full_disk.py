"""No room left, as the kernel says it: by a limit on the size of files, which needs no privileges.

It is set on a running server from outside, and lifted again.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.crash.running import RunningServer, event, refused, run

if sys.platform != "linux":
    pytest.skip("prlimit, by which a full disk is made, is Linux's", allow_module_level=True)

import resource

Serve = Callable[..., RunningServer]
_MEMBERS = 5


@contextmanager
def no_room(server: RunningServer, folder: Path) -> Iterator[None]:
    """Let no file of a server grow over the size that the largest log has now."""
    largest = max(each.stat().st_size for each in folder.glob("*-wal"))
    unlimited = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    limit = (largest, unlimited[1])
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limit)
    yield
    with suppress(ProcessLookupError):  # it was killed meanwhile
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, unlimited)


def _send_until_refused(server: RunningServer) -> int:
    for number in range(10_000):
        events = [event(f"u-{each % _MEMBERS}", f"o-{number}-{each}") for each in range(20)]
        answer = server.client.post("/loyalty/events", json=events)
        if answer.status_code != 202:
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            problem = answer.json()
            assert problem["code"] == "store_unavailable"
            assert "sending the request again is safe" in problem["detail"]
            assert answer.headers["retry-after"]
            return number * 20
    raise AssertionError("there is room for ever")


def _points(server: RunningServer) -> int:
    answers = [server.client.get(f"/loyalty/points/u-{each}") for each in range(_MEMBERS)]
    assert all(each.status_code == 200 for each in answers)
    return sum(each.json()["points"] for each in answers)


def test_a_full_disk_refuses_what_is_new_keeps_what_was_accepted_and_goes_on_when_there_is_room(
    serve: Serve, folder: Path, rules: Path
) -> None:
    server = serve("--program", str(rules))
    server.client.post("/loyalty/events", json=event("u-0", "first", 10))
    server.wait_until_processed()
    with no_room(server, folder):
        accepted = _send_until_refused(server)
        key = {"Idempotency-Key": "k"}
        wish = {"points": 1}
        url = "/loyalty/members/u-0/redemptions"
        assert server.client.post(url, json=wish, headers=key).status_code == 503
        time.sleep(3)  # for the worker to try, and to rest
        before = _points(server)  # and reads go on
        logged = len(server.log)
        assert server.metric("loyalty_dead_letters") == 0
        assert "full" in "".join(server.log) or "disk I/O error" in "".join(server.log)

    server.wait_until_processed()  # without being started anew

    assert _points(server) == 10 + accepted >= before
    assert server.client.post(url, json=wish, headers=key).status_code == 201
    assert server.metric("loyalty_dead_letters") == 0
    assert logged < 1_500, "the log shall not fill what is left of the disk"
    assert server.stop() == 0
    assert json.loads(run("verify", "--data", folder, "--json").stdout)["whole"]


def test_a_server_killed_on_a_full_disk_has_all_that_was_accepted_when_there_is_room(
    serve: Serve, folder: Path, rules: Path
) -> None:
    server = serve("--program", str(rules))
    with no_room(server, folder):
        accepted = _send_until_refused(server)
        server.kill()

    again = serve()

    again.wait_until_processed()
    assert (_points(again), again.metric("loyalty_dead_letters")) == (accepted, 0)


def test_a_file_that_there_is_no_room_for_ends_with_one_line_and_is_finished_by_running_it_again(
    folder: Path, tmp_path: Path, rules: Path
) -> None:
    file = tmp_path / "events.jsonl"
    events = (event(f"u-{number % _MEMBERS}", f"o-{number}") for number in range(5_000))
    file.write_text("".join(json.dumps(each) + "\n" for each in events))
    ingest = ("ingest", file, "--data", folder, "--program", rules)

    line = refused(*ingest, under=("prlimit", "--fsize=1000000"))

    assert str(folder / "ledger.db") in line
    assert "full" in line or "disk I/O error" in line
    assert "run it again to go on" in line
    assert not Path(f"{file}.rejected.jsonl").exists()
    assert json.loads(run("verify", "--data", folder, "--json").stdout)["whole"]
    summary = json.loads(run(*ingest, "--json").stdout)
    assert summary["rejected"] == 0
    assert summary["processed"] + summary["duplicate"] == 5_000
    assert summary["duplicate"] > 0


def test_a_backup_that_there_is_no_room_for_leaves_nothing_and_names_its_file(
    folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "events.jsonl"
    events = (event(f"u-{number}", f"o-{number}") for number in range(2_000))
    file.write_text("".join(json.dumps(each) + "\n" for each in events))
    run("ingest", file, "--data", folder)
    (tmp_path / "backups").mkdir()
    saved = tmp_path / "backups" / "saved.tar"

    line = refused("backup", saved, "--data", folder, under=("prlimit", "--fsize=300000"))

    assert line.startswith(f"loyalty: {saved}: "), line
    assert not list(saved.parent.iterdir())
    run("backup", saved, "--data", folder)
    line = refused(
        "restore", saved, "--data", tmp_path / "other", under=("prlimit", "--fsize=300000")
    )
    assert "File too large" in line or "No space left" in line
    run("restore", saved, "--data", tmp_path / "other")
    assert json.loads(run("verify", "--data", tmp_path / "other", "--json").stdout)["whole"]
