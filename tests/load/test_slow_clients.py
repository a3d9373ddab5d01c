"""A thousand connections and fifty slow clients, and one who is answered all along."""

from __future__ import annotations

import json
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from tests.raw_connections import HOST, RawConnection
from tests.server_process import Server

_IDLE = 1_000
_SLOW = 50
_PATIENCE_SECONDS = 8
_BEGINNINGS = (
    b"",
    b"GET /loyalty/points/ann HTTP/1.1\r\n" + HOST + b"X: ",
    b"POST /loyalty/events HTTP/1.1\r\n" + HOST + b"Content-Length: 100000\r\n\r\n[",
    b"POST /nowhere HTTP/1.1\r\n" + HOST + b"Content-Length: 100000\r\n\r\n",
)


@pytest.fixture
def _files_for_a_thousand() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4_096, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _event(number: int) -> dict[str, object]:
    return {"userId": "ann", "orderId": f"o-{number}", "transactionId": "t", "totalAmount": 1}


def _is_hung_up(connection: RawConnection) -> bool:
    connection.socket.settimeout(0.05)
    try:
        while connection.socket.recv(65_536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


@pytest.mark.usefixtures("_files_for_a_thousand")
def test_a_thousand_open_connections_and_slow_clients_do_not_stop_it(tmp_path: Path) -> None:
    server = Server(tmp_path, {"LOYALTY_REQUEST_TIMEOUT_SECONDS": str(_PATIENCE_SECONDS)})
    with ExitStack() as closing_all:
        closing_all.callback(server.process.kill)
        idle = [closing_all.enter_context(RawConnection(server)) for _ in range(_IDLE)]
        slow = [closing_all.enter_context(RawConnection(server)) for _ in range(_SLOW)]
        for number, each in enumerate(slow):
            each.send(_BEGINNINGS[number % len(_BEGINNINGS)])
        sent, hung_up = 0, 0
        deadline = time.monotonic() + _PATIENCE_SECONDS * 3
        while hung_up < _SLOW:
            assert time.monotonic() < deadline, "slow clients are not hung up on"
            # On a connection of its own each time: it must be let in, too.
            answer = httpx2.post(f"{server.url}/loyalty/events", json=_event(sent), timeout=2)
            assert answer.status_code == 202
            sent += 1
            assert httpx2.get(f"{server.url}/loyalty/points/ann", timeout=2).status_code == 200
            hung_up = sum(_no_longer_takes(each) for each in slow)
        server.wait_until_processed()

        assert server.points("ann") == sent > 10
        assert all(_is_hung_up(each) for each in [*idle, *slow])
        status, _, logged = server.stop(signal.SIGTERM)
        assert (status, [json.loads(each) for each in logged.splitlines()]) == (0, [])


def _no_longer_takes(connection: RawConnection) -> bool:
    try:
        connection.send(b"a")
    except OSError:
        return True
    return False
