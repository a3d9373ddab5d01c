import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.earning import Earning, Rounding
from loyalty_shared.domain.entries import Entry, EntryType, Reversal
from loyalty_shared.domain.held import Hold
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Bought, Order, Returned
from loyalty_shared.domain.qualification import Qualification
from loyalty_shared.service.canonical import decode_moment, encode_moment
from loyalty_shared.service.encoding import decode_entry, encode_entry, hash_of
from loyalty_shared.service.order_encoding import decode_order, encode_order

ENTRY = Entry(
    seq=2,
    type=EntryType.EARN,
    points=151,
    order_id="A-2 ü",
    occurred_at=datetime(2026, 5, 4, 10, tzinfo=UTC),
    recorded_at=datetime(2026, 5, 4, 10, 0, 1, 250_000, tzinfo=UTC),
    program_version="1b3fcced30ad",
    earning=Earning(151, Money(10090, "EUR"), Fraction(1), "Gold", Fraction(3, 2), Rounding.FLOOR),
    account=Account(
        lots=(
            Lot(151, date(2026, 5, 18), date(2027, 5, 31)),
            Lot(20, None, date(2027, 6, 30)),
            Lot(7, date(2026, 5, 18), None),
            Lot(5000, None, None),
        ),
        lifetime=Lifetime(earned=5178),
        qualification=Qualification(5178, 24316, (5000, 0, 178)),
        tier="Gold",
        tier_since=date(2026, 3, 1),
    ),
    previous_hash="0" * 64,
)
ENTRY_BODY = (
    '{"account":{"lifetime":{"earned":5178},'
    '"lots":[[151,20270531,20260518],[20,20270630],[7,0,20260518],[5000]],'
    '"months":[24316,5000,0,178],"qualifying":5178,"tier":"Gold","tierSince":"2026-03-01"},'
    '"earning":{"amount":10090,"currency":"EUR","multiplier":"3/2","rate":"1",'
    '"rounding":"floor","tier":"Gold"},'
    '"occurredAt":"2026-05-04T10:00:00Z","order":"A-2 ü","points":151,'
    f'"previous":"{"0" * 64}","program":"1b3fcced30ad",'
    '"recordedAt":"2026-05-04T10:00:01.250000Z","seq":2,"type":"EARN"}'
)
ORDER = Order(
    order_id="A-2",
    member_id="m-1",
    bought=Bought(
        transaction_id="pay-2",
        total=Money(10090, "EUR"),
        goods=Money(10090, "EUR"),
        lines=(),
        occurred_at=datetime(2026, 5, 4, 10, tzinfo=UTC),
        program_version="1b3fcced30ad",
        tier="Gold",
        earned=151,
        seq=2,
    ),
    points=151,
)
ORDER_BODY = (
    '{"currency":"EUR","member":"m-1","occurredAt":"2026-05-04T10:00:00Z","points":151,'
    '"program":"1b3fcced30ad","seq":2,"tier":"Gold","total":10090,"transaction":"pay-2"}'
)

IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
COUNTS = st.integers(0, 10**15)
MOMENTS = st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis adds the time zone
    datetime(2200, 1, 1),  # noqa: DTZ001 - hypothesis adds the time zone
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)
DAYS = st.dates(date(1970, 1, 1), date(2200, 1, 1))
MONEY = st.builds(Money, COUNTS, st.sampled_from(["EUR", "JPY", "BHD"]))
RATIONALS = st.fractions(Fraction(1, 10**9), 10**9, max_denominator=10**9)
LOTS = st.lists(st.builds(Lot, st.integers(1), st.none() | DAYS, st.none() | DAYS), max_size=4).map(
    tuple
)
HOLDS = st.builds(Hold, IDS, LOTS, MOMENTS, DAYS, st.none() | IDS)
ACCOUNTS = st.builds(
    Account,
    lots=LOTS,
    holds=st.lists(HOLDS, max_size=3).map(tuple),
    debt=COUNTS,
    lifetime=st.builds(Lifetime, COUNTS, COUNTS, COUNTS, COUNTS, st.integers()),
    qualification=st.builds(
        Qualification, COUNTS, COUNTS, st.lists(COUNTS, max_size=24).map(tuple)
    ),
    tier=IDS,
    tier_since=DAYS,
)
EARNINGS = st.builds(Earning, COUNTS, MONEY, RATIONALS, IDS, RATIONALS, st.sampled_from(Rounding))
NO_KEPT = st.builds(Reversal, st.lists(IDS).map(tuple), MONEY)
REVERSALS = NO_KEPT | st.builds(
    Reversal,
    refund_ids=st.lists(IDS).map(tuple),
    refunded=MONEY,
    before=COUNTS,
    kept=EARNINGS,
    expired=st.none() | st.builds(Lot, st.integers(1), st.none(), DAYS),
    forgiven=COUNTS,
)
LINES = st.dictionaries(IDS, COUNTS, max_size=3).map(lambda lines: tuple(sorted(lines.items())))
RETURNED = st.builds(Returned, IDS, st.builds(Money, COUNTS, st.just("JPY")), LINES)
YEN = st.builds(Money, COUNTS, st.just("JPY"))


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    points = draw(st.integers(-(10**15), 10**15))
    return Entry(
        seq=draw(st.integers(1, 10**12)),
        type=draw(st.sampled_from(EntryType)),
        points=points,
        order_id=draw(st.none() | IDS),
        occurred_at=draw(MOMENTS),
        recorded_at=draw(MOMENTS),
        program_version=draw(IDS),
        earning=draw(st.none() | EARNINGS),
        reversal=draw(st.none() | REVERSALS),
        value=draw(st.none() | MONEY),
        taken=draw(LOTS),
        note=draw(st.none() | IDS),
        follows=draw(st.none() | IDS),
        actor=draw(st.none() | IDS),
        account=draw(ACCOUNTS),
        previous_hash=hash_of(draw(IDS)),
    )


def test_an_entry_is_written_as_it_has_always_been() -> None:
    # The chain is computed over this text, so it may grow but never change.
    assert encode_entry(ENTRY) == ENTRY_BODY


def test_an_entry_written_long_ago_is_read() -> None:
    assert decode_entry(ENTRY_BODY) == ENTRY


def test_what_an_entry_does_not_have_is_not_written() -> None:
    bare = replace(ENTRY, order_id=None, earning=None)
    assert bare.reversal is None

    assert json.loads(encode_entry(bare)).keys() == json.loads(ENTRY_BODY).keys() - {
        "order",
        "earning",
    }
    assert decode_entry(encode_entry(bare)) == bare


def test_an_order_is_written_as_it_has_always_been() -> None:
    assert encode_order(ORDER) == ORDER_BODY
    assert decode_order("A-2", ORDER_BODY) == ORDER


REFUNDED_ENTRY = replace(
    ENTRY,
    seq=3,
    type=EntryType.REVERSE,
    points=-61,
    earning=None,
    reversal=Reversal(
        refund_ids=("r-1",),
        refunded=Money(5000, "EUR"),
        before=151,
        kept=Earning(76, Money(5090, "EUR"), Fraction(1), "Gold", Fraction(3, 2), Rounding.FLOOR),
        expired=Lot(10, None, date(2026, 4, 30)),
        forgiven=4,
    ),
)
REVERSAL_BODY = (
    '"reversal":{"before":151,"currency":"EUR","expired":[10,20260430],"forgiven":4,'
    '"kept":{"amount":5090,"currency":"EUR","multiplier":"3/2","points":76,"rate":"1",'
    '"rounding":"floor","tier":"Gold"},"refunded":5000,"refunds":["r-1"]}'
)
REFUNDED_ORDER_BODY = (
    '{"currency":"EUR","earned":151,"lines":{"1":5090,"2":5000},"member":"m-1",'
    '"occurredAt":"2026-05-04T10:00:00Z","points":76,"program":"1b3fcced30ad",'
    '"refunds":[{"amount":5000,"id":"r-1","lines":{"2":5000}}],'
    '"refused":[{"amount":9000,"id":"r-2"}],'
    '"seq":2,"tier":"Gold","total":10090,"transaction":"pay-2"}'
)


def test_a_refund_is_written_as_it_has_always_been() -> None:
    body = encode_entry(REFUNDED_ENTRY)

    assert REVERSAL_BODY in body
    assert decode_entry(body) == REFUNDED_ENTRY


def test_a_redemption_is_written_as_it_has_always_been() -> None:
    spent = replace(
        ENTRY,
        type=EntryType.REDEEM,
        earning=None,
        value=Money(151, "EUR"),
        note="At the counter",
        actor="till-7",
    )

    body = encode_entry(spent)

    assert '"actor":"till-7","' in body
    assert '"note":"At the counter","' in body
    assert '"value":[151,"EUR"]' in body
    assert decode_entry(body) == spent


def test_a_refunded_order_is_written_as_it_has_always_been() -> None:
    order = decode_order("A-2", REFUNDED_ORDER_BODY)

    assert encode_order(order) == REFUNDED_ORDER_BODY
    assert order.points == 76
    assert order.bought is not None
    assert (order.bought.earned, order.bought.lines) == (151, (("1", 5090), ("2", 5000)))
    assert order.refunds == (Returned("r-1", Money(5000, "EUR"), (("2", 5000),)),)
    assert order.refused == (Returned("r-2", Money(9000, "EUR")),)


def test_an_order_of_which_only_a_refund_arrived_is_written_without_what_it_lacks() -> None:
    body = '{"currency":"EUR","member":"m-1","points":0,"refunds":[{"amount":5000,"id":"r-1"}]}'

    assert encode_order(decode_order("A-2", body)) == body
    assert decode_order("A-2", body).bought is None


def test_the_part_for_goods_is_written_where_it_is_not_the_whole() -> None:
    body = ORDER_BODY.replace('"member"', '"goods":9000,"member"')

    bought = decode_order("A-2", body).bought
    assert bought is not None
    assert bought.goods == Money(9000, "EUR")
    assert encode_order(decode_order("A-2", body)) == body


def test_a_changed_entry_has_another_hash() -> None:
    changed = ENTRY_BODY.replace('"points":151', '"points":152')

    assert hash_of(ENTRY_BODY) == (
        "494d43693fc695228e32cdd9c08c79f413b1b0fd65586fe6243b3ad1fccf5620"
    )
    assert hash_of(changed) != hash_of(ENTRY_BODY)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 5, 4, 10, tzinfo=UTC), "2026-05-04T10:00:00Z"),
        (datetime(2026, 5, 4, 10, 0, 0, 5, tzinfo=UTC), "2026-05-04T10:00:00.000005Z"),
        (
            datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))),
            "2025-12-31T23:30:00Z",
        ),
    ],
)
def test_a_moment_is_written_in_utc(moment: datetime, text: str) -> None:
    assert encode_moment(moment) == text
    assert decode_moment(text) == moment


@given(entries())
def test_an_entry_reads_back_from_its_text(entry: Entry) -> None:
    body = encode_entry(entry)

    assert decode_entry(body) == entry
    assert encode_entry(decode_entry(body)) == body


@given(
    st.builds(
        Order,
        order_id=IDS,
        member_id=IDS,
        bought=st.builds(Bought, IDS, YEN, YEN, LINES, MOMENTS, IDS, IDS, COUNTS, COUNTS),
        points=COUNTS,
        refunds=st.lists(RETURNED, max_size=3).map(tuple),
        refused=st.lists(RETURNED, max_size=2).map(tuple),
    )
    | st.builds(
        Order,
        order_id=IDS,
        member_id=IDS,
        bought=st.none(),
        points=st.just(0),
        refunds=st.lists(RETURNED, min_size=1, max_size=3).map(tuple),
    )
)
def test_an_order_reads_back_from_its_text(order: Order) -> None:
    assert decode_order(order.order_id, encode_order(order)) == order


@given(entries())
def test_a_text_has_one_form_and_no_fractions(entry: Entry) -> None:
    def refuse(number: str) -> object:
        raise AssertionError(number)

    body = encode_entry(entry)
    decoded = json.loads(body, parse_float=refuse)

    assert body == json.dumps(decoded, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(entries(), entries())
def test_other_entries_have_another_text(one: Entry, other: Entry) -> None:
    assert (encode_entry(one) == encode_entry(other)) == (one == other)
