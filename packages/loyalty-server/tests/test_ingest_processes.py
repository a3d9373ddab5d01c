"""A file that several processes ingest, each with members of its own."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from loyalty_server import ingest_processes
from loyalty_server.ingest_processes import ingest_in_processes, processes_for
from loyalty_server.lines import LINES_A_BATCH, Line
from loyalty_server.settings import ServerSettings
from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.ports import MemberKey
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

Run = Callable[..., "subprocess.CompletedProcess[str]"]

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
MEMBERS, ORDERS = 30, 1_500


def event(number: int) -> str:
    detail = {
        "userId": f"m-{number % MEMBERS}",
        "orderId": f"o-{number}",
        "transactionId": "t",
        "totalAmount": 10 + number % 7,
        "occurredAt": "2026-05-04T10:00:00Z",
    }
    return json.dumps(detail)


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Give a file of orders, with a line that is none among them."""
    lines = [event(number) for number in range(ORDERS)]
    lines[700] = "nonsense"
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def orders_of(folder: Path) -> dict[str, list[str | None]]:
    with closing(SqliteLedgerStore(folder)) as store:
        found = {
            f"m-{number}": store.entries_after(MemberKey("default", f"m-{number}"), 0, ORDERS)
            for number in range(MEMBERS)
        }
    return {name: [decode_entry(each.body).order_id for each in found[name]] for name in found}


def test_several_processes_do_what_one_does(loyalty: Run, events: Path, tmp_path: Path) -> None:
    alone = json.loads(loyalty("ingest", str(events), "--data", "alone", "--json").stdout)
    words = ("ingest", str(events), "--processes", "3", "--json")

    together = json.loads(loyalty(*words).stdout)
    again = json.loads(loyalty(*words).stdout)

    assert together | {"seconds": 0} == alone | {"seconds": 0}
    assert together["processed"] == ORDERS - 1
    assert (again["processed"], again["duplicate"], again["rejected"]) == (0, ORDERS - 1, 1)
    [rejected] = Path(together["rejectedFile"]).read_text("utf-8").splitlines()
    assert (json.loads(rejected)["line"], json.loads(rejected)["event"]) == (701, "nonsense")
    assert orders_of(tmp_path / "loyalty-data") == orders_of(tmp_path / "alone")


def test_a_process_that_is_killed_ends_it_and_running_it_again_finishes_it(
    loyalty: Run, tmp_path: Path
) -> None:
    settings = ServerSettings(data=tmp_path / "loyalty-data")

    def lines() -> Iterator[tuple[int, Line]]:
        for number in range(4 * LINES_A_BATCH):
            if number == ORDERS:
                for process in multiprocessing.active_children():
                    os.kill(process.pid or 0, signal.SIGKILL)
            yield 1, Line(number + 1, event(number))

    with pytest.raises(StoreUnavailable, match="a process was ended; run it again"):
        list(ingest_in_processes(lines(), settings, NOW, 2))
    assert multiprocessing.active_children() == []

    done = list(ingest_in_processes(((1, line) for _, line in lines_of(4_000)), settings, NOW, 2))

    assert sum(size for size, _ in done) == 4_000
    assert all(not tally.rejected for _, tally in done)
    assert sum(len(orders) for orders in orders_of(tmp_path / "loyalty-data").values()) == 4_000
    loyalty("verify")


def lines_of(count: int) -> Iterator[tuple[int, Line]]:
    return ((1, Line(number + 1, event(number))) for number in range(count))


def test_a_member_keeps_its_order_however_its_id_is_written(tmp_path: Path) -> None:
    settings = ServerSettings(data=tmp_path / "loyalty-data")
    ids = ("5", '"5"', "5.0", '"\\u0035"', "50e-1")

    def lines() -> Iterator[tuple[int, Line]]:
        for number in range(200):
            detail = f'{{"userId": {ids[number % 5]}, "orderId": "o-{number}",'
            detail += ' "transactionId": "t", "totalAmount": 1}'
            if number % 3 == 0:
                outer = f'"userId": "{number}", "detail-type": "OrderCompleted"'
                detail = f'{{{outer}, "detail": {detail}}}'
            yield 1, Line(number + 1, detail)

    with closing(SqliteLedgerStore(tmp_path / "loyalty-data")) as store:
        list(ingest_in_processes(lines(), settings, NOW, 3))
        entries = store.entries_after(MemberKey("default", "5"), 0, 1_000)

    assert [decode_entry(each.body).order_id for each in entries] == [f"o-{n}" for n in range(200)]


def test_a_program_that_can_be_read_only_once_is_that_of_every_process(
    loyalty: Run, events: Path, tmp_path: Path
) -> None:
    rules = files("loyalty_shared.contracts").joinpath("default_program.yaml").read_text("utf-8")
    twice = rules.replace("earning: {points_per_unit: 1,", "earning: {points_per_unit: 2,")
    assert twice != rules
    pipe = tmp_path / "program.yaml"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(twice))
    writer.start()

    words = ("ingest", str(events), "--processes", "2", "--program", str(pipe), "--json")
    summary = json.loads(loyalty(*words).stdout)

    writer.join()
    assert summary["processed"] == ORDERS - 1
    assert summary["pointsIssued"] > 2 * 10 * (ORDERS - 1)


def test_whoever_stops_listening_ends_the_processes(tmp_path: Path) -> None:
    settings = ServerSettings(data=tmp_path / "loyalty-data")
    batches = ingest_in_processes(lines_of(8_000), settings, NOW, 2)

    next(batches)
    assert len(multiprocessing.active_children()) == 2
    batches.close()

    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(
    ("store", "size", "are_several"),
    [
        ("sqlite:here", 100_000_000, True),
        ("sqlite:here", 1_000, False),
        ("sqlite:here", None, False),
        ("memory", 100_000_000, False),
        ("dynamodb:Table", 100_000_000, False),
    ],
)
def test_only_a_long_file_for_this_machines_disk_is_shared_out(
    monkeypatch: pytest.MonkeyPatch, store: str, size: int | None, *, are_several: bool
) -> None:
    monkeypatch.setattr(ingest_processes, "cores", lambda: 4)

    processes = processes_for(ServerSettings(store=store), size)

    assert processes == (4 if are_several else 1)
