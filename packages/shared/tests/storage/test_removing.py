"""Rows of a member are removed: those that are named, and no other.

These tests are the contract of `LedgerStore`; each runs against every store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.ports import (
    UNDECIDED,
    Append,
    AppendConflict,
    LedgerStore,
    MemberKey,
    MemberRecord,
    ReferenceKey,
    Removal,
    StoredEntry,
    StoredReference,
)

MakeAppend = Callable[..., Append]

DAY, NEXT_DAY = date(2027, 1, 1), date(2027, 1, 2)
DAYS = (DAY, NEXT_DAY, UNDECIDED)
ANN, BOB = MemberKey("default", "ann"), MemberKey("default", "bob")
LAST = 60  # entries and orders: more than DynamoDB removes at once


def order_of(member: MemberKey, number: int) -> ReferenceKey:
    return ReferenceKey("default", "order", f"{member.member_id}-{number}")


def seqs_of(store: LedgerStore, member: MemberKey) -> list[int]:
    return [each.seq for each in store.entries_after(member, 0, 1_000)]


ALL_OF_ANN = Removal(
    ANN,
    seqs=tuple(range(1, LAST + 1)),
    references=tuple(order_of(ANN, number) for number in range(1, LAST + 1)),
    due_on=DAYS,
    record=True,
)


@pytest.fixture
def filled(store: LedgerArchive, an_append: MakeAppend) -> LedgerArchive:
    """Give a store in which two members have entries, orders, due marks and a record each."""
    with store.batch():
        for member in (ANN, BOB):
            for seq in range(1, LAST + 1):
                order = StoredReference(order_of(member, seq), 1, f"order {seq}")
                due_on = DAYS if seq == 1 else ()
                store.append(an_append(seq, f"entry {seq}", order, to=member, due_on=due_on))
    return store


def test_a_member_of_whom_all_is_removed_is_one_nobody_has_heard_of(filled: LedgerArchive) -> None:
    filled.remove(ALL_OF_ANN)

    assert filled.newest_entry(ANN) is None
    assert filled.newest_entry(ANN, consistent=False) is None
    assert seqs_of(filled, ANN) == []
    assert list(filled.entries_before(ANN, LAST + 1, 10)) == []
    assert filled.member_record(ANN) is None
    assert [each.member_id for each in filled.members_in_tier("default", "Basic", None, 9)] == [
        "bob"
    ]
    assert not any(filled.reference(key) for key in ALL_OF_ANN.references)
    assert [list(filled.due_members("default", day)) for day in DAYS] == [["bob"]] * 3
    assert "ann" not in "".join(map(repr, filled.rows()))


def test_nothing_of_another_member_is_removed(filled: LedgerArchive, an_append: MakeAppend) -> None:
    abroad = MemberKey("abroad", "ann")
    filled.append(an_append(1, "abroad", to=abroad, due_on=(DAY,)))
    theirs = {row for row in filled.rows() if "'ann" not in repr(row) or "abroad" in repr(row)}

    filled.remove(ALL_OF_ANN)

    assert set(filled.rows()) == theirs
    assert seqs_of(filled, BOB) == list(range(1, LAST + 1))
    assert filled.entry(abroad, 1) == StoredEntry(1, "abroad")


@pytest.mark.parametrize("gone", [range(1, 21), range(31, LAST + 1), (2, 4, 59), (LAST,)], ids=str)
def test_entries_that_stay_are_found_as_before(
    filled: LedgerArchive, gone: range | tuple[int, ...]
) -> None:
    filled.remove(Removal(ANN, seqs=tuple(gone)))

    stay = [seq for seq in range(1, LAST + 1) if seq not in gone]
    assert seqs_of(filled, ANN) == stay
    assert [each.seq for each in filled.entries_before(ANN, 1_000, 1_000)] == stay[::-1]
    assert [each.seq for each in filled.entries_after(ANN, 3, 5)] == [s for s in stay if s > 3][:5]
    assert [each.seq for each in filled.entries_before(ANN, 58, 5)] == [
        seq for seq in reversed(stay) if seq < 58
    ][:5]
    assert filled.newest_entry(ANN) == StoredEntry(stay[-1], f"entry {stay[-1]}")
    for seq in range(1, LAST + 1):
        expected = StoredEntry(seq, f"entry {seq}") if seq in stay else None
        assert filled.entry(ANN, seq) == expected


@pytest.mark.parametrize(
    "removal",
    [
        Removal(ANN),
        Removal(ANN, seqs=(1, 2)),
        Removal(ANN, seqs=ALL_OF_ANN.seqs),
        Removal(ANN, references=(order_of(ANN, 7),)),
        Removal(ANN, due_on=(NEXT_DAY,)),
        Removal(ANN, record=True),
    ],
    ids=["nothing", "entries", "all entries", "reference", "due mark", "record"],
)
def test_only_what_is_named_is_removed(filled: LedgerArchive, removal: Removal) -> None:
    filled.remove(removal)

    gone = set(removal.seqs)
    assert seqs_of(filled, ANN) == [seq for seq in range(1, LAST + 1) if seq not in gone]
    for key in ALL_OF_ANN.references:
        assert (filled.reference(key) is None) == (key in removal.references)
    for day in DAYS:
        assert ("ann" in filled.due_members("default", day)) == (day not in removal.due_on)
    listed = [each.member_id for each in filled.members_in_tier("default", "Basic", None, 9)]
    assert ("ann" in listed) == (filled.member_record(ANN) is not None) == (not removal.record)


def test_removing_twice_is_removing_once(filled: LedgerArchive) -> None:
    filled.remove(ALL_OF_ANN)
    left = set(filled.rows())

    filled.remove(ALL_OF_ANN)

    assert set(filled.rows()) == left


def test_what_is_not_there_is_removed_without_complaint(store: LedgerArchive) -> None:
    store.remove(ALL_OF_ANN)

    assert list(store.rows()) == []


def test_what_is_named_twice_is_removed_once(filled: LedgerArchive) -> None:
    filled.remove(Removal(ANN, seqs=(1, 1), references=(order_of(ANN, 1),) * 2, due_on=(DAY, DAY)))

    assert seqs_of(filled, ANN) == list(range(2, LAST + 1))


def test_a_member_can_be_removed_bit_by_bit_in_any_order(filled: LedgerArchive) -> None:
    filled.remove(Removal(ANN, record=True))
    filled.remove(Removal(ANN, seqs=tuple(range(LAST, 30, -1))))
    filled.remove(replace(ALL_OF_ANN, seqs=(), record=False))
    filled.remove(Removal(ANN, seqs=tuple(range(1, 31))))

    assert "ann" not in "".join(map(repr, filled.rows()))


def test_a_member_goes_on_when_only_the_oldest_entries_are_removed(
    filled: LedgerArchive, an_append: MakeAppend
) -> None:
    filled.remove(Removal(ANN, seqs=tuple(range(1, LAST))))

    filled.append(an_append(LAST + 1, "one more", to=ANN))

    assert seqs_of(filled, ANN) == [LAST, LAST + 1]
    assert filled.newest_entry(ANN) == StoredEntry(LAST + 1, "one more")


def test_a_removed_member_can_begin_anew(filled: LedgerArchive, an_append: MakeAppend) -> None:
    filled.remove(ALL_OF_ANN)

    again = StoredReference(order_of(ANN, 1), 1, "again")
    filled.append(an_append(1, "anew", again, to=ANN, tier="Gold", due_on=(DAY,)))

    assert list(filled.entries_after(ANN, 0, 9)) == [StoredEntry(1, "anew")]
    assert filled.member_record(ANN) == MemberRecord("Gold", date(2026, 11, 15))
    assert filled.reference(order_of(ANN, 1)) == again
    assert sorted(filled.due_members("default", DAY)) == ["ann", "bob"]
    assert list(filled.due_members("default", NEXT_DAY)) == ["bob"]


def test_what_is_removed_in_a_batch_stays_removed(
    filled: LedgerArchive, an_append: MakeAppend
) -> None:
    with filled.batch():
        filled.remove(ALL_OF_ANN)
        assert filled.newest_entry(ANN) is None
        filled.append(an_append(1, "anew", to=ANN))

    assert seqs_of(filled, ANN) == [1]


def test_who_read_before_a_member_was_removed_cannot_go_on(
    filled: LedgerArchive, an_append: MakeAppend
) -> None:
    if filled.waits_for_network:
        pytest.skip("to know costs every entry two write units; see the register in Leadership.md")
    filled.remove(ALL_OF_ANN)

    with pytest.raises(AppendConflict) as caught:
        filled.append(an_append(LAST + 1, "goes on", to=ANN))

    assert caught.value.seq_taken
    assert seqs_of(filled, ANN) == []
