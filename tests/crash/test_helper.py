"""The process that helps a busy server: killed, left behind, and told of Ctrl-C as all are."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from memory_peaks import children_of
from tests.crash.running import PATIENCE_SECONDS, RunningServer, event, run

from loyalty_server.helper_process import cores

pytestmark = [
    pytest.mark.skipif(
        not Path("/proc/self/stat").exists(), reason="the children of a process are found in /proc"
    ),
    pytest.mark.skipif(cores() == 1, reason="a server has no helper where it has one core"),
]

_MEMBERS = 20
_WRITTEN_TO_BEGIN = 100_000  # bytes; it is a tenth of that
_OWN_GROUP = "import os, sys; os.setsid(); os.execv(sys.argv[1], sys.argv[1:])"
_ON_ONE_CORE = (
    "import os, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
    " os.execv(sys.argv[1], sys.argv[1:])"
)


class Till:
    """Sends baskets of 1.00 to a server, one a member at a time, and counts what it accepted."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.accepted = 0
        self._numbers = count()

    def send_until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < deadline
            number = next(self._numbers)
            orders = [event(f"m-{each}", f"o-{number}-{each}") for each in range(_MEMBERS)]
            answer = self.server.client.post("/loyalty/events", json=orders)
            assert answer.status_code == 202, answer.text
            self.accepted += 1

    def compare(self, server: RunningServer) -> None:
        """Compare what each member has with what was accepted."""
        for number in range(_MEMBERS):
            account = server.client.get(f"/loyalty/members/m-{number}").json()
            assert account["lifetime"]["earned"] == self.accepted


def helpers_of(process: int) -> list[int]:
    """Find the helpers of a server, but not the process that Python starts with the first."""
    return [each for each in children_of(process) if b"spawn_main" in _command_of(each)]


def _command_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()  # of one that has ended it is empty
    except OSError:
        return b""


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def served(folder: Path, rules: Path) -> Callable[..., tuple[RunningServer, Till, int]]:
    """Give a server that is so busy that it has a helper."""

    def serve(*under: str) -> tuple[RunningServer, Till, int]:
        server = RunningServer(folder, 0, "--program", str(rules), under=under)
        server.wait_for_greeting()
        assert helpers_of(server.process.pid) == []
        till = Till(server)
        till.send_until(lambda: bool(helpers_of(server.process.pid)))
        [helper] = helpers_of(server.process.pid)
        till.send_until(lambda: has_worked(helper))
        return server, till, helper

    return serve


def has_worked(process: int) -> bool:
    """Say whether a helper has written more than it does to begin: entries, then."""
    written = (Path(f"/proc/{process}/io").read_text().split("wchar: ")[1]).split()[0]
    return int(written) > _WRITTEN_TO_BEGIN


def test_what_a_helper_did_is_counted_by_its_server(
    served: Callable[..., tuple[RunningServer, Till, int]],
) -> None:
    server, till, _ = served()

    server.wait_until_processed()

    processed = server.metric('loyalty_events_total{result="processed"}')
    assert processed == till.accepted * _MEMBERS
    assert server.metric("loyalty_points_issued_total") == processed


def test_a_helper_goes_by_the_program_of_its_server(
    serve: Callable[..., RunningServer], folder: Path, rules: Path, tmp_path: Path
) -> None:
    server = serve("--program", str(rules))
    other = rules.with_name("other.yaml")
    other.write_text(rules.read_text().replace("points_per_unit: 1", "points_per_unit: 9"))
    (tmp_path / "one.jsonl").write_text(json.dumps(event("somebody", "o-1")))
    run("ingest", tmp_path / "one.jsonl", "--data", folder, "--program", other)
    till = Till(server)
    till.send_until(lambda: any(has_worked(each) for each in helpers_of(server.process.pid)))

    server.wait_until_processed()

    till.compare(server)


@pytest.mark.parametrize(
    ("under", "store"),
    [
        ((), {"LOYALTY_STORE": "memory:"}),
        ((sys.executable, "-c", _ON_ONE_CORE), {}),
    ],
    ids=["a ledger in memory", "one core"],
)
def test_where_a_helper_would_gain_nothing_there_is_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch, under: tuple[str, ...], store: dict[str, str]
) -> None:
    for name, value in store.items():
        monkeypatch.setenv(name, value)
    server = RunningServer(folder, under=under)
    server.wait_for_greeting()
    till = Till(server)

    till.send_until(lambda: till.accepted >= 50)
    server.wait_until_processed()

    assert helpers_of(server.process.pid) == []
    assert server.metric('loyalty_events_total{result="processed"}') == 50 * _MEMBERS


def test_a_helper_that_is_killed_loses_nothing_and_does_nothing_twice(
    served: Callable[..., tuple[RunningServer, Till, int]], folder: Path
) -> None:
    server, till, helper = served()

    os.kill(helper, signal.SIGKILL)
    goal = till.accepted + 50
    till.send_until(lambda: till.accepted >= goal)
    server.wait_until_processed()

    till.compare(server)
    assert server.stop() == 0
    assert [json.loads(line)["level"] for line in server.log if "helped with events" in line] == [
        "WARNING"
    ]
    assert json.loads(run("verify", "--data", folder, "--json").stdout)["whole"]


def test_the_helper_of_a_server_that_is_killed_ends_and_the_next_server_finishes_the_rest(
    served: Callable[..., tuple[RunningServer, Till, int]], folder: Path
) -> None:
    server, till, helper = served()

    server.kill()
    successor = RunningServer(folder)
    successor.wait_for_greeting()
    successor.wait_until_processed()

    till.compare(successor)
    assert not is_running(helper)
    assert successor.stop() == 0
    assert json.loads(run("verify", "--data", folder, "--json").stdout)["whole"]


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_what_a_terminal_tells_to_all_processes_ends_a_busy_server_in_order(
    served: Callable[..., tuple[RunningServer, Till, int]], folder: Path, told: signal.Signals
) -> None:
    server, till, helper = served(sys.executable, "-c", _OWN_GROUP)

    os.killpg(server.process.pid, told)

    assert server.process.wait(PATIENCE_SECONDS) == 0
    assert not is_running(helper)
    assert server.stop() == 0
    assert server.log == []
    successor = RunningServer(folder)
    successor.wait_for_greeting()
    successor.wait_until_processed()
    till.compare(successor)
    assert successor.stop() == 0
