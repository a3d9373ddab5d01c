from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.errors import OrderDiffers, OrderOfAnotherMember
from loyalty_shared.domain.orders import AlreadyRecorded, Purchase
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import LedgerStore
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.storage.memory import MemoryLedgerStore

Bought = Callable[..., Purchase]
Rules = Callable[..., ProgramFile]

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def ledger_on(store: LedgerStore, rules: ProgramFile) -> Ledger:
    return Ledger(store, rules, lambda: NOON, lambda _: None)


def entries_of(ledger: Ledger, member_id: str) -> list[Entry]:
    stored = ledger.store.entries_after(ledger.member_key(member_id), 0, 1000)
    return [decode_entry(each.body) for each in stored]


def test_a_purchase_gives_its_points(rules: Rules, bought: Bought) -> None:
    entry = record_purchase(ledger_on(MemoryLedgerStore(), rules()), bought("100.99"))

    assert isinstance(entry, Entry)
    assert (entry.seq, entry.points, entry.account.lifetime.earned) == (1, 100, 100)


def test_a_purchase_of_nothing_is_recorded_with_no_points(rules: Rules, bought: Bought) -> None:
    ledger = ledger_on(MemoryLedgerStore(), rules())

    record_purchase(ledger, bought("0"))

    assert [entry.points for entry in entries_of(ledger, "m-1")] == [0]
    assert isinstance(record_purchase(ledger, bought("0")), AlreadyRecorded)


def test_a_purchase_delivered_again_is_told_from_the_first(rules: Rules, bought: Bought) -> None:
    ledger = ledger_on(MemoryLedgerStore(), rules())
    first = record_purchase(ledger, bought("100"))
    record_purchase(ledger, bought("50", order="A-2"))

    again = record_purchase(ledger, bought("100"))

    assert isinstance(first, Entry)
    assert isinstance(again, AlreadyRecorded)
    assert again.order.bought is not None
    assert (again.order.bought.seq, again.order.points) == (first.seq, first.points)
    assert [entry.order_id for entry in entries_of(ledger, "m-1")] == ["A-1", "A-2"]


def test_an_order_that_comes_with_another_amount_changes_nothing(
    rules: Rules, bought: Bought
) -> None:
    ledger = ledger_on(MemoryLedgerStore(), rules())
    record_purchase(ledger, bought("100"))

    with pytest.raises(OrderDiffers) as refused:
        record_purchase(ledger, bought("99"))

    assert refused.value.code == "order_differs"
    assert len(entries_of(ledger, "m-1")) == 1


def test_an_order_that_comes_for_another_member_changes_nothing(
    rules: Rules, bought: Bought
) -> None:
    ledger = ledger_on(MemoryLedgerStore(), rules())
    record_purchase(ledger, bought("100", member="m-1"))
    record_purchase(ledger, bought("7", member="m-2", order="A-2"))

    with pytest.raises(OrderOfAnotherMember) as refused:
        record_purchase(ledger, bought("100", member="m-2"))

    assert refused.value.code == "order_of_another_member"
    assert [entry.points for entry in entries_of(ledger, "m-2")] == [7]


def test_an_order_earns_once_though_the_rules_change_in_between(
    rules: Rules, bought: Bought
) -> None:
    store = MemoryLedgerStore()
    before = ledger_on(store, rules())
    after = ledger_on(store, rules("earning: {points_per_unit: 10}"))
    record_purchase(before, bought("100"))

    again = record_purchase(after, bought("100"))
    later = record_purchase(after, bought("100", order="A-2"))

    assert isinstance(again, AlreadyRecorded)
    assert again.order.bought is not None
    assert again.order.bought.program_version == before.program.version
    assert isinstance(later, Entry)
    assert (later.points, later.program_version) == (1000, after.program.version)
    for version in (before.program.version, after.program.version):
        assert store.program("default", version) is not None


def test_programs_in_one_store_know_nothing_of_each_other(rules: Rules, bought: Bought) -> None:
    store = MemoryLedgerStore()
    one, other = (ledger_on(store, rules(f"id: {name}")) for name in ("one", "other"))

    for ledger in (one, other):
        assert isinstance(record_purchase(ledger, bought("100")), Entry)

    assert [len(entries_of(ledger, "m-1")) for ledger in (one, other)] == [1, 1]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=20))
def test_however_often_orders_are_delivered_each_earns_once(
    rules: Rules, bought: Bought, deliveries: list[tuple[int, int]]
) -> None:
    one_tier = "tiers: {window: lifetime, levels: [{name: One, from: 0, multiplier: 1}]}"
    ledger = ledger_on(MemoryLedgerStore(), rules(one_tier))
    owners: dict[int, int] = {}

    for order, member in deliveries:
        purchase = bought(str(order * 10), order=f"A-{order}", member=f"m-{member}")
        if owners.setdefault(order, member) == member:
            record_purchase(ledger, purchase)
        else:
            with pytest.raises(OrderOfAnotherMember):
                record_purchase(ledger, purchase)

    for member in range(3):
        entries = entries_of(ledger, f"m-{member}")
        orders = [order for order, owner in owners.items() if owner == member]
        assert [entry.order_id for entry in entries] == [f"A-{order}" for order in orders]
        if entries:
            assert entries[-1].account.lifetime.earned == sum(order * 10 for order in orders)
            assert entries[-1].account.is_conserved()
