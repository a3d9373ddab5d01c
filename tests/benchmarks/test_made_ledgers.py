from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from beside_ingestion import write_copies
from cloned_ledger import ENTRIES_A_MEMBER, make_ledger, member_name
from made_ledgers import OPEN_LOTS, buy, copy_into, expiring_program, new_ledger

from loyalty_shared.service import queries, statements
from loyalty_shared.storage.memory import MemoryLedgerStore
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore


def test_members_have_the_history_that_was_asked_for(tmp_path: Path) -> None:
    memory = MemoryLedgerStore()
    buy(new_ledger(memory), {"ann": 3, "bob": 1})
    with closing(SqliteLedgerStore(tmp_path)) as store:
        copy_into(store, memory)
        ledger = new_ledger(store)
        assert statements.account(ledger, "ann").seq == queries.balance(ledger, "ann") == 3
        assert queries.balance(ledger, "bob") == 1


def test_who_buys_each_month_has_as_many_open_lots_as_there_can_be() -> None:
    ledger = new_ledger(MemoryLedgerStore(), expiring_program())
    buy(ledger, {"ann": OPEN_LOTS + 6}, each_month=True)
    account = queries.account_followed(ledger, "ann", consistent=True)
    assert len(account.lots) == OPEN_LOTS
    assert sum(lot.points for lot in account.lots) == OPEN_LOTS + 6


def test_a_clone_reads_as_the_member_it_was_cloned_from(tmp_path: Path) -> None:
    file = make_ledger(tmp_path, 3_000)
    with closing(SqliteLedgerStore(tmp_path)) as store:
        ledger = new_ledger(store)
        for number in (0, 999, 1_000, 2_999):
            statement = statements.account(ledger, member_name(number))
            assert statement.seq == ENTRIES_A_MEMBER
            assert queries.balance(ledger, member_name(number)) == ENTRIES_A_MEMBER
    with closing(sqlite3.connect(file)) as database:
        for table, rows in (("member", 3_000), ("entry", 30_000), ("reference", 30_000)):
            [(found,)] = database.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608 - of the lines above
            assert found == rows


def test_copies_of_a_file_have_orders_of_their_own(tmp_path: Path) -> None:
    events, copies = tmp_path / "events.jsonl", tmp_path / "copies.jsonl"
    events.write_text('{"userId":"ann","orderId":"7"}\n{"userId":"bob","orderId":"8"}\n', "utf-8")
    write_copies(events, copies, 2)
    assert copies.read_text("utf-8").splitlines() == [
        '{"userId":"ann","orderId":"0-7"}',
        '{"userId":"bob","orderId":"0-8"}',
        '{"userId":"ann","orderId":"1-7"}',
        '{"userId":"bob","orderId":"1-8"}',
    ]
