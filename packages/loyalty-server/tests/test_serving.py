"""How `serve` starts and ends, in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.server_process import Server

from loyalty_server.server_app import open_server_app
from loyalty_server.serving import listen
from loyalty_server.settings import ServerSettings

Serve = Callable[[], Server]
_SERVE = [sys.executable, "-m", "loyalty_server.command", "serve", "--port", "0"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    if server.process.poll() is None:
        server.stop(signal.SIGKILL)


def test_a_second_ctrl_c_ends_it_without_waiting_for_a_client(server: Server) -> None:
    address = ("127.0.0.1", server.client.base_url.port or 0)
    with socket.create_connection(address) as slow:
        slow.sendall(b"POST /loyalty/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        server.points("ann")  # by now it has the request before
        server.process.send_signal(signal.SIGINT)
        _wait_until_nobody_listens(address)

        status, printed, _ = server.stop(signal.SIGINT)

    assert status == 0
    assert printed.endswith("Stopped; everything accepted is kept.\n")


def test_an_end_in_a_hurry_closes_the_files(server: Server, tmp_path: Path) -> None:
    address = ("127.0.0.1", server.client.base_url.port or 0)
    server.points("ann")
    server.process.send_signal(signal.SIGINT)
    _wait_until_nobody_listens(address)
    server.stop(signal.SIGINT)

    # An open SQLite file has a log beside it.
    assert _names(tmp_path / "loyalty-data") == [
        "ledger.db",
        "program.json",
        "queue.db",
        "server.lock",
    ]


def test_a_greeting_that_nobody_can_read_ends_it(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(  # noqa: S603 - our own command
            _SERVE,
            cwd=tmp_path,
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert (done.returncode, done.stderr) == (1, "")
    assert _names(tmp_path / "loyalty-data") == [
        "ledger.db",
        "program.json",
        "queue.db",
        "server.lock",
    ]


def test_a_second_server_on_a_folder_is_refused_and_the_first_goes_on(
    server: Server, tmp_path: Path
) -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        _SERVE, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"loyalty: another server (process {server.process.pid}) has the folder loyalty-data;"
        " --data takes another one\n"
    )
    assert server.points("ann") == 0


def test_a_folder_is_free_again_once_its_server_was_killed(server: Server, tmp_path: Path) -> None:
    server.stop(signal.SIGKILL)

    again = Server(tmp_path)

    assert again.points("ann") == 0
    assert again.stop(signal.SIGTERM)[0] == 0


def test_an_application_that_never_ran_leaves_no_file_open(tmp_path: Path) -> None:
    settings = ServerSettings(data=tmp_path / "data")

    with pytest.raises(RuntimeError, match="no address"), open_server_app(settings):
        raise RuntimeError("no address")

    assert _names(tmp_path / "data") == ["ledger.db", "program.json", "queue.db", "server.lock"]


def _wait_until_nobody_listens(address: tuple[str, int]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(address).close()
        except OSError:
            return
        time.sleep(0.01)
    raise AssertionError("it still listens")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_answers_are_sent_at_once() -> None:
    # asyncio turns off Nagle's algorithm only for a socket that names TCP; without, each answer on
    # a kept connection waits for the client's delayed acknowledgement.
    with listen("127.0.0.1", 0, asks_for_tokens=False) as listener:
        assert listener.proto == socket.IPPROTO_TCP
