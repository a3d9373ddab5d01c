"""Members for whom somebody is to decide stand on a list of their own, beside those of days.

These tests are the contract of `LedgerStore`; each runs against every store.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from loyalty_shared.service.archive import DueMark, LedgerArchive, decode_row, encode_row
from loyalty_shared.service.ports import UNDECIDED, Append, LedgerStore, MemberKey
from loyalty_shared.storage.memory import MemoryLedgerStore
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

MakeAppend = Callable[..., Append]

TODAY = date(2026, 11, 15)
ODD_IDS = ["#", "$", "9999-12-31#", "0", "🎁", "~"]


def undecided(store: LedgerStore) -> list[str]:
    return sorted(store.due_members("default", UNDECIDED))


def test_who_is_to_be_decided_on_is_listed_and_is_due_on_no_day(store: LedgerStore) -> None:
    for name in ["M-1", *ODD_IDS, "M-1"]:
        store.mark_due(MemberKey("default", name), UNDECIDED)
    store.mark_due(MemberKey("default", "M-2"), TODAY)
    store.mark_due(MemberKey("other", "M-3"), UNDECIDED)

    assert undecided(store) == sorted(["M-1", *ODD_IDS])
    assert list(store.due_days("default", TODAY)) == [TODAY]
    assert list(store.due_days("default", UNDECIDED - timedelta(days=1))) == [TODAY]
    assert list(store.due_members("other", UNDECIDED)) == ["M-3"]


def test_an_append_can_put_its_members_on_the_list(
    store: LedgerStore, an_append: MakeAppend
) -> None:
    store.append(an_append(1, due_on=(TODAY, UNDECIDED)))
    store.append(an_append(2, due_on=(UNDECIDED,)))

    assert undecided(store) == ["M-1"]
    assert list(store.due_members("default", TODAY)) == ["M-1"]


def test_who_was_decided_on_leaves_the_list_and_may_come_back(store: LedgerStore) -> None:
    member = MemberKey("default", "M-1")
    for _ in range(2):
        store.mark_due(member, UNDECIDED)
        store.mark_due(member, TODAY)
        assert undecided(store) == ["M-1"]

        store.forget_due(member, UNDECIDED)
        assert undecided(store) == []
        assert list(store.due_members("default", TODAY)) == ["M-1"]


@pytest.mark.usefixtures("short_reads")
def test_a_long_list_is_gone_through_as_decisions_are_made(store: LedgerStore) -> None:
    names = sorted(f"M-{number}" for number in range(40))
    for name in names:
        store.mark_due(MemberKey("default", name), UNDECIDED)

    seen = []
    for name in store.due_members("default", UNDECIDED):
        seen.append(name)
        store.forget_due(MemberKey("default", name), UNDECIDED)

    assert sorted(seen) == names
    assert undecided(store) == []


def test_the_list_is_carried_to_another_store_and_back(
    store: LedgerArchive, an_append: MakeAppend, tmp_path: Path
) -> None:
    store.append(an_append(1, due_on=(TODAY, UNDECIDED)))
    lines = [encode_row(row) for row in store.rows()]
    another, back = SqliteLedgerStore(tmp_path / "another"), MemoryLedgerStore()

    another.put_rows([decode_row(line) for line in lines])
    back.put_rows(list(another.rows()))
    store.put_rows(list(back.rows()))  # where it is already, and the same

    assert DueMark(MemberKey("default", "M-1"), UNDECIDED) in set(another.rows())
    assert undecided(store) == undecided(another) == undecided(back) == ["M-1"]
    assert set(store.rows()) == set(another.rows()) == set(back.rows())
    another.close()


def test_the_list_arrives_where_there_was_none(store: LedgerArchive) -> None:
    mark = DueMark(MemberKey("default", "M-1"), UNDECIDED)

    for _ in range(2):
        store.put_rows([mark])

    assert undecided(store) == ["M-1"]
    assert mark in set(store.rows())
