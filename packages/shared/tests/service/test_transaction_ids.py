from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_shared.service.ports import MemberKey
from loyalty_shared.service.transaction_ids import seq_in, transaction_id

MEMBER = MemberKey("default", "m-1")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MEMBERS = st.builds(MemberKey, st.just("default"), st.text(min_size=1, max_size=5))
SEQS = st.integers(1, 10**12 - 1)
MOMENTS = st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis adds the time zone
    datetime(9999, 12, 31),  # noqa: DTZ001 - hypothesis adds the time zone
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("member_id", "shown"),
    [
        ("m-1", "019df2dc-0a00-8188-9b9a-2b0000000007"),
        ("m-2", "019df2dc-0a00-8fff-a950-d50000000007"),
    ],
)
def test_an_id_is_what_it_has_always_been(member_id: str, shown: str) -> None:
    # Callers keep ids, so how they are derived can never change.
    assert transaction_id(MemberKey("default", member_id), 7, NOON) == shown


def test_an_id_is_a_uuid_of_the_version_for_ones_own_use() -> None:
    uuid = UUID(transaction_id(MEMBER, 7, NOON))

    assert uuid.version == 8
    assert uuid.variant == "specified in RFC 4122"


def test_an_id_of_another_member_or_moment_is_another() -> None:
    ids = {
        transaction_id(MemberKey(program, member), seq, NOON + timedelta(milliseconds=later))
        for program in ("default", "other")
        for member in ("m-1", "m-2")
        for seq in (1, 2)
        for later in (0, 1)
    }

    assert len(ids) == 16


@pytest.mark.parametrize(
    "text", ["", "7", "not-an-id", "019df2dc-7600-8a5a-9f6d-ec000000000", "g" * 32, "é" * 36]
)
def test_a_text_that_is_no_id_has_no_place(text: str) -> None:
    assert seq_in(text) is None


@given(MEMBERS, SEQS, MOMENTS)
def test_the_place_of_an_entry_is_read_from_its_id(
    member: MemberKey, seq: int, moment: datetime
) -> None:
    assert seq_in(transaction_id(member, seq, moment)) == seq


@given(MEMBERS, SEQS, SEQS, MOMENTS, MOMENTS)
def test_ids_sort_by_time_and_a_members_own_by_number_too(
    member: MemberKey, one: int, other: int, earlier: datetime, later: datetime
) -> None:
    earlier, later = sorted((earlier, later))
    low, high = sorted((one, other))
    first, second = transaction_id(member, low, earlier), transaction_id(member, high, later)

    assert first <= second
    assert (first == second) == (low == high and later - earlier < timedelta(milliseconds=1))


@given(SEQS, MOMENTS, MOMENTS)
def test_an_earlier_millisecond_sorts_first_whoever_it_is_of(
    seq: int, earlier: datetime, later: datetime
) -> None:
    earlier, later = sorted((earlier, later))
    if later - earlier >= timedelta(milliseconds=1):
        first = transaction_id(MemberKey("default", "z"), seq, earlier)
        assert first < transaction_id(MemberKey("default", "a"), 1, later)


@given(st.text())
def test_no_text_raises(text: str) -> None:
    seq_in(text)
