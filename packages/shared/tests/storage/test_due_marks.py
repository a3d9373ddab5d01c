"""Days on which members are due are found, gone through, and forgotten one member at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from loyalty_shared.service.archive import DueMark, LedgerArchive
from loyalty_shared.service.ports import Append, LedgerStore, MemberKey

MakeAppend = Callable[..., Append]

DAY = date(2027, 1, 1)
NEXT_DAY = date(2027, 1, 2)
MEMBERS = [f"M-{number}" for number in range(60)]  # several on each of DynamoDB's shards

ODD_IDS = ["#", "$", "2027-01-01#", "2027-01-02#M-1", "0", "ENTRY#", "DUE#default#00", "🎁", "~"]


def due(member_id: str, day: date = DAY, program_id: str = "default") -> DueMark:
    return DueMark(MemberKey(program_id, member_id), day)


def forget(store: LedgerStore, member_id: str, day: date = DAY) -> None:
    store.forget_due(MemberKey("default", member_id), day)


# ---------------------------------------------------------------- the days


def test_days_that_members_are_due_on_are_listed_in_their_order(
    store: LedgerStore, an_append: MakeAppend
) -> None:
    days = [date(2027, 1, 10), date(2026, 12, 31), date(2027, 1, 9), date(2024, 2, 29)]
    for number, name in enumerate(MEMBERS[:20]):
        on = (days[number % 4], days[(number + 1) % 4])
        store.append(an_append(1, to=MemberKey("default", name), due_on=on))

    assert list(store.due_days("default", date(2027, 1, 10))) == sorted(days)
    assert list(store.due_days("default", date.max)) == sorted(days)


@pytest.mark.parametrize(
    ("through", "expected"),
    [
        (date(2026, 12, 31), []),
        (DAY, [DAY]),
        (NEXT_DAY, [DAY, NEXT_DAY]),
        (date(2027, 1, 3), [DAY, NEXT_DAY]),
        (date(2027, 1, 4), [DAY, NEXT_DAY, date(2027, 1, 4)]),
    ],
)
def test_the_last_of_the_days_is_the_one_asked_for(
    store: LedgerArchive, through: date, expected: list[date]
) -> None:
    store.put_rows([due("M-1"), due("M-2", NEXT_DAY), due("M-1", date(2027, 1, 4))])

    assert list(store.due_days("default", through)) == expected


def test_a_day_is_found_however_long_nobody_looked(store: LedgerArchive) -> None:
    days = [date.min, date(2021, 3, 4), DAY]
    store.put_rows([due("M-1", day) for day in days])

    assert list(store.due_days("default", DAY + timedelta(days=10))) == days


def test_a_day_is_listed_though_only_one_of_many_is_due(store: LedgerArchive) -> None:
    # Wherever a store keeps them apart, a day that few are due on stands beside a crowded one.
    store.put_rows([due(name) for name in MEMBERS])
    for number, name in enumerate(MEMBERS[:16]):
        day = NEXT_DAY + timedelta(days=number)
        store.put_rows([due(name, day)])

        assert list(store.due_days("default", date.max))[-1] == day


def test_days_of_another_program_do_not_show(store: LedgerArchive) -> None:
    store.put_rows([due("M-1", DAY, "other"), due("M-1", NEXT_DAY, "default2")])

    assert list(store.due_days("default", date.max)) == []
    assert list(store.due_days("other", date.max)) == [DAY]


@pytest.mark.usefixtures("short_reads")
def test_days_are_all_found_however_little_is_read_at_a_time(store: LedgerArchive) -> None:
    days = [DAY + timedelta(days=number) for number in range(8)]
    store.put_rows([due(name, day) for day in days for name in MEMBERS[:10]])

    assert list(store.due_days("default", date.max)) == days


# ---------------------------------------------------------------- the members of a day


@pytest.mark.usefixtures("short_reads")
def test_members_of_a_day_come_each_once_however_little_is_read_at_a_time(
    store: LedgerArchive,
) -> None:
    store.put_rows([due(name) for name in MEMBERS])
    store.put_rows([due(f"{name}-later", NEXT_DAY) for name in MEMBERS])

    assert sorted(store.due_members("default", DAY)) == sorted(MEMBERS)


def test_members_with_odd_ids_are_due_on_their_own_day(store: LedgerArchive) -> None:
    store.put_rows([due(odd) for odd in ODD_IDS])
    store.put_rows([due(f"{odd}later", NEXT_DAY) for odd in ODD_IDS])

    assert sorted(store.due_members("default", DAY)) == sorted(ODD_IDS)
    assert sorted(store.due_members("default", NEXT_DAY)) == sorted(f"{o}later" for o in ODD_IDS)
    assert list(store.due_days("default", date.max)) == [DAY, NEXT_DAY]


# ---------------------------------------------------------------- marking alone


def test_a_mark_without_an_entry_is_found_and_may_be_put_twice(store: LedgerArchive) -> None:
    for _ in range(2):
        store.mark_due(MemberKey("default", "M-9"), DAY)

    assert list(store.due_members("default", DAY)) == ["M-9"]
    assert list(store.due_days("default", DAY)) == [DAY]
    forget(store, "M-9")
    assert list(store.due_members("default", DAY)) == []


# ---------------------------------------------------------------- forgetting


def test_who_is_forgotten_is_not_due_any_more(store: LedgerArchive) -> None:
    store.put_rows([due("M-1"), due("M-2"), due("M-1", NEXT_DAY), due("M-1", DAY, "other")])

    forget(store, "M-1")

    assert list(store.due_members("default", DAY)) == ["M-2"]
    assert list(store.due_members("default", NEXT_DAY)) == ["M-1"]
    assert list(store.due_members("other", DAY)) == ["M-1"]


def test_a_day_that_all_are_forgotten_on_is_not_listed(store: LedgerArchive) -> None:
    store.put_rows([due(odd) for odd in ODD_IDS] + [due("M-1", NEXT_DAY)])

    for odd in ODD_IDS:
        assert list(store.due_days("default", date.max)) == [DAY, NEXT_DAY]
        forget(store, odd)

    assert list(store.due_members("default", DAY)) == []
    assert list(store.due_days("default", date.max)) == [NEXT_DAY]


def test_who_is_not_due_can_be_forgotten(store: LedgerArchive) -> None:
    forget(store, "M-1")
    assert list(store.due_days("default", date.max)) == []

    store.put_rows([due("M-2")])
    forget(store, "M-1")
    forget(store, "M-2", NEXT_DAY)
    assert list(store.due_members("default", DAY)) == ["M-2"]


def test_who_was_forgotten_can_be_due_again(store: LedgerStore, an_append: MakeAppend) -> None:
    store.append(an_append(1, due_on=(DAY,)))
    forget(store, "M-1")
    store.append(an_append(2, due_on=(DAY,)))

    assert list(store.due_members("default", DAY)) == ["M-1"]


def test_what_is_forgotten_in_a_batch_stays_forgotten(
    store: LedgerStore, an_append: MakeAppend
) -> None:
    store.append(an_append(1, due_on=(DAY, NEXT_DAY)))

    with store.batch():
        forget(store, "M-1")
        assert list(store.due_members("default", DAY)) == []
        store.append(an_append(2))

    assert list(store.due_members("default", DAY)) == []
    assert list(store.due_days("default", date.max)) == [NEXT_DAY]


@pytest.mark.usefixtures("short_reads")
def test_forgetting_on_the_way_neither_skips_nor_repeats_anybody(store: LedgerArchive) -> None:
    store.put_rows([due(name) for name in MEMBERS])
    seen: Counter[str] = Counter()

    for name in store.due_members("default", DAY):
        seen[name] += 1
        forget(store, name)

    assert seen == Counter(MEMBERS)
    assert list(store.due_members("default", DAY)) == []


@pytest.mark.usefixtures("short_reads")
def test_forgetting_others_on_the_way_skips_no_one_who_stays(store: LedgerArchive) -> None:
    store.put_rows([due(name) for name in MEMBERS])
    stay, leave = set(MEMBERS[::2]), MEMBERS[1::2]
    seen: Counter[str] = Counter()

    for name in store.due_members("default", DAY):
        seen[name] += 1
        if leave:
            forget(store, leave.pop())

    assert stay <= seen.keys() <= set(MEMBERS)
    assert set(seen.values()) == {1}
    assert set(store.due_members("default", DAY)) == stay


@pytest.mark.usefixtures("short_reads")
def test_members_can_be_settled_in_batches_on_the_way(
    store: LedgerArchive, an_append: MakeAppend
) -> None:
    store.put_rows([due(name) for name in MEMBERS])
    on_the_way = store.due_members("default", DAY)
    seen = []

    while batch := [name for _, name in zip(range(7), on_the_way, strict=False)]:
        with store.batch():
            for name in batch:
                store.append(an_append(1, to=MemberKey("default", name)))
                forget(store, name)
        seen += batch

    assert sorted(seen) == sorted(MEMBERS)
    assert list(store.due_days("default", date.max)) == []
