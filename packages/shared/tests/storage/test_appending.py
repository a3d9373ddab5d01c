"""What an append promises, whatever the store: all of it or nothing, and then what was in the way.

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

NEW_YEAR = date(2027, 1, 1)


def conflict_of(store: LedgerStore, append: Append) -> AppendConflict:
    with pytest.raises(AppendConflict) as caught:
        store.append(append)
    return caught.value


def test_a_member_nobody_has_heard_of_has_nothing(
    store: LedgerStore, member: MemberKey, order: ReferenceKey
) -> None:
    assert store.newest_entry(member) is None
    assert store.newest_entry(member, consistent=False) is None
    assert store.entry(member, 1) is None
    assert list(store.entries_before(member, 10, 10)) == []
    assert list(store.entries_after(member, 0, 10)) == []
    assert store.member_record(member) is None
    assert store.reference(order) is None
    assert list(store.due_members("default", NEW_YEAR)) == []
    assert store.program("default", "v1") is None


def test_all_of_an_append_can_be_read_back(
    store: LedgerStore, member: MemberKey, order: ReferenceKey
) -> None:
    entry = StoredEntry(1, '{"points":120,"name":"Zoë 🎁"}')
    reference = StoredReference(order, 1, '{"seq":1}')
    record = MemberRecord("Basic", date(2026, 11, 15))

    store.append(Append((MemberAppend(member, (entry,), record, (NEW_YEAR,)),), (reference,)))

    assert store.newest_entry(member) == entry
    assert store.newest_entry(member, consistent=False) == entry
    assert store.entry(member, 1) == entry
    assert store.reference(order) == reference
    assert store.member_record(member) == record
    assert list(store.due_members("default", NEW_YEAR)) == ["M-1"]


def test_the_newest_entry_is_the_one_with_the_highest_number(
    store: LedgerStore, member: MemberKey, an_append: MakeAppend
) -> None:
    for seq in range(1, 12):  # past 9, where the order of texts would be another
        store.append(an_append(seq, f"entry {seq}"))

    assert store.newest_entry(member) == StoredEntry(11, "entry 11")
    assert store.entry(member, 9) == StoredEntry(9, "entry 9")
    assert store.entry(member, 12) is None
    assert store.entry(member, 0) is None


def test_an_entry_is_written_once_under_each_number(
    store: LedgerStore, member: MemberKey, an_append: MakeAppend
) -> None:
    store.append(an_append(1, "the first"))

    conflict = conflict_of(store, an_append(1, "the second"))

    assert conflict.seq_taken
    assert conflict.references == ()
    assert store.entry(member, 1) == StoredEntry(1, "the first")


def test_even_the_same_append_is_written_once(
    store: LedgerStore, an_append: MakeAppend, order: ReferenceKey
) -> None:
    append = an_append(1, "once", StoredReference(order, 1, "once"))
    store.append(append)

    conflict = conflict_of(store, append)

    assert conflict.seq_taken
    assert conflict.references == append.references


def test_a_taken_number_stops_everything_else_of_an_append(
    store: LedgerStore, member: MemberKey, an_append: MakeAppend, order: ReferenceKey
) -> None:
    store.append(an_append(1, "the first"))

    late = an_append(1, "late", StoredReference(order, 1, "late"), tier="Gold", due_on=(NEW_YEAR,))
    conflict_of(store, late)

    assert store.reference(order) is None
    assert store.member_record(member) == MemberRecord("Basic", date(2026, 11, 15))
    assert list(store.due_members("default", NEW_YEAR)) == []


def test_a_reference_takes_effect_once_and_shows_what_stands_there(
    store: LedgerStore, member: MemberKey, an_append: MakeAppend, order: ReferenceKey
) -> None:
    standing = StoredReference(order, 1, '{"seq":1}')
    store.append(an_append(1, "the first", standing))

    conflict = conflict_of(
        store,
        an_append(2, "late", StoredReference(order, 1, "late"), tier="Gold", due_on=(NEW_YEAR,)),
    )

    assert not conflict.seq_taken
    assert conflict.references == (standing,)
    assert store.entry(member, 2) is None
    assert store.newest_entry(member) == StoredEntry(1, "the first")
    assert store.reference(order) == standing
    assert store.member_record(member) == MemberRecord("Basic", date(2026, 11, 15))
    assert list(store.due_members("default", NEW_YEAR)) == []


def test_a_reference_is_in_the_way_of_every_member(
    store: LedgerStore, an_append: MakeAppend, order: ReferenceKey
) -> None:
    standing = StoredReference(order, 1, "of M-1")
    store.append(an_append(1, "the first", standing))
    other = MemberKey("default", "M-2")

    conflict = conflict_of(
        store, an_append(1, "the first", StoredReference(order, 1, "of M-2"), to=other)
    )

    assert not conflict.seq_taken
    assert conflict.references == (standing,)
    assert store.newest_entry(other) is None
    assert store.member_record(other) is None


def test_a_conflict_shows_all_that_is_in_the_way_and_only_that(
    store: LedgerStore, an_append: MakeAppend
) -> None:
    first, second, third = (ReferenceKey("default", "order", name) for name in "abc")
    store.append(
        an_append(1, "x", StoredReference(first, 1, "first"), StoredReference(third, 1, "third"))
    )

    conflict = conflict_of(
        store,
        an_append(1, "y", *(StoredReference(key, 1, "late") for key in (first, second, third))),
    )

    assert conflict.seq_taken
    assert conflict.references == (
        StoredReference(first, 1, "first"),
        StoredReference(third, 1, "third"),
    )
    assert store.reference(second) is None


def test_a_reference_can_be_written_anew_by_who_has_read_it(
    store: LedgerStore, an_append: MakeAppend, order: ReferenceKey
) -> None:
    for version in range(1, 12):  # past 9, where the order of texts would be another
        store.append(an_append(version, "x", StoredReference(order, version, f"{version}")))

    assert store.reference(order) == StoredReference(order, 11, "11")


@pytest.mark.parametrize("version", [1, 2, 4])
def test_a_reference_cannot_be_written_by_who_has_not_read_it(
    store: LedgerStore, member: MemberKey, an_append: MakeAppend, order: ReferenceKey, version: int
) -> None:
    store.append(an_append(1, "x", StoredReference(order, 1, "first")))
    standing = StoredReference(order, 2, "second")
    store.append(an_append(2, "y", standing))

    conflict = conflict_of(store, an_append(3, "z", StoredReference(order, version, "stale")))

    assert not conflict.seq_taken
    assert conflict.references == (standing,)
    assert store.reference(order) == standing
    assert store.entry(member, 3) is None


def test_a_reference_that_is_not_there_has_no_second_version(
    store: LedgerStore, member: MemberKey, an_append: MakeAppend, order: ReferenceKey
) -> None:
    conflict = conflict_of(store, an_append(1, "x", StoredReference(order, 2, "second")))

    assert not conflict.seq_taken
    assert conflict.references == ()
    assert store.reference(order) is None
    assert store.newest_entry(member) is None


def test_a_member_record_stays_until_it_is_written_anew(
    store: LedgerStore, member: MemberKey, an_append: MakeAppend
) -> None:
    store.append(an_append(1, tier="Basic"))
    store.append(an_append(2))
    assert store.member_record(member) == MemberRecord("Basic", date(2026, 11, 15))

    store.append(an_append(3, tier="Gold", since=date(2026, 12, 24)))
    assert store.member_record(member) == MemberRecord("Gold", date(2026, 12, 24))


def test_a_date_lists_its_members_each_once(store: LedgerStore, an_append: MakeAppend) -> None:
    members = [f"M-{number}" for number in range(60)]
    for name in members:
        store.append(an_append(1, to=MemberKey("default", name), due_on=(NEW_YEAR,)))
    store.append(an_append(2, to=MemberKey("default", "M-7"), due_on=(NEW_YEAR,)))
    store.append(an_append(1, to=MemberKey("other", "M-99"), due_on=(NEW_YEAR,)))

    assert sorted(store.due_members("default", NEW_YEAR)) == sorted(members)
    assert list(store.due_members("other", NEW_YEAR)) == ["M-99"]
    assert list(store.due_members("default", date(2027, 1, 2))) == []


def test_a_date_may_stand_twice_among_the_due_ones(
    store: LedgerStore, an_append: MakeAppend
) -> None:
    # As where the points of a purchase become active on the day on which others are gone.
    store.append(an_append(1, due_on=(NEW_YEAR, date(2027, 2, 1), NEW_YEAR)))

    assert list(store.due_members("default", NEW_YEAR)) == ["M-1"]
    assert list(store.due_members("default", date(2027, 2, 1))) == ["M-1"]


def test_a_version_of_a_program_is_kept_as_it_came_first(store: LedgerStore) -> None:
    store.keep_program("default", "v1", "the rules")
    store.keep_program("default", "v1", "other rules")
    store.keep_program("default", "v2", "newer rules")
    store.keep_program("other", "v1", "rules of another program")

    assert store.program("default", "v1") == "the rules"
    assert store.program("default", "v2") == "newer rules"
    assert store.program("other", "v1") == "rules of another program"
    assert store.program("default", "v3") is None


def test_what_a_batch_appends_is_seen_in_it_and_stays_after_it(
    store: LedgerStore, member: MemberKey, an_append: MakeAppend, order: ReferenceKey
) -> None:
    with store.batch():
        store.append(an_append(1, "first", StoredReference(order, 1, "first")))
        assert store.newest_entry(member) == StoredEntry(1, "first")
        conflict = conflict_of(store, an_append(2, "x", StoredReference(order, 1, "late")))
        assert conflict.references == (StoredReference(order, 1, "first"),)
        store.append(an_append(2, "second"))

    assert [entry.body for entry in store.entries_after(member, 0, 9)] == ["first", "second"]


def test_a_store_that_can_serve_says_so(store: LedgerStore) -> None:
    store.check()
