"""Reads in a ledger of very many members beside one of ten thousand, and how large its file is."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from bench_settings import Bench
from cloned_ledger import ENTRIES_A_MEMBER, make_ledger, member_name
from driving import CONNECTIONS, Request, drive
from made_ledgers import new_ledger
from measuring import interleaved, median
from results import FLAT, Line, Row, compared
from tests.server_process import Server

from loyalty_shared.service import queries, statements
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

_FEW = 10_000
_DATA = "loyalty-data"  # where a server looks for it


def measure(bench: Bench) -> Row:
    """Make both ledgers, and read members of them by chance."""
    many = 1_000_000 if bench.is_large else bench.size(100_000, 20_000)
    reads = bench.size(4_000, 200)
    with bench.new_folder() as few_folder, bench.new_folder() as many_folder:
        bench.tell(f"making ledgers of {_FEW:,} and {many:,} members")
        folders = {"few": (few_folder, _FEW), "many": (many_folder, many)}
        make_ledger(few_folder / _DATA, _FEW)
        file = make_ledger(many_folder / _DATA, many)
        bytes_an_entry = file.stat().st_size / (many * ENTRIES_A_MEMBER)
        chance = random.Random(1)  # noqa: S311 - the same members again
        with (
            closing(SqliteLedgerStore(few_folder / _DATA)) as few_store,
            closing(SqliteLedgerStore(many_folder / _DATA)) as many_store,
        ):
            ledgers = {"few": (new_ledger(few_store), _FEW), "many": (new_ledger(many_store), many)}

            def read(name: str, reading: Callable[[Ledger, str], object]) -> Callable[[], float]:
                ledger, members = ledgers[name]
                return lambda: _microseconds(
                    ledger, reading, [member_name(chance.randrange(members)) for _ in range(reads)]
                )

            runs = {
                (name, what): read(name, reading)
                for what, reading in (("balance", queries.balance), ("account", statements.account))
                for name in ledgers
            }
            named = {" ".join(key): run for key, run in runs.items()}
            for run in named.values():
                run()  # not counted: what a cache has of any ledger after some time
            found = interleaved(bench.rounds, named, bench.tell)
        asked = _over_http(bench, folders, chance)
    lines = [
        compared(
            "`GET /loyalty/points/{userId}`, by chance", "µs", asked["many"], asked["few"], FLAT
        ),
        *(
            compared(
                f"{what} in this process, by chance",
                "µs",
                found[f"many {what}"],
                found[f"few {what}"],
                FLAT,
            )
            for what in ("balance", "account")
        ),
    ]
    size = Line("the file, with references and indexes", "bytes/entry", bytes_an_entry)
    return Row(
        f"{many:,} members, {many * ENTRIES_A_MEMBER:,} entries on SQLite",
        f"{_FEW:,} members",
        (*lines, size),
        "Of each ledger a thousand members were written by the service, each purchase of all before"
        " the next of any; the others are their rows again under other names. Each round reads"
        f" {reads:,} members by chance of each ledger, in this process; the median of a read. A"
        f" server of each is then asked over {CONNECTIONS} connections: time by requests.",
    )


def _over_http(
    bench: Bench, folders: dict[str, tuple[Path, int]], chance: random.Random
) -> dict[str, list[float]]:
    seconds = bench.size(4.0, 0.5)
    with ExitStack() as closing_servers:

        def ask(folder: Path, members: int) -> Callable[[], float]:
            server = Server(folder)
            closing_servers.callback(server.stop, signal.SIGTERM)

            def requests() -> Iterator[Request]:
                while True:
                    member = member_name(chance.randrange(members))
                    yield Request("GET", f"/loyalty/points/{member}")

            def microseconds() -> float:
                return 1e6 / drive(server.url, requests(), CONNECTIONS, seconds).rate

            return microseconds

        runs = {name: ask(*folder) for name, folder in folders.items()}
        _ = [run() for run in runs.values()]  # not counted, as above
        return interleaved(bench.rounds, runs, bench.tell)


def _microseconds(
    ledger: Ledger, reading: Callable[[Ledger, str], object], members: list[str]
) -> float:
    spent = []
    for member in members:
        started = time.perf_counter()
        reading(ledger, member)
        spent.append(1e6 * (time.perf_counter() - started))
    return median(spent)
