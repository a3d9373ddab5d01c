"""Servers and commands in processes of their own, to be killed, starved and locked out."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import httpx2

PATIENCE_SECONDS = 60
LOYALTY = (sys.executable, "-m", "loyalty_server.command")


class RunningServer:
    """`loyalty serve` on a folder. What it logs is read meanwhile: a full pipe would stop it."""

    started: ClassVar[list[RunningServer]] = []

    def __init__(self, folder: Path, port: int = 0, *words: str, under: Sequence[str] = ()) -> None:
        self.log: list[str] = []
        serve = ("serve", "--port", str(port), "--data", str(folder), *words)
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [*under, *LOYALTY, *serve], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read_log)
        self._reader.start()
        self.client = httpx2.Client(timeout=PATIENCE_SECONDS)
        self.started.append(self)

    def wait_for_greeting(self) -> str:
        """Wait until it serves, and give its address."""
        assert self.process.stdout is not None
        greeting = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", greeting)
        assert found, (greeting, self.kill(), self.log)
        self.client.base_url = httpx2.URL(found[0])
        return found[0]

    def kill(self) -> int:
        """End it as `kill -9` does; give its exit status."""
        self.process.kill()
        return self._ended()

    def stop(self) -> int:
        """Ask it to end; give its exit status."""
        self.process.terminate()
        return self._ended()

    def metric(self, name: str) -> float:
        found = re.search(
            rf"^{re.escape(name)} (\S+)$", self.client.get("/metrics").text, re.MULTILINE
        )
        assert found, name
        return float(found[1])

    def wait_until_processed(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.metric("loyalty_queue_messages"):
            assert time.monotonic() < deadline, self.log[-5:]
            time.sleep(0.02)

    @classmethod
    def kill_all(cls) -> None:
        """End whatever a test that failed left behind."""
        for each in cls.started:
            if each.process.poll() is None:
                each.kill()
        cls.started.clear()

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        self.log.extend(self.process.stderr)

    def _ended(self) -> int:
        status = self.process.wait(PATIENCE_SECONDS)
        self._reader.join()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdout.close()
        self.process.stderr.close()
        self.client.close()
        return status


def run(
    *words: str | Path, status: int = 0, under: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, which it must reach with a status and without a traceback."""
    done = subprocess.run(  # noqa: S603 - our own command
        [*under, *LOYALTY, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == status, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def refused(*words: str | Path, under: Sequence[str] = ()) -> str:
    """Run a command that must refuse in one plain line on stderr; give the line."""
    lines = run(*words, status=2, under=under).stderr.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def event(user: str, order: str, amount: int = 1) -> dict[str, object]:
    return {"userId": user, "orderId": order, "transactionId": "t", "totalAmount": amount}
