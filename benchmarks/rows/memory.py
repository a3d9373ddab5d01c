"""The memory of commands over a year of shopping, beside a tenth of it."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, cycle, islice
from pathlib import Path

from bench_settings import Bench
from driving import CONNECTIONS, Request, drive
from measuring import interleaved
from memory_peaks import watching
from processes import LOYALTY, run_to_its_end
from results import FLAT, Row, compared
from tests.server_process import Server

_COMMANDS = ("ingest", "export", "verify", "serve")
_MANY = 500


def measure(bench: Bench) -> Row:
    """Let each command work on both, and look at the most memory that it had."""
    requests = bench.size(6_000, 300)
    sizes = {"all": bench.year, "tenth": bench.tenth_of_year}
    with bench.new_folder() as folder:
        runs: dict[str, Callable[[], float]] = {}
        for size, events in sizes.items():
            data = folder / size / "loyalty-data"
            run_to_its_end([LOYALTY, "ingest", str(events), "--data", str(data)])
            users = _users(events)
            exported = str(data.parent / "ledger.jsonl")
            runs |= {
                f"ingest {size}": partial(_ingest, bench, events),
                f"export {size}": partial(_peak, "export", exported, "--data", str(data)),
                f"verify {size}": partial(_peak, "verify", "--data", str(data)),
                f"serve {size}": partial(_serve, data.parent, users, requests),
            }
        found = interleaved(bench.rounds, runs, bench.tell)
    return Row(
        "the most memory of a command, over the real year",
        "themselves over a tenth of its households",
        tuple(
            compared(command, "MiB", found[f"{command} all"], found[f"{command} tenth"], FLAT)
            for command in _COMMANDS
        ),
        "All processes of a command together, each at its peak. `serve` serves the ledger and"
        f" answers {requests:,} balances, accounts, histories and events, in equal parts; it has"
        " the process that helps it while it is busy.",
    )


def _ingest(bench: Bench, events: Path) -> float:
    with bench.new_folder() as data:
        return _peak("ingest", str(events), "--data", str(data))


def _peak(*words: str) -> float:
    return run_to_its_end([LOYALTY, *words], watch_memory=True).peak_mebibytes


_orders = count()


def _serve(folder: Path, users: list[str], requests: int) -> float:
    server = Server(folder)
    with watching(server.process.pid) as peaks:
        try:
            # It may be busy enough to get a helper, or just not: so it is, each time.
            drive(server.url, iter([Request("POST", "/loyalty/events", _many_events(users))]), 1)
            drive(server.url, islice(_asked(users), requests), CONNECTIONS)
            server.wait_until_processed()
        finally:
            peaks.look()
            server.stop(signal.SIGTERM)
    return peaks.mebibytes


def _asked(users: list[str]) -> Iterator[Request]:
    for user in cycle(users):
        yield Request("GET", f"/loyalty/points/{user}")
        yield Request("GET", f"/loyalty/members/{user}")
        yield Request("GET", f"/loyalty/members/{user}/transactions")
        yield Request("POST", "/loyalty/events", json.dumps(_event(user)))


def _many_events(users: list[str]) -> str:
    return json.dumps([_event(user) for user in islice(cycle(users), _MANY)])


def _event(user: str) -> dict[str, object]:
    order = f"memory-{next(_orders)}"
    return {"userId": user, "orderId": order, "transactionId": "t", "totalAmount": 12}


def _users(events: Path) -> list[str]:
    with events.open(encoding="utf-8") as lines:
        return sorted({str(json.loads(line)["userId"]) for line in lines})
