from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import boto3
import pytest
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from loyalty_settler import aws as lambda_entry
from loyalty_settler.aws import Settler, Unfinished
from loyalty_shared import system
from loyalty_shared.contracts.program_file import read_program
from loyalty_shared.domain.entries import EntryType
from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.service import queries
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.storage.dynamodb.table import create_table
from loyalty_shared.storage.memory import MemoryLedgerStore
from loyalty_shared.storage.opening import open_store

RULES = """
name: Test
currency: EUR
timezone: Europe/Amsterdam
earning: {points_per_unit: 1}
expiry: {after_days: 5}
tiers: {window: lifetime, levels: [{name: Basic, from: 0, multiplier: 1}]}
"""
# Lately: DynamoDB takes marks away that are half a year old, and so does the emulator.
BOUGHT_AT = system.now() - timedelta(days=30)


def a_run_of(milliseconds: int) -> LambdaContext:
    """What Lambda says of a run: how much time it has left."""
    context = LambdaContext()
    context.get_remaining_time_in_millis = lambda: milliseconds  # type: ignore[method-assign] # as Lambda's own
    return context


class AwayStore(MemoryLedgerStore):
    """A store that has stopped answering."""

    def newest_entry(self, *_: object, **__: object) -> None:
        raise StoreUnavailable("away")


def purchase(member: str) -> Purchase:
    amount = Money(1000, "EUR")
    return Purchase(f"A-{member}", member, "pay", amount, amount, BOUGHT_AT)


def a_ledger(now: datetime, store: MemoryLedgerStore) -> Ledger:
    return Ledger(store, read_program(RULES, "rules"), lambda: now, lambda _: None)


def a_settler(ledger: Ledger) -> Settler:
    logger = Logger(service="loyalty-settler", level="INFO")
    return Settler(ledger, 2, logger, Metrics(namespace="Loyalty", service="loyalty-settler"))


@pytest.fixture
def store() -> MemoryLedgerStore:
    """A store of three members whose points are over a week later."""
    store = MemoryLedgerStore()
    for member in ("ann", "bob", "cas"):
        record_purchase(a_ledger(BOUGHT_AT, store), purchase(member))
    return store


@pytest.fixture
def later(store: MemoryLedgerStore) -> Ledger:
    return a_ledger(BOUGHT_AT + timedelta(days=10), store)


def metrics_in(text: str) -> dict[str, list[float]]:
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return next(line for line in lines if "_aws" in line)


def test_a_run_settles_everybody_and_counts(
    later: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    settled = a_settler(later).run(lambda: True)

    assert (settled.members, settled.entries) == (3, 3)
    for member in ("ann", "bob", "cas"):
        [expired, _] = queries.history(later, member, before=None, limit=2).transactions
        assert (expired.entry.type, expired.entry.points) == (EntryType.EXPIRE, -10)
    metrics = metrics_in(capsys.readouterr().out)
    assert (metrics["settledMembers"], metrics["settledEntries"]) == ([3], [3])
    assert metrics["notSettled"] == [0]


def test_a_run_again_finds_nothing(later: Ledger) -> None:
    a_settler(later).run(lambda: True)

    assert a_settler(later).run(lambda: True).members == 0


def test_without_time_it_fails_so_that_lambda_calls_again(later: Ledger) -> None:
    with pytest.raises(Unfinished):
        a_settler(later).run(lambda: False)

    assert a_settler(later).run(lambda: True).members == 3


def test_a_member_whose_ledger_is_damaged_does_not_stop_the_others(
    store: MemoryLedgerStore,
    later: Ledger,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    entries = store._entries[later.member_key("bob")]  # noqa: SLF001 - to damage what is stored
    entries[0] = type(entries[0])(1, "no entry")

    settled = a_settler(later).run(lambda: True)

    assert (settled.members, settled.entries, settled.failed) == (3, 2, 1)
    assert metrics_in(capsys.readouterr().out)["notSettled"] == [1]
    [told] = [each for each in caplog.records if each.message == "member not settled"]
    assert vars(told)["member_id"] == "bob"
    assert later.store.due_days("default", later.today())  # bob's mark stays


def test_a_store_that_is_away_is_told() -> None:
    store = AwayStore()
    key = a_ledger(BOUGHT_AT, store).member_key("ann")
    store._due[key.program_id, BOUGHT_AT.date()].add("ann")  # noqa: SLF001 - it takes no entry

    with pytest.raises(StoreUnavailable):
        a_settler(a_ledger(BOUGHT_AT, store)).run(lambda: True)


@pytest.fixture
def table(aws: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """A table with the Lambda's environment around it."""
    del aws
    table = f"LoyaltyPoints-{tmp_path.name}"
    create_table(boto3.client("dynamodb"), table)
    (tmp_path / "program.yaml").write_text(RULES)
    monkeypatch.setenv("LOYALTY_STORE", f"dynamodb:{table}")
    monkeypatch.setenv("LOYALTY_PROGRAM", str(tmp_path / "program.yaml"))
    lambda_entry._wired.cache_clear()  # noqa: SLF001 - a new environment is a new sandbox
    yield table
    lambda_entry._wired.cache_clear()  # noqa: SLF001 - as above


@pytest.fixture
def in_the_table(table: str) -> Iterator[Callable[[datetime], Ledger]]:
    store = open_store(f"dynamodb:{table}", system.pause)
    yield lambda now: Ledger(store, read_program(RULES, "rules"), lambda: now, system.pause)
    store.close()


def test_the_lambda_settles_the_table(in_the_table: Callable[[datetime], Ledger]) -> None:
    record_purchase(in_the_table(BOUGHT_AT), purchase("ann"))

    answer = lambda_entry.handler({"source": "aws.scheduler"}, a_run_of(900_000))

    assert answer == {"members": 1, "entries": 1, "notSettled": 0}
    now = in_the_table(BOUGHT_AT + timedelta(days=10))
    [expired, _] = queries.history(now, "ann", before=None, limit=2).transactions
    assert expired.entry.type is EntryType.EXPIRE
    assert lambda_entry.handler(None, a_run_of(900_000))["members"] == 0


def test_the_lambda_stops_in_time(in_the_table: Callable[[datetime], Ledger]) -> None:
    record_purchase(in_the_table(BOUGHT_AT), purchase("ann"))

    with pytest.raises(Unfinished):
        lambda_entry.handler(None, a_run_of(60_000))
