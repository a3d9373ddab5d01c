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
from tests.crash.running import PATIENCE_SECONDS, RunningServer, event, run

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="the children of a process are found in /proc"
)

_MEMBERS = 20
_OWN_GROUP = "import os, sys; os.setsid(); os.execv(sys.argv[1], sys.argv[1:])"


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
    found = []
    for folder in Path("/proc").iterdir():
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it is none, or has just ended
        if int(parent) == process and state != "Z" and b"spawn_main" in command:
            found.append(int(folder.name))
    return found


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
    """Say whether a helper has opened the ledger: it writes to it from then on."""
    files = Path(f"/proc/{process}/fd").iterdir()
    return any(each.readlink().name.startswith("ledger.db") for each in files if each.is_symlink())


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
    assert not [line for line in server.log if "Traceback" in line], server.log
    successor = RunningServer(folder)
    successor.wait_for_greeting()
    successor.wait_until_processed()
    till.compare(successor)
    assert successor.stop() == 0
