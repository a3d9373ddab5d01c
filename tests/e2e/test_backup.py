"""A backup of a server that takes events all the while."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
from tests.server_process import Server

Serve = Callable[[], Server]


def _loyalty(folder: Path, *words: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "loyalty_server.command", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


class _Sender(threading.Thread):
    """Sends events until it is told to stop, and remembers those that were accepted."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.accepted = 0
        self.is_done = threading.Event()
        self._url = str(server.client.base_url)

    def run(self) -> None:
        with httpx2.Client(base_url=self._url, timeout=60) as client:
            while not self.is_done.is_set():
                some = [_event(len(self.sent) + each) for each in range(20)]
                self.sent += some
                assert client.post("/loyalty/events", json=some).status_code == 202
                self.accepted = len(self.sent)
                time.sleep(0.01)  # leaves the machine to the others, too

    def stop(self) -> None:
        self.is_done.set()
        self.join()


def _event(number: int) -> dict[str, Any]:
    return {
        "userId": f"u-{number % 7}",
        "orderId": f"o-{number}",
        "transactionId": "t",
        "totalAmount": 1,
    }


def test_a_backup_beside_a_busy_server_has_all_that_was_accepted_before_and_nothing_twice(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve()
    sender = _Sender(server)
    sender.start()
    accepted = []
    for number in range(3):
        accepted.append(sender.accepted)
        _loyalty(tmp_path, "backup", f"saved-{number}.tar")
        report = json.loads(_loyalty(tmp_path, "verify", "--json"))
        assert report["faultCount"] == 0
    sender.stop()
    server.stop(signal.SIGTERM)
    assert accepted[-1] > accepted[0]

    for number in range(3):
        folder = tmp_path / f"restored-{number}"
        folder.mkdir()
        _loyalty(folder, "restore", str(tmp_path / f"saved-{number}.tar"))
        assert json.loads(_loyalty(folder, "verify", "--json"))["whole"]

    # The last one is served: it works its queue off, and has all that the backup promised.
    folder = tmp_path / "restored-2"
    again = Server(folder)
    try:
        again.wait_until_processed()
        assert {event["orderId"] for event in sender.sent[: accepted[-1]]} <= _orders_in(folder)
        # Whoever sent the rest sends all of it again.
        for start in range(0, len(sender.sent), 500):
            some = sender.sent[start : start + 500]
            assert again.client.post("/loyalty/events", json=some).status_code == 202
        again.wait_until_processed()
    finally:
        again.stop(signal.SIGTERM)
    report = json.loads(_loyalty(folder, "verify", "--json"))
    assert (report["whole"], report["entries"]) == (True, len(sender.sent))


def _orders_in(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "loyalty-data" / "ledger.db")) as ledger:
        keys = ledger.execute("SELECT key FROM reference").fetchall()
    return {key.removeprefix("default#order:") for (key,) in keys}
