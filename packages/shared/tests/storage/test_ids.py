"""Ids are any 1 to 128 printable characters, and no two things meet under one key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from loyalty_shared.service.ports import (
    Append,
    LedgerStore,
    MemberKey,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)

DAY = date(2027, 1, 1)

ODD_IDS = [
    "#",
    "##",
    "a#b",
    "a",
    "A",
    "a ",
    " a",
    "a:b",
    "ENTRY#000000000001",
    "ENTRY#",
    "MEMBER",
    "REF",
    "M-1#ENTRY#000000000001",
    "default#M-1",
    "order:A-17",
    "%",
    "_",
    "'; DROP TABLE entry; --",
    '"quoted"',
    "\\",
    "0",
    "00",
    "Zoë",  # one character for the ë
    "Zoe\u0308",  # two
    "李小龍",
    "🎁",
    "x" * 128,
    "🎁" * 128,  # four bytes each
]


def test_members_with_odd_ids_are_kept_apart(
    store: LedgerStore, an_append: Callable[..., Append]
) -> None:
    members = [MemberKey("default", odd) for odd in ODD_IDS]
    for member in members:
        store.append(an_append(1, member.member_id, to=member, tier=member.member_id[:32]))

    for member in members:
        assert store.entries_before(member, 10, 10) == [StoredEntry(1, member.member_id)]
        assert store.newest_entry(member) == StoredEntry(1, member.member_id)
        record = store.member_record(member)
        assert record is not None
        assert record.tier == member.member_id[:32]


def test_references_with_odd_ids_are_kept_apart(
    store: LedgerStore, an_append: Callable[..., Append]
) -> None:
    keys = [ReferenceKey("default", kind, odd) for kind in ("order", "key") for odd in ODD_IDS]
    for seq, key in enumerate(keys, start=1):
        store.append(an_append(seq, "x", StoredReference(key, 1, f"{key.kind} {key.id}")))

    for key in keys:
        assert store.reference(key) == StoredReference(key, 1, f"{key.kind} {key.id}")


def test_due_members_with_odd_ids_are_listed_as_they_are(
    store: LedgerStore, an_append: Callable[..., Append]
) -> None:
    for odd in ODD_IDS:
        store.append(an_append(1, to=MemberKey("default", odd), due_on=(DAY,)))

    assert sorted(store.due_members("default", DAY)) == sorted(ODD_IDS)


@pytest.mark.parametrize("program_id", ["default", "other"])
def test_programs_are_kept_apart(
    store: LedgerStore, an_append: Callable[..., Append], program_id: str
) -> None:
    for program in ("default", "other"):
        key = ReferenceKey(program, "order", "A-17")
        store.append(
            an_append(
                1,
                program,
                StoredReference(key, 1, program),
                to=MemberKey(program, "M"),
                tier=program,
            )
        )

    assert store.newest_entry(MemberKey(program_id, "M")) == StoredEntry(1, program_id)
    reference = store.reference(ReferenceKey(program_id, "order", "A-17"))
    assert reference is not None
    assert reference.body == program_id
    record = store.member_record(MemberKey(program_id, "M"))
    assert record is not None
    assert record.tier == program_id
