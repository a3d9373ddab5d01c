"""A member's entries can be paged through in both directions, from anywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from loyalty_shared.service.ports import LedgerStore, MemberKey

LAST = 12  # past 9, where the order of texts would be another
FAR = 10**12  # one more digit than a stored number can have


@pytest.fixture
def filled(store: LedgerStore, with_entries: Callable[..., None]) -> LedgerStore:
    with_entries(store, LAST)
    return store


@pytest.mark.parametrize(
    ("before", "limit", "expected"),
    [
        pytest.param(FAR, 3, [12, 11, 10], id="from the end"),
        pytest.param(13, 3, [12, 11, 10], id="from just after the last"),
        pytest.param(10, 3, [9, 8, 7], id="from the middle"),
        pytest.param(3, 5, [2, 1], id="a page larger than the rest"),
        pytest.param(FAR, 100, list(range(12, 0, -1)), id="a page larger than all"),
        pytest.param(2, 1, [1], id="the first entry"),
        pytest.param(1, 5, [], id="before the first"),
        pytest.param(0, 5, [], id="before any"),
        pytest.param(-3, 5, [], id="before a number that none has"),
    ],
)
def test_entries_before_a_number_come_newest_first(
    filled: LedgerStore, member: MemberKey, before: int, limit: int, expected: list[int]
) -> None:
    found = filled.entries_before(member, before, limit)
    assert [entry.seq for entry in found] == expected
    assert [entry.body for entry in found] == [f'{{"seq":{seq}}}' for seq in expected]


@pytest.mark.parametrize(
    ("after", "limit", "expected"),
    [
        pytest.param(0, 3, [1, 2, 3], id="from the beginning"),
        pytest.param(-3, 3, [1, 2, 3], id="from a number that none has"),
        pytest.param(8, 3, [9, 10, 11], id="from the middle"),
        pytest.param(10, 5, [11, 12], id="a page larger than the rest"),
        pytest.param(0, 100, list(range(1, 13)), id="a page larger than all"),
        pytest.param(11, 1, [12], id="the last entry"),
        pytest.param(12, 5, [], id="after the last"),
        pytest.param(FAR, 5, [], id="after any"),
    ],
)
def test_entries_after_a_number_come_oldest_first(
    filled: LedgerStore, member: MemberKey, after: int, limit: int, expected: list[int]
) -> None:
    found = filled.entries_after(member, after, limit)
    assert [entry.seq for entry in found] == expected


def test_pages_laid_end_to_end_are_the_whole_history(
    filled: LedgerStore, member: MemberKey
) -> None:
    seen, before = [], FAR
    while page := filled.entries_before(member, before, 5):
        seen += [entry.seq for entry in page]
        before = seen[-1]
    assert seen == list(range(LAST, 0, -1))
