"""The members of a tier can be paged through by id, in one order on every store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from loyalty_shared.service.archive import LedgerArchive, MemberRow
from loyalty_shared.service.ports import Append, LedgerStore, MemberKey, MemberRecord, TierMember

MakeAppend = Callable[..., Append]

# Ascending by code point. By UTF-16, as some sort, the last but one would stand after the last;
# without regard to case or accents, most would.
ASCENDING = [
    "#",
    "##",
    "0",
    "10",
    "9",
    "A",
    "B",
    "ENTRY#",
    "ENTRY#000000000001",
    "MEMBER",
    "TIER#default#Gold",
    "TIER#x",
    "Z",
    "Zoe",
    "Zoe\u0308",
    "Zoë",
    "a",
    "ä",
    "李小龍",
    "\uff5e",
    "🎁",
]


def ids_of(members: object) -> list[str]:
    assert isinstance(members, list)
    return [each.member_id for each in members]


def walked(store: LedgerStore, limit: int, tier: str = "Gold") -> list[list[str]]:
    """Give the ids of each page, from the first to the one that is not full."""
    pages: list[list[str]] = []
    after = None
    while not pages or len(pages[-1]) == limit:
        pages.append(ids_of(store.members_in_tier("default", tier, after, limit)))
        after = pages[-1][-1] if pages[-1] else after
        assert len(pages) <= len(ASCENDING) + 1, "a page begins where it should not"
    return pages


@pytest.fixture
def filled(store: LedgerArchive) -> LedgerArchive:
    """Give a store with members of one tier among others, written in no order."""
    record = MemberRecord("Gold", date(2026, 11, 15))
    gold = [MemberRow(MemberKey("default", each), record) for each in ASCENDING]
    others = [
        MemberRow(MemberKey("other", "B2"), record),
        MemberRow(MemberKey("default2", "B3"), record),
        MemberRow(MemberKey("default", "B4"), MemberRecord("Golden", record.tier_since)),
        MemberRow(MemberKey("default", "B5"), MemberRecord("Gol", record.tier_since)),
        MemberRow(MemberKey("default", "B6"), MemberRecord("gold", record.tier_since)),
    ]
    store.put_rows([*gold[::2], *others, *gold[1::2][::-1]])
    return store


def test_members_of_a_tier_are_listed_by_the_code_points_of_their_ids(
    filled: LedgerStore,
) -> None:
    assert sorted(ASCENDING) == ASCENDING == sorted(ASCENDING, key=str.encode)
    assert ids_of(filled.members_in_tier("default", "Gold", None, 100)) == ASCENDING


@pytest.mark.parametrize("limit", [1, 2, 5, 7, len(ASCENDING) - 1, len(ASCENDING), 100])
def test_pages_laid_end_to_end_are_the_whole_tier(filled: LedgerStore, limit: int) -> None:
    pages = walked(filled, limit)

    assert [each for page in pages for each in page] == ASCENDING
    assert len(pages) == len(ASCENDING) // limit + 1  # the last has the rest, or nothing


@pytest.mark.usefixtures("short_reads")
def test_a_page_is_full_however_little_is_read_at_a_time(filled: LedgerStore) -> None:
    assert ids_of(filled.members_in_tier("default", "Gold", None, 100)) == ASCENDING
    assert ids_of(filled.members_in_tier("default", "Gold", "#", 5)) == ASCENDING[1:6]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param("Zoë", ["a", "ä"], id="one of the members"),
        pytest.param("Zo", ["Zoe", "Zoe\u0308"], id="the beginning of an id"),
        pytest.param("B4", ["ENTRY#", "ENTRY#000000000001"], id="a member of another tier"),
        pytest.param("\uffff", ["🎁"], id="the last of the basic plane"),
        pytest.param("", ["#", "##"], id="nothing"),
        pytest.param("🎁", [], id="the last"),
        pytest.param("🎁🎁", [], id="one beyond the last"),
    ],
)
def test_a_page_starts_after_any_id(filled: LedgerStore, after: str, expected: list[str]) -> None:
    assert ids_of(filled.members_in_tier("default", "Gold", after, 2)) == expected


@pytest.mark.parametrize("tier", ["Silver", "G", "TIER#x", "#", "Gold#"])
def test_a_tier_that_nobody_has_is_empty(filled: LedgerStore, tier: str) -> None:
    assert list(filled.members_in_tier("default", tier, None, 10)) == []


def test_a_member_is_listed_with_the_tier_they_have_now(
    store: LedgerStore, an_append: MakeAppend
) -> None:
    for name in ("M-1", "M-2", "M-3"):
        store.append(an_append(1, to=MemberKey("default", name), tier="Basic"))
    later = date(2026, 12, 24)
    store.append(an_append(2, to=MemberKey("default", "M-2"), tier="Gold", since=later))
    store.append(an_append(2, to=MemberKey("default", "M-3")))

    basic = MemberRecord("Basic", date(2026, 11, 15))
    assert list(store.members_in_tier("default", "Basic", None, 10)) == [
        TierMember("M-1", basic),
        TierMember("M-3", basic),
    ]
    assert list(store.members_in_tier("default", "Gold", None, 10)) == [
        TierMember("M-2", MemberRecord("Gold", later))
    ]


def test_who_leaves_a_tier_between_two_pages_moves_nobody_else(
    store: LedgerStore, an_append: MakeAppend
) -> None:
    for number in range(6):
        store.append(an_append(1, to=MemberKey("default", f"M-{number}"), tier="Gold"))
    first = ids_of(store.members_in_tier("default", "Gold", None, 3))
    for name in ("M-1", "M-2"):  # one of them the last of the page
        store.append(an_append(2, to=MemberKey("default", name), tier="Basic"))

    assert first == ["M-0", "M-1", "M-2"]
    assert ids_of(store.members_in_tier("default", "Gold", first[-1], 3)) == ["M-3", "M-4", "M-5"]
    assert ids_of(store.members_in_tier("default", "Basic", None, 3)) == ["M-1", "M-2"]
