"""Several entries, of one member or of several, in one append: all of them or none.

These tests are the contract of `LedgerStore`; each runs against every store.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

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

MakeAppend = Callable[..., Append]

ANN, BOB = MemberKey("default", "ann"), MemberKey("default", "bob")
NEW_YEAR, SPRING = date(2027, 1, 1), date(2027, 3, 20)
BASIC, GOLD = MemberRecord("Basic", date(2026, 11, 15)), MemberRecord("Gold", date(2026, 11, 15))


def entries(first: int, *bodies: str) -> tuple[StoredEntry, ...]:
    return tuple(StoredEntry(seq, body) for seq, body in enumerate(bodies, first))


def conflict_of(store: LedgerStore, append: Append) -> AppendConflict:
    with pytest.raises(AppendConflict) as caught:
        store.append(append)
    return caught.value


def bodies_of(store: LedgerStore, member: MemberKey) -> list[str]:
    return [each.body for each in store.entries_after(member, 0, 100)]


@pytest.fixture
def both(store: LedgerStore) -> LedgerStore:
    """Give a store in which two members have an entry each."""
    store.append(
        Append(
            (MemberAppend(ANN, entries(1, "a1"), BASIC), MemberAppend(BOB, entries(1, "b1"), BASIC))
        )
    )
    return store


# ---------------------------------------------------------------- what is written


def test_two_entries_of_a_member_are_appended_at_once(
    store: LedgerStore, order: ReferenceKey
) -> None:
    reference = StoredReference(order, 1, "of both")

    store.append(
        Append((MemberAppend(ANN, entries(1, "a1", "a2"), GOLD, (NEW_YEAR,)),), (reference,))
    )

    assert store.entry(ANN, 1) == StoredEntry(1, "a1")
    assert store.newest_entry(ANN) == StoredEntry(2, "a2")
    assert store.member_record(ANN) == GOLD
    assert store.reference(order) == reference
    assert list(store.due_members("default", NEW_YEAR)) == ["ann"]


def test_entries_go_on_where_several_were_appended(store: LedgerStore) -> None:
    store.append(Append((MemberAppend(ANN, entries(1, "a1", "a2", "a3"), BASIC),)))

    store.append(Append((MemberAppend(ANN, entries(4, "a4", "a5")),)))

    assert bodies_of(store, ANN) == ["a1", "a2", "a3", "a4", "a5"]
    assert [each.seq for each in store.entries_before(ANN, 5, 3)] == [4, 3, 2]


def test_two_members_are_appended_to_at_once(both: LedgerStore, order: ReferenceKey) -> None:
    other = ReferenceKey("default", "key", "k-1")
    references = (StoredReference(order, 1, "order"), StoredReference(other, 1, "key"))

    both.append(
        Append(
            (
                MemberAppend(ANN, entries(2, "a2"), GOLD, (NEW_YEAR,)),
                MemberAppend(BOB, entries(2, "b2", "b3"), None, (NEW_YEAR, SPRING)),
            ),
            references,
        )
    )

    assert bodies_of(both, ANN) == ["a1", "a2"]
    assert bodies_of(both, BOB) == ["b1", "b2", "b3"]
    assert (both.member_record(ANN), both.member_record(BOB)) == (GOLD, BASIC)
    assert (both.reference(order), both.reference(other)) == references
    assert sorted(both.due_members("default", NEW_YEAR)) == ["ann", "bob"]
    assert list(both.due_members("default", SPRING)) == ["bob"]


def test_members_of_two_programs_with_one_name_are_two_members(store: LedgerStore) -> None:
    abroad = MemberKey("abroad", "ann")

    store.append(
        Append(
            (
                MemberAppend(ANN, entries(1, "here"), BASIC, (NEW_YEAR,)),
                MemberAppend(abroad, entries(1, "there"), GOLD, (SPRING,)),
            )
        )
    )

    assert (bodies_of(store, ANN), bodies_of(store, abroad)) == (["here"], ["there"])
    assert (store.member_record(ANN), store.member_record(abroad)) == (BASIC, GOLD)
    assert list(store.due_days("default", SPRING)) == [NEW_YEAR]
    assert list(store.due_days("abroad", SPRING)) == [SPRING]


def test_as_much_as_the_ledger_may_ask_for_is_appended_at_once(store: LedgerStore) -> None:
    orders = [ReferenceKey("default", "order", f"A-{number}") for number in range(20)]
    days = tuple(date(2027, 1, day) for day in range(1, 15))

    store.append(
        Append(
            (
                MemberAppend(ANN, entries(1, *"abcdefgh"), BASIC, days),
                MemberAppend(BOB, entries(1, *"ijklmnop"), BASIC, days),
            ),
            tuple(StoredReference(each, 1, each.id) for each in orders),
        )
    )

    assert "".join([*bodies_of(store, ANN), *bodies_of(store, BOB)]) == "abcdefghijklmnop"
    assert all(store.reference(each) for each in orders)
    assert list(store.due_days("default", SPRING)) == list(days)


# ---------------------------------------------------------------- what stands in its way


def untouched(store: LedgerStore, order: ReferenceKey) -> bool:
    """Say whether two members have what `both` gave them, and nothing more."""
    return (
        (bodies_of(store, ANN), bodies_of(store, BOB)) == (["a1"], ["b1"])
        and store.member_record(ANN) == store.member_record(BOB) == BASIC
        and list(store.due_days("default", date.max)) == []
        and store.reference(order) is None
    )


@pytest.mark.parametrize("late", [0, 1])
def test_a_conflict_at_one_member_leaves_nothing_at_the_other(
    both: LedgerStore, order: ReferenceKey, late: int
) -> None:
    first = [2, 2]
    first[late] = 1

    conflict = conflict_of(
        both,
        Append(
            (
                MemberAppend(ANN, entries(first[0], "a"), GOLD, (NEW_YEAR,)),
                MemberAppend(BOB, entries(first[1], "b"), GOLD, (NEW_YEAR,)),
            ),
            (StoredReference(order, 1, "order"),),
        ),
    )

    assert conflict.seq_taken
    assert conflict.references == ()
    assert untouched(both, order)


@pytest.mark.parametrize("numbered", [(1, 2), (0, 1)])
def test_one_taken_number_among_several_leaves_none_of_them(
    both: LedgerStore, order: ReferenceKey, numbered: tuple[int, int]
) -> None:
    given = tuple(StoredEntry(seq, "late") for seq in numbered)

    conflict = conflict_of(both, Append((MemberAppend(ANN, given, GOLD, (NEW_YEAR,)),)))

    assert conflict.seq_taken
    assert untouched(both, order)
    assert both.entry(ANN, 0) is None


@pytest.mark.parametrize("version", [1, 3])
def test_a_stale_reference_leaves_nothing_at_any_member(
    both: LedgerStore, order: ReferenceKey, version: int
) -> None:
    stale = ReferenceKey("default", "order", "stale")
    standing = StoredReference(stale, 1, "standing")
    carol = MemberAppend(MemberKey("default", "carol"), entries(1, "c1"), BASIC)
    both.append(Append((carol,), (standing,)))

    conflict = conflict_of(
        both,
        Append(
            (
                MemberAppend(ANN, entries(2, "a2", "a3"), GOLD, (NEW_YEAR,)),
                MemberAppend(BOB, entries(2, "b2"), GOLD, (NEW_YEAR,)),
            ),
            (StoredReference(order, 1, "order"), StoredReference(stale, version, "stale")),
        ),
    )

    assert not conflict.seq_taken
    assert conflict.references == (standing,)
    assert both.reference(stale) == standing
    assert untouched(both, order)


def test_a_conflict_shows_what_is_in_the_way_of_several(
    both: LedgerStore, an_append: MakeAppend
) -> None:
    first, second, third = (ReferenceKey("default", "order", name) for name in "abc")
    standing = (StoredReference(first, 1, "first"), StoredReference(third, 1, "third"))
    both.append(an_append(1, "c1", *standing, to=MemberKey("default", "carol")))

    conflict = conflict_of(
        both,
        Append(
            (MemberAppend(ANN, entries(2, "a2", "a3")), MemberAppend(BOB, entries(1, "late", "b"))),
            tuple(StoredReference(key, 1, "late") for key in (first, second, third)),
        ),
    )

    assert conflict.seq_taken
    assert conflict.references == standing
    assert untouched(both, second)


def test_a_conflict_over_several_in_a_batch_undoes_only_its_own_append(
    both: LedgerStore, order: ReferenceKey
) -> None:
    with both.batch():
        both.append(
            Append((MemberAppend(ANN, entries(2, "a2")), MemberAppend(BOB, entries(2, "b2"))))
        )
        conflict_of(
            both,
            Append((MemberAppend(BOB, entries(3, "b3")), MemberAppend(ANN, entries(2, "late")))),
        )
        both.append(Append((MemberAppend(ANN, entries(3, "a3", "a4")),)))

    assert bodies_of(both, ANN) == ["a1", "a2", "a3", "a4"]
    assert bodies_of(both, BOB) == ["b1", "b2"]
    assert both.reference(order) is None
