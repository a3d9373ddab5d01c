"""A balance and a purchase at any length of history, beside a history of one entry."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from bench_settings import Bench
from capacity_meter import CapacityMeter, Metered, emulated_client, emulated_store
from made_ledgers import buy, copy_into, new_ledger, purchase
from measuring import median
from replayed_answers import ReplayedAnswers
from results import FLAT, Line, Row, compared
from tests.aws_emulator import running_emulator

from loyalty_shared import system
from loyalty_shared.contracts.program_file import read_program
from loyalty_shared.service import queries
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import LedgerStore
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.storage.dynamodb.store import DynamoLedgerStore
from loyalty_shared.storage.memory import MemoryLedgerStore
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

_HISTORIES = (1, 100, 1_000, 10_000)
_TABLE = "History"
_ONE_TIER = """
name: One tier
currency: EUR
timezone: Europe/Amsterdam
earning: {points_per_unit: 1}
tiers: {window: {rolling_months: 12}, levels: [{name: Basic, from: 0, multiplier: 1}]}
"""
_MOST_GROWTH = 0.05  # of a history while it is measured

Doings = Mapping[str, Callable[[], object]]
"""What is measured, by name; each time anew, since what is new is written once."""


@dataclass(frozen=True)
class _Spent:
    wall_microseconds: float
    cpu_microseconds: float


def measure(bench: Bench) -> Row:
    """Measure on SQLite, and on DynamoDB's emulator."""
    histories = bench.size(_HISTORIES, (1, 100))
    samples = bench.size(200, 20)
    members = _members(histories, samples * bench.rounds)
    bench.tell("writing the histories")
    memory = MemoryLedgerStore()
    buy(_ledger(memory), {name: history for history, names in members.items() for name in names})
    with bench.new_folder() as folder, closing(SqliteLedgerStore(folder)) as sqlite:
        copy_into(sqlite, memory)
        bench.tell("SQLite")

        def on_sqlite(history: int, sample: int) -> Doings:
            names = members[history]
            return _doings(sqlite, names[sample % len(names)], 1_000_000 + sample)

        lines = _lines("SQLite", _rounds(bench.rounds, samples, histories, on_sqlite))
    few = MemoryLedgerStore()
    buy(_ledger(few), {names[0]: history for history, names in members.items()})
    with (
        running_emulator() as endpoint,
        closing(emulated_client(endpoint)) as metered_client,
        closing(emulated_client(endpoint)) as replayed_client,
    ):
        store = emulated_store(metered_client, _TABLE)
        bench.tell("copying into DynamoDB")
        copy_into(store, few)
        bench.tell("DynamoDB")
        meter = CapacityMeter(metered_client)
        lines += _units({each: _metered(meter, store, members[each][0]) for each in histories})
        replayed = DynamoLedgerStore(replayed_client, _TABLE, system.pause)
        answers = ReplayedAnswers(replayed_client)
        for history in histories:
            answers.record(str(history))
            for do in _doings(replayed, members[history][0], 1_000_000).values():
                do()

        def on_dynamodb(history: int, sample: int) -> Doings:
            answers.replay(str(history))
            return _doings(replayed, members[history][0], 1_000_000 + sample)

        lines += _lines("DynamoDB", _rounds(bench.rounds, samples, histories, on_dynamodb))
    return Row(
        f"a balance and a purchase at history {', '.join(f'{each:,}' for each in histories)}",
        "themselves at history 1",
        tuple(lines),
        "The use cases in this process, in turn, under a program of one tier; each purchase by a"
        " ledger that remembers nothing, as in a process that has just started. On SQLite each"
        " purchase is a durable commit of its own. On DynamoDB the emulator answers once, for the"
        " request units; for the time its answers come from memory, since it looks through the"
        " whole partition, which DynamoDB does not.",
    )


def _members(histories: tuple[int, ...], purchases: int) -> dict[int, list[str]]:
    # As many members as keep each history what it is while all of them buy.
    return {
        history: [
            f"member-{history:05d}-{number:05d}"
            for number in range(max(1, round(purchases / max(1, history * _MOST_GROWTH))))
        ]
        for history in histories
    }


def _ledger(store: LedgerStore) -> Ledger:
    # Of one tier: under the default program the longest histories would be of the highest, whose
    # multiplier takes some percent longer to compute, and shall not be taken for the length.
    return new_ledger(store, read_program(_ONE_TIER, "the benchmark's program"))


def _doings(store: LedgerArchive, member: str, number: int) -> Doings:
    ledger = _ledger(store)
    return {
        "balance": partial(queries.balance, ledger, member),
        "purchase": partial(record_purchase, ledger, purchase(member, number)),
    }


def _rounds(
    rounds: int,
    samples: int,
    histories: tuple[int, ...],
    doings_of: Callable[[int, int], Doings],
) -> dict[tuple[str, int], list[_Spent]]:
    """Give the medians of each round."""
    found: dict[tuple[str, int], list[_Spent]] = {}
    for number in range(rounds):
        spent: dict[tuple[str, int], list[_Spent]] = {}
        for sample in range(number * samples, (number + 1) * samples):
            for history in histories:
                for name, do in doings_of(history, sample).items():
                    spent.setdefault((name, history), []).append(_spent(do))
        for key, each in spent.items():
            found.setdefault(key, []).append(_median(each))
    return found


def _spent(work: Callable[[], object]) -> _Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return _Spent(1e6 * (time.perf_counter() - wall), 1e6 * (time.process_time() - cpu))


def _median(spent: list[_Spent]) -> _Spent:
    return _Spent(
        median([each.wall_microseconds for each in spent]),
        median([each.cpu_microseconds for each in spent]),
    )


def _lines(store: str, found: Mapping[tuple[str, int], list[_Spent]]) -> list[Line]:
    lines = []
    for (doing, history), spent in found.items():
        if history == 1:
            continue
        for kind, named in (("wall", ""), ("cpu", ", CPU")):
            ours, beside = (
                [getattr(each, f"{kind}_microseconds") for each in figures]
                for figures in (spent, found[doing, 1])
            )
            name = f"{store}: {doing} at {history:,}{named}"
            lines.append(compared(name, "µs", ours, beside, FLAT))
    return lines


def _metered(meter: CapacityMeter, store: LedgerArchive, member: str) -> dict[str, Metered]:
    return {name: meter.of(do) for name, do in _doings(store, member, 9_000_000).items()}


def _units(costs: Mapping[int, Mapping[str, Metered]]) -> list[Line]:
    lines = []
    for history, metered in costs.items():
        for doing, each in metered.items():
            units, first = (
                found.by_rule.read + found.by_rule.written for found in (each, costs[1][doing])
            )
            if history > 1:
                name = f"DynamoDB: request units of a {doing} at {history:,}"
                lines.append(Line(name, "units", units, first, units / first, reach=FLAT))
    return lines
