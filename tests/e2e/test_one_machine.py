"""The server as a whole, in its own process, as a client meets it."""

from __future__ import annotations

import json
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.server_process import Server

Serve = Callable[[], Server]


def _event(user: str, order: str, amount: int = 1) -> dict[str, Any]:
    return {"userId": user, "orderId": order, "transactionId": "t", "totalAmount": amount}


def test_an_accepted_purchase_becomes_points(serve: Serve) -> None:
    server = serve()

    answer = server.client.post("/loyalty/events", json=_event("ann", "o-1", 125))

    assert answer.status_code == 202
    server.wait_until_processed()
    assert server.points("ann") == 125


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_serves_and_stops_cleanly_with_nothing_lost(
    serve: Serve, stop: int
) -> None:
    server = serve()
    assert server.greeting.startswith("Loyalty serves on http://127.0.0.1:")
    events = [_event("ann", f"o-{number}") for number in range(1000)]
    server.client.post("/loyalty/events", json=events)

    status, printed, logged = server.stop(stop)

    assert (status, logged) == (0, "")
    assert printed.endswith("Stopped; everything accepted is kept.\n")
    again = serve()
    again.wait_until_processed()
    lifetime = again.client.get("/loyalty/members/ann").json()
    assert (lifetime["seq"], lifetime["lifetime"]["earned"]) == (1000, 1000)


def test_kill_at_any_moment_loses_nothing_accepted_and_applies_nothing_twice(serve: Serve) -> None:
    chance = random.Random(7)  # noqa: S311 - a seed, so that a failure can be repeated
    accepted: set[str] = set()
    for round_number in range(4):
        server = serve()
        sender = threading.Thread(target=_send, args=(server, round_number, accepted))
        sender.start()
        time.sleep(chance.uniform(0.05, 0.6))
        server.stop(signal.SIGKILL)
        sender.join()

    server = serve()
    server.wait_until_processed()

    assert accepted
    missing = [
        order
        for order in accepted
        if server.client.get(f"/loyalty/orders/{order}").status_code != 200
    ]
    assert missing == []
    for user in ("u-0", "u-1", "u-2"):
        account = server.client.get(f"/loyalty/members/{user}").json()
        orders = _orders_of(server, user)
        assert account["seq"] == len(orders) == len(set(orders))


def _send(server: Server, round_number: int, accepted: set[str]) -> None:
    for number in range(10_000):
        orders = [f"o-{round_number}-{number}-{each}" for each in range(3)]
        events = [_event(f"u-{each}", order) for each, order in enumerate(orders)]
        # Every batch is sent twice, as a client does that got no answer.
        try:
            for _ in range(2):
                if server.client.post("/loyalty/events", json=events).status_code == 202:
                    accepted.update(orders)
        except (httpx2.HTTPError, RuntimeError):
            return


def _orders_of(server: Server, user: str) -> list[str]:
    orders: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        url = f"/loyalty/members/{user}/transactions"
        page = server.client.get(url, params={"limit": "100", **cursor}).json()
        orders += [item["orderId"] for item in page["items"]]
        if page["nextCursor"] is None:
            return orders
        cursor = {"cursor": page["nextCursor"]}


def test_ingestion_killed_at_any_moment_is_finished_by_running_it_again(tmp_path: Path) -> None:
    chance = random.Random(8)  # noqa: S311 - a seed, so that a failure can be repeated
    file = tmp_path / "events.jsonl"
    events = [_event(f"u-{number % 50}", f"o-{number}", 3) for number in range(6000)]
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    words = [sys.executable, "-m", "loyalty_server.command", "ingest", str(file), "--json"]
    for _ in range(3):
        with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - our own command
            time.sleep(chance.uniform(0.6, 1.4))
            process.kill()

    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603 - our own command

    summary = json.loads(done.stdout)
    assert summary["processed"] + summary["duplicate"] == 6000
    with sqlite3.connect(tmp_path / "loyalty-data" / "ledger.db") as ledger:
        counts = ledger.execute("SELECT count(*), max(seq) FROM entry GROUP BY member").fetchall()
    ledger.close()
    assert counts == [(120, 120)] * 50


def test_ingest_works_beside_a_server_on_the_same_folder(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    lines = "".join(json.dumps(_event("ann", f"file-{each}")) + "\n" for each in range(200))
    words = [sys.executable, "-m", "loyalty_server.command", "ingest", "-"]
    for number in range(20):
        server.client.post("/loyalty/events", json=_event("ann", f"http-{number}"))
    subprocess.run(words, cwd=tmp_path, input=lines, text=True, check=True, capture_output=True)  # noqa: S603 - our own command

    server.wait_until_processed()

    assert server.client.get("/loyalty/members/ann").json()["seq"] == 220


def test_a_client_that_sends_half_a_request_does_not_stop_the_others(serve: Serve) -> None:
    server = serve()
    with socket.create_connection(("127.0.0.1", server.client.base_url.port or 0)) as slow:
        slow.sendall(b"POST /loyalty/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert server.points("ann") == 0


def test_metrics_count_what_happened(serve: Serve) -> None:
    server = serve()
    server.client.post("/loyalty/events", json=[_event("ann", "o-1", 7), _event("ann", "o-1", 7)])
    server.client.post("/loyalty/events", json=_event("bob", "o-1", 7))
    server.wait_until_processed()

    metrics = server.client.get("/metrics").text.splitlines()

    for line in (
        'loyalty_events_total{result="processed"} 1.0',
        'loyalty_events_total{result="duplicate"} 1.0',
        'loyalty_events_total{result="rejected"} 1.0',
        "loyalty_points_issued_total 7.0",
        "loyalty_dead_letters 1.0",
    ):
        assert line in metrics


def test_a_rejected_event_is_logged_as_json_with_its_ids(serve: Serve) -> None:
    server = serve()
    server.client.post("/loyalty/events", json=[_event("ann", "o-1"), _event("bob", "o-1")])
    server.wait_until_processed()

    _, _, logged = server.stop(signal.SIGTERM)

    [line] = [json.loads(each) for each in logged.splitlines()]
    assert (line["level"], line["result"], line["code"]) == (
        "WARNING",
        "rejected",
        "order_of_another_member",
    )
    assert (line["member_id"], line["order_id"]) == ("bob", "o-1")
