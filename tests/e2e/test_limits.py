"""What the server refuses, cuts off and gives up: in sizes, in time, in connections."""

from __future__ import annotations

import json
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import httpx2
import pytest
from tests.raw_connections import HOST, RawConnection, status_and_problem
from tests.server_process import Server

Serve = Callable[[], Server]

EVENT = {"userId": "ann", "orderId": "o-1", "transactionId": "t", "totalAmount": 125}
GET = b"GET /loyalty/points/ann HTTP/1.1\r\n" + HOST
POST = b"POST /loyalty/events HTTP/1.1\r\n" + HOST
TWO_LENGTHS = POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def server(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Serve with little patience."""
    monkeypatch.setenv("LOYALTY_REQUEST_TIMEOUT_SECONDS", "2")
    monkeypatch.setenv("LOYALTY_ANSWER_TIMEOUT_SECONDS", "2")
    return serve()


def _said(server: Server, request: bytes) -> tuple[int, str]:
    with RawConnection(server) as connection:
        connection.send(request)
        status, problem = status_and_problem(connection.everything())
    assert problem["status"] == status
    return status, problem["code"]


def test_a_request_that_is_too_large_or_none_is_refused_with_a_code(server: Server) -> None:
    refused = {
        GET.replace(b"ann", b"a" * 9_000) + b"\r\n": (414, "uri_too_long"),
        GET.replace(b"ann", b"ann?asOf=" + b"1" * 9_000) + b"\r\n": (414, "uri_too_long"),
        GET + b"X: a\r\n" * 101 + b"\r\n": (431, "headers_too_large"),
        GET + b"X: " + b"a" * 50_000 + b"\r\n\r\n": (431, "headers_too_large"),
        GET + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n": (431, "headers_too_large"),
        b"nonsense\r\n\r\n": (400, "malformed_request"),
        GET.replace(HOST, b"") + b"\r\n": (400, "malformed_request"),
        POST + b"Transfer-Encoding: gzip\r\n\r\n": (400, "malformed_request"),
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n": (400, "malformed_request"),
        POST + b"Content-Length: -1\r\n\r\n": (400, "malformed_request"),
        TWO_LENGTHS + b"0\r\n\r\n" + GET + b"\r\n": (400, "malformed_request"),
    }

    assert {request: _said(server, request) for request in refused} == refused
    assert server.points("ann") == 0
    assert server.stop(signal.SIGTERM)[2] == ""


def test_a_head_that_comes_in_pieces_is_refused_as_one_that_comes_at_once(server: Server) -> None:
    with RawConnection(server) as connection:
        connection.send(GET + b"X: ")
        for _ in range(60):
            try:
                connection.send(b"a" * 1_000)
            except OSError:
                break
            time.sleep(0.005)
        status, problem = status_and_problem(connection.everything())

    assert (status, problem["code"]) == (431, "headers_too_large")


def test_the_longest_token_gets_through(server: Server) -> None:
    answer = server.client.get(
        "/loyalty/points/ann", headers={"Authorization": f"Bearer {'a' * 16_384}"}
    )
    assert answer.status_code == 200


def test_a_body_that_is_announced_too_large_is_refused_before_it_is_sent(server: Server) -> None:
    # Not a byte of it is ever sent: whoever waited for one would answer 408.
    asking = b"Content-Length: 1000001\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"

    assert _said(server, POST + asking) == (413, "body_too_large")


def test_a_body_that_nobody_announced_is_refused_at_the_first_byte_too_many(
    server: Server,
) -> None:
    chunk = b"186a0\r\n" + b" " * 100_000 + b"\r\n"
    chunked = POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert _said(server, chunked + chunk * 10 + b"1\r\n \r\n0\r\n\r\n") == (413, "body_too_large")
    assert _said(server, chunked + chunk * 10 + b"0\r\n\r\n") == (400, "malformed_json")


@pytest.mark.parametrize(
    "beginning",
    [GET, GET + b"X: ", POST + b"Content-Length: 1000\r\n\r\n{"],
    ids=["line", "header", "body"],
)
def test_a_request_that_dribbles_in_is_told_and_cut_off(server: Server, beginning: bytes) -> None:
    with RawConnection(server) as connection:
        connection.send(beginning)
        connection.dribble(b"a", 15)
        connection.socket.settimeout(1)
        status, problem = status_and_problem(connection.everything())

    assert (status, problem["code"]) == (408, "request_timed_out")


def test_who_dribbles_a_body_that_was_answered_already_is_cut_off(server: Server) -> None:
    with RawConnection(server) as connection:
        connection.send(b"POST /nowhere HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n")
        connection.dribble(b"a", 15)
        assert connection.everything().startswith(b"HTTP/1.1 404")


def test_who_sends_chunks_of_nothing_in_particular_after_the_answer_is_hung_up_on(
    server: Server,
) -> None:
    with RawConnection(server) as connection:
        connection.send(b"POST /no HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n")
        server.points("ann")  # by now it has the request before
        connection.send(b"zz\r\n")
        assert connection.everything().startswith(b"HTTP/1.1 404")

    assert server.stop(signal.SIGTERM)[2] == ""


def test_who_sends_nothing_is_hung_up_on(server: Server) -> None:
    with RawConnection(server) as connection:
        assert connection.everything() == b""


def test_who_hangs_up_in_the_middle_of_a_body_is_no_mistake_of_ours(server: Server) -> None:
    with RawConnection(server) as connection:
        connection.send(POST + b"Content-Length: 1000\r\n\r\n{")
        server.points("ann")  # by now it has the request before

    assert server.points("ann") == 0
    assert server.stop(signal.SIGTERM)[2] == ""


def test_who_never_reads_the_answers_is_hung_up_on(server: Server) -> None:
    # There are many more answers than the sockets hold: it blocks, until the server hangs up.
    with RawConnection(server) as connection, pytest.raises(ConnectionError):
        connection.send((GET + b"\r\n") * 200_000)


def test_requests_that_are_sent_ahead_are_each_given_their_time(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOYALTY_ANSWER_TIMEOUT_SECONDS", "1")
    body = json.dumps(EVENT).encode()
    request = POST + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    with RawConnection(serve()) as connection:
        # The server reads them at once, and together they take longer than one may.
        connection.send(request * 1_500)
        connection.send(GET + b"Connection: close\r\n\r\n")
        answers = connection.everything()

    assert answers.count(b"HTTP/1.1 202") == 1_500
    assert b"HTTP/1.1 503" not in answers


def test_who_is_sending_a_body_when_the_server_stops_is_told_at_once(serve: Serve) -> None:
    server = serve()
    with RawConnection(server) as sending, RawConnection(server) as beginning:
        sending.send(POST + b"Content-Length: 1000\r\n\r\n{")
        beginning.send(GET)
        server.points("ann")  # by now it has what was sent before
        stopped_at = time.monotonic()
        _, _, logged = server.stop(signal.SIGTERM)
        told = [status_and_problem(each.everything()) for each in (sending, beginning)]

    assert [(status, problem["code"]) for status, problem in told] == [(503, "shutting_down")] * 2
    assert time.monotonic() - stopped_at < 8  # it would wait 10 s for an answer that is under way
    assert logged == ""


@pytest.fixture
def stalled_queue(server: Server, tmp_path: Path) -> Iterator[Server]:
    """Keep the server from writing to its queue."""
    queue = tmp_path / "loyalty-data" / "queue.db"
    with closing(sqlite3.connect(queue, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield server


def test_an_answer_that_takes_too_long_is_given_up_with_a_code(stalled_queue: Server) -> None:
    answer = stalled_queue.client.post("/loyalty/events", json=EVENT)

    assert (answer.status_code, answer.json()["code"]) == (503, "answer_timed_out")
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Connection"] == "close"
    assert stalled_queue.points("ann") == 0
    logged = [json.loads(line) for line in stalled_queue.stop(signal.SIGKILL)[2].splitlines()]
    assert [each.get("code") for each in logged if each["level"] == "WARNING"] == [
        "answer_timed_out"
    ]


def test_who_cannot_be_answered_before_the_server_ends_is_told(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve()
    body = json.dumps(EVENT).encode()
    queue = tmp_path / "loyalty-data" / "queue.db"
    with (
        closing(sqlite3.connect(queue, isolation_level=None)) as other,
        RawConnection(server) as connection,
    ):
        other.execute("BEGIN IMMEDIATE")
        connection.send(POST + b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        server.points("ann")  # by now it has the request before
        server.client.close()
        server.process.send_signal(signal.SIGTERM)
        answer = connection.everything()
        status, problem = status_and_problem(answer)

    assert (status, problem["code"]) == (503, "shutting_down")
    assert b"retry-after: 1\r\n" in answer.lower()
    assert "Traceback" not in server.process.communicate(timeout=60)[1]


def test_many_who_wait_for_a_stalled_disk_do_not_keep_others_from_reading(
    stalled_queue: Server,
) -> None:
    body = json.dumps(EVENT).encode()
    request = POST + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    with ExitStack() as closing_all:
        waiting = [closing_all.enter_context(RawConnection(stalled_queue)) for _ in range(100)]
        for each in waiting:
            each.send(request)
        for _ in range(20):
            assert stalled_queue.points("ann") == 0
        said = {status_and_problem(each.everything())[1]["code"] for each in waiting}

    assert said == {"answer_timed_out"}


def test_a_server_that_was_stopped_for_a_while_holds_it_against_nobody(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOYALTY_REQUEST_TIMEOUT_SECONDS", "4")
    server = serve()
    body = json.dumps(EVENT).encode()
    with RawConnection(server) as connection:
        connection.send(POST + b"Content-Length: %d\r\nConnection: close\r\n\r\n{" % len(body))
        server.points("ann")  # by now it has the request before
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(6)
        server.process.send_signal(signal.SIGCONT)
        time.sleep(1.5)  # it has looked for slow ones since
        connection.send(body[1:])

        assert connection.everything().startswith(b"HTTP/1.1 202")


def test_more_connections_than_there_are_files_for_keep_nobody_out(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = tmp_path / "python_with_few_files"
    python.write_text(f'#!/bin/sh\nulimit -n 300\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    server = serve()
    with ExitStack() as closing_all:
        for number in range(1_000):
            idle = closing_all.enter_context(RawConnection(server))
            idle.send(GET[: number % 20])
            if number % 50 == 0:
                answer = httpx2.post(f"{server.url}/loyalty/events", json=EVENT)
                assert answer.status_code == 202
        server.wait_until_processed()
        assert server.points("ann") == 125

    assert server.stop(signal.SIGTERM)[2] == ""


def test_bodies_that_never_end_do_not_fill_the_memory(serve: Serve) -> None:
    server = serve()
    most = b"POST /loyalty/events HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000\r\n\r\n"
    with ExitStack() as closing_all:
        holding = [closing_all.enter_context(RawConnection(server)) for _ in range(200)]
        for each in holding:
            with suppress(ConnectionError):  # it was told already
                each.send(most + b" " * 999_000)
        assert httpx2.post(f"{server.url}/loyalty/events", json=EVENT).status_code == 202
        words = ["ps", "-o", "rss=", "-p", str(server.process.pid)]
        kibibytes = int(subprocess.run(words, capture_output=True, check=True).stdout)  # noqa: S603 - no input

        told = _told(holding, at_least=60)
    assert {status_and_problem(each)[1]["code"] for each in told} == {"too_busy"}
    assert len(told) < 100  # the others may go on
    assert kibibytes < 300 * 1_024


def test_whole_bodies_that_wait_for_their_answers_do_not_fill_the_memory(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve()
    body = json.dumps([EVENT]).encode().ljust(900_000)
    request = POST + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    queue = tmp_path / "loyalty-data" / "queue.db"
    with closing(sqlite3.connect(queue, isolation_level=None)) as other, ExitStack() as closing_all:
        other.execute("BEGIN IMMEDIATE")
        sending = [closing_all.enter_context(RawConnection(server)) for _ in range(200)]
        for each in sending:
            with suppress(ConnectionError):  # it was told already
                each.send(request)
        told = _told(sending, at_least=45)
        assert {status_and_problem(each)[1]["code"] for each in told} == {"too_busy"}

        # The others are answered, and then there is room again.
        other.execute("ROLLBACK")
        answers = [_next_of(each) for each in sending]
        assert 120 < sum(each.startswith(b"HTTP/1.1 202") for each in answers) < 150
        with RawConnection(server) as late:
            late.send(request)
            assert late.socket.recv(65_536).startswith(b"HTTP/1.1 202")


def _told(connections: list[RawConnection], at_least: int) -> list[bytes]:
    deadline = time.monotonic() + 10
    told: list[socket.socket] = []
    while len(told) < at_least:
        assert time.monotonic() < deadline, f"only {len(told)} were told"
        time.sleep(0.2)
        told, _, _ = select.select([each.socket for each in connections], [], [], 0)
    return [each.socket.recv(65_536) for each in connections if each.socket in told]


def _next_of(connection: RawConnection) -> bytes:
    try:
        return connection.socket.recv(65_536)
    except ConnectionResetError:
        return b""
