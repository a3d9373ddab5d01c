"""Many who write to one member at once: nothing is lost, doubled or left out of the chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import pytest

from loyalty_shared import system
from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.orders import AlreadyRecorded, Purchase
from loyalty_shared.service import queries
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.encoding import decode_entry, first_hash, hash_of
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import (
    Append,
    AppendConflict,
    LedgerStore,
    MemberAppend,
    MemberKey,
    MemberRecord,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.storage.opening import open_store

THREADS = 16
EACH = 3


@pytest.fixture(params=["sqlite", "dynamodb"])
def rival_stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[LedgerArchive]]:
    """Give four stores that are opened apart and keep the same ledger."""
    if request.param == "sqlite":
        name = f"sqlite:{tmp_path}"
    else:
        request.getfixturevalue("aws")
        name = f"dynamodb:{request.getfixturevalue('table')}"
    stores = [open_store(name, system.pause) for _ in range(4)]
    yield stores
    for store in stores:
        store.close()


def at_once(work: Callable[[int], object]) -> list[object]:
    """Do the work of every thread's number, all beginning at the same moment."""
    barrier = Barrier(THREADS)

    def begin(number: int) -> object:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


def test_every_purchase_of_sixteen_rivals_is_recorded_once_and_in_one_chain(
    store: LedgerArchive,
    ledger: Callable[[LedgerArchive], Ledger],
    a_purchase: Callable[..., Purchase],
) -> None:
    program = ledger(store)

    def record(thread: int) -> list[object]:
        numbers = range(thread * EACH, (thread + 1) * EACH)
        return [record_purchase(program, a_purchase(number)) for number in numbers]

    at_once(record)

    stored = store.entries_after(program.member_key("M-1"), 0, 1000)
    entries = [decode_entry(each.body) for each in stored]
    assert [each.seq for each in stored] == list(range(1, THREADS * EACH + 1))
    assert [entry.seq for entry in entries] == [each.seq for each in stored]
    assert {entry.order_id for entry in entries} == {f"A-{n}" for n in range(THREADS * EACH)}
    assert entries[0].previous_hash == first_hash(program.member_key("M-1"))
    for (before, _), (_, after) in pairwise(zip(stored, entries, strict=True)):
        assert after.previous_hash == hash_of(before.body)

    assert sum(entry.points for entry in entries) == queries.balance(program, "M-1")
    for entry in entries:
        assert entry.order_id is not None
        assert entry.account.is_conserved()
        bought = queries.order(program, entry.order_id).order.bought
        assert bought is not None
        assert bought.seq == entry.seq


def test_sixteen_deliveries_of_one_order_have_one_effect(
    store: LedgerArchive,
    ledger: Callable[[LedgerArchive], Ledger],
    a_purchase: Callable[..., Purchase],
) -> None:
    program = ledger(store)

    outcomes = at_once(lambda _: record_purchase(program, a_purchase(1)))

    assert len([each for each in outcomes if isinstance(each, Entry)]) == 1
    assert len([each for each in outcomes if isinstance(each, AlreadyRecorded)]) == THREADS - 1
    assert [each.seq for each in store.entries_after(program.member_key("M-1"), 0, 10)] == [1]
    assert queries.balance(program, "M-1") == 29


def test_rivals_with_stores_of_their_own_are_as_safe(
    rival_stores: list[LedgerArchive],
    ledger: Callable[[LedgerArchive], Ledger],
    a_purchase: Callable[..., Purchase],
) -> None:
    # As several servers, or several copies of a function, do.
    programs = [ledger(store) for store in rival_stores]

    at_once(lambda thread: record_purchase(programs[thread % len(programs)], a_purchase(thread)))

    key = programs[0].member_key("M-1")
    assert [each.seq for each in rival_stores[0].entries_after(key, 0, 100)] == list(
        range(1, THREADS + 1)
    )


# ---------------------------------------------------------------- two members in one append

PAIRS = 20
ANN, BOB = MemberKey("default", "ann"), MemberKey("default", "bob")


def append_pairs(store: LedgerStore, thread: int) -> None:
    """Append to both members at once, every second thread in the other order."""
    members = (ANN, BOB) if thread % 2 else (BOB, ANN)
    for number in range(PAIRS):
        body = f"{thread}-{number}"
        reference = StoredReference(ReferenceKey("default", "pair", body), 1, body)
        while True:
            parts = []
            for member in members:
                newest = store.newest_entry(member)
                seq = newest.seq + 1 if newest else 1
                record = None if newest else MemberRecord("Basic", date(2026, 11, 15))
                parts.append(MemberAppend(member, (StoredEntry(seq, body),), record))
            try:
                store.append(Append(tuple(parts), (reference,)))
            except AppendConflict:
                system.pause(0.01)
            else:
                break


def assert_pairs_are_whole(stores: Sequence[LedgerStore]) -> None:
    """Let two threads append pairs, and see that each is at both members or at neither."""
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(append_pairs, store, number) for number, store in enumerate(stores)]
        for each in done:
            each.result(timeout=60)

    [of_ann, of_bob] = [stores[0].entries_after(member, 0, 1_000) for member in (ANN, BOB)]
    assert list(of_ann) == list(of_bob)
    assert [each.seq for each in of_ann] == list(range(1, 2 * PAIRS + 1))
    assert {each.body for each in of_ann} == {f"{t}-{n}" for t in range(2) for n in range(PAIRS)}


def test_pairs_that_two_threads_append_crosswise_are_whole(store: LedgerStore) -> None:
    assert_pairs_are_whole([store, store])


def test_pairs_that_rivals_with_stores_of_their_own_append_crosswise_are_whole(
    rival_stores: list[LedgerArchive],
) -> None:
    assert_pairs_are_whole(rival_stores[:2])
