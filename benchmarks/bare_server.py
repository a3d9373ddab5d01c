"""The bare application under uvicorn, in a process of its own."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processes import clean_environment

_PATIENCE_SECONDS = 30
_TICK_SECONDS = 0.02


@contextmanager
def bare_server(folder: Path) -> Iterator[str]:
    """Serve `bare_app`, its database in a folder; give its address."""
    port = _free_port()
    process = subprocess.Popen(  # noqa: S603 - our own words
        [
            *(sys.executable, "-m", "uvicorn", "bare_app:app"),
            *("--app-dir", str(Path(__file__).parent), "--port", str(port)),
            *("--no-access-log", "--log-level", "warning"),
        ],
        env=clean_environment({"BARE_DATABASE": str(folder / "bare.db")}),
    )
    try:
        _wait_until_it_listens(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(_PATIENCE_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_it_listens(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(_TICK_SECONDS)
        else:
            return
    raise RuntimeError("the bare server did not start")
