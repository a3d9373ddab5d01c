"""The event processor's handler beside the two raw calls that it must make for each event."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from subprocess import DEVNULL, run

from bench_settings import Bench
from capacity_meter import emulated_client, emulated_store
from handler_probe import MEMBERS
from made_ledgers import buy, copy_into, new_ledger
from processes import clean_environment
from results import Reach, Row, compared
from tests.aws_emulator import running_emulator
from tests.aws_stack import access_to

from loyalty_shared.storage.memory import MemoryLedgerStore

TABLE = "LoyaltyPoints"
_PROBE = Path(__file__).parents[1] / "handler_probe.py"


def measure(bench: Bench) -> Row:
    """Let one process do both in turn, with batches of ten and with single events."""
    events = bench.size(400, 40)
    with bench.new_folder() as folder, running_emulator() as endpoint:
        memory = MemoryLedgerStore()
        buy(new_ledger(memory), dict.fromkeys(MEMBERS, 1))
        with closing(emulated_client(endpoint)) as client:
            copy_into(emulated_store(client, TABLE), memory)
        found = {batch: _probed(folder, endpoint, bench.rounds, events, batch) for batch in (10, 1)}
    lines = []
    for batch, figures in found.items():
        name = f"batches of {batch}" if batch > 1 else "single events"
        rates = {key: [events / each for each in figures[f"{key}_seconds"]] for key in _KEYS}
        # As what a second of one processor does, so that more is better, as of the other line.
        cpu = {key: [events / each for each in figures[f"{key}_cpu_seconds"]] for key in _KEYS}
        reach = Reach("≥", 0.8)
        by_cpu = f"{name}, by CPU time"
        lines += [
            compared(name, "events/s", rates["ours"], rates["bare"], reach),
            compared(by_cpu, "events/CPU-s", cpu["ours"], cpu["bare"], reach),
            compared(f"{by_cpu}, calls alike", "events/CPU-s", cpu["ours"], cpu["alike"], None),
        ]
    return Row(
        "the event processor's handler, purchases of members with a history",
        "Query and TransactWriteItems alone, boto3",
        tuple(lines),
        f"{events} events a round, in one process, on the emulator, which takes most of the time"
        " that passes; the calls alone carry items as large as the handler's, by as many threads."
        " Those alike also have the options of its client: no call does more than it needs to.",
    )


_KEYS = ("ours", "bare", "alike")


def _probed(
    folder: Path, endpoint: str, rounds: int, events: int, batch: int
) -> dict[str, list[float]]:
    into = folder / f"{batch}.json"
    environment = {
        "LOYALTY_STORE": f"dynamodb:{TABLE}",
        "LOYALTY_DEAD_LETTER_QUEUE_URL": f"{endpoint}/000000000000/nowhere",
    }
    run(  # noqa: S603 - our own program
        [sys.executable, str(_PROBE), *map(str, (rounds, events, batch, into))],
        env=clean_environment({**access_to(endpoint), **environment}),
        stdout=DEVNULL,  # its log, which is a part of the work
        check=True,
    )
    found: dict[str, list[float]] = json.loads(into.read_text("utf-8"))
    return found
