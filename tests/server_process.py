"""`loyalty serve` as a client meets it: in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx2

_PATIENCE_SECONDS = 60


class Server:
    """A running server on a free port, with its data in a folder; `settings` are for it alone."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "loyalty_server.command", "serve", "--port", "0"],
            cwd=folder,
            env={**os.environ, **(settings or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.greeting = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", self.greeting)
        assert found, self.process.communicate()
        self.url = found[0]
        self.client = httpx2.Client(base_url=self.url, timeout=_PATIENCE_SECONDS)

    def stop(self, signal: int) -> tuple[int, str, str]:
        """Send a signal; give the exit status and what was printed until then."""
        self.client.close()
        self.process.send_signal(signal)
        printed, logged = self.process.communicate(timeout=_PATIENCE_SECONDS)
        return self.process.returncode, printed, logged

    def points(self, user: str) -> int:
        return int(self.client.get(f"/loyalty/points/{user}").json()["points"])

    def wait_until_processed(self) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while "loyalty_queue_messages 0.0" not in self.client.get("/metrics").text:
            assert time.monotonic() < deadline, "the queue is not getting empty"
            time.sleep(0.02)
