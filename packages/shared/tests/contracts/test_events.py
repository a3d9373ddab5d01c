import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_shared.contracts import strict_json
from loyalty_shared.contracts.events import decode_event
from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.account import Account
from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.orders import Happening, Purchase, Refund, Returned
from loyalty_shared.domain.purchases import decide_purchase

RECEIVED_AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINIMAL = {"userId": "m-1", "orderId": "A-1", "transactionId": "pay-1", "totalAmount": 125}
LINE = {"lineId": "1", "sku": 4711, "quantity": 2, "amount": 60, "category": "shoes", "brand": "A"}
WHOLE = MINIMAL | {
    "totalAmount": 120.50,
    "currency": "EUR",
    "occurredAt": "2026-05-04T10:00:00+02:00",
    "lines": [LINE, {"amount": 40.5, "quantity": 0.25}],
    "shipping": 4.95,
    "tax": 15.05,
}


def purchase_of(document: object, currency: str = "EUR") -> Purchase:
    """Read an event as it comes over the wire."""
    happening = happening_of(document, currency)
    assert isinstance(happening, Purchase)
    return happening


def refund_of(detail: dict[str, object], currency: str = "EUR") -> Refund:
    """Read the detail of a refund as it comes over the wire."""
    happening = happening_of({"detail-type": "OrderRefunded", "detail": detail}, currency)
    assert isinstance(happening, Refund)
    return happening


def happening_of(document: object, currency: str = "EUR") -> Happening:
    decoded = strict_json.decode(json.dumps(document))
    return decode_event(decoded).happening(currency, RECEIVED_AT)


def faults_of(document: object, currency: str = "EUR") -> tuple[str, dict[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        happening_of(document, currency)
    return refused.value.code, {fault.location: fault.reason for fault in refused.value.faults}


def envelope(detail: object, **others: object) -> dict[str, object]:
    return {"detail-type": "OrderCompleted", "detail": detail, **others}


# ------------------------------------------------------------------ what is accepted


def test_the_smallest_event_is_a_purchase_of_now() -> None:
    assert purchase_of(MINIMAL) == Purchase(
        order_id="A-1",
        member_id="m-1",
        transaction_id="pay-1",
        total=Money(12500, "EUR"),
        goods=Money(12500, "EUR"),
        occurred_at=RECEIVED_AT,
    )


def test_an_event_with_all_it_may_have_is_a_purchase() -> None:
    assert purchase_of(WHOLE) == Purchase(
        order_id="A-1",
        member_id="m-1",
        transaction_id="pay-1",
        total=Money(12050, "EUR"),
        goods=Money(10050, "EUR"),
        occurred_at=datetime(2026, 5, 4, 8, tzinfo=UTC),
        lines=(("1", 6000),),
    )


@pytest.mark.parametrize("detail", [MINIMAL, WHOLE])
def test_an_envelope_holds_the_same_purchase(detail: dict[str, Any]) -> None:
    event = {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "OrderCompleted",
        "source": "shop",
        "account": "111122223333",
        "time": "2026-05-04T11:00:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": detail,
    }
    bare = purchase_of(detail)

    assert purchase_of(envelope(detail)) == bare
    assert replace(purchase_of(event), occurred_at=bare.occurred_at) == bare


@pytest.mark.parametrize(
    ("occurred_at", "time", "taken"),
    [
        ("2026-05-04T09:00:00Z", "2026-05-04T10:00:00Z", "2026-05-04T09:00:00+00:00"),
        ("2026-05-04T09:00:00Z", None, "2026-05-04T09:00:00+00:00"),
        (None, "2026-05-04T10:00:00Z", "2026-05-04T10:00:00+00:00"),
        (None, None, "2026-05-04T12:00:00+00:00"),  # when it was received
    ],
)
def test_it_occurred_when_the_shop_says_or_the_envelope_or_on_receipt(
    occurred_at: str | None, time: str | None, taken: str
) -> None:
    detail = MINIMAL | ({"occurredAt": occurred_at} if occurred_at else {})
    event = envelope(detail) | ({"time": time} if time else {})

    assert purchase_of(event).occurred_at == datetime.fromisoformat(taken)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-05-04T10:00:00Z", datetime(2026, 5, 4, 10, tzinfo=UTC)),
        ("2026-05-04T10:00:00.5Z", datetime(2026, 5, 4, 10, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-05-04T10:00:00.123456789Z", datetime(2026, 5, 4, 10, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-05-04T10:00:00+05:30", datetime(2026, 5, 4, 4, 30, tzinfo=UTC)),
        ("2026-01-01T00:30:00+01:00", datetime(2025, 12, 31, 23, 30, tzinfo=UTC)),
        ("2026-05-04T10:00:00-00:00", datetime(2026, 5, 4, 10, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2026-05-05T12:00:00Z", RECEIVED_AT + timedelta(days=1)),  # a clock a day ahead
    ],
)
def test_a_moment_is_rfc_3339(written: str, moment: datetime) -> None:
    assert purchase_of(MINIMAL | {"occurredAt": written}).occurred_at == moment


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("125", "EUR", 12500),
        ("100.99", "EUR", 10099),
        ("0.1", "EUR", 10),
        ("0", "EUR", 0),
        ("-0", "EUR", 0),
        ("1e2", "EUR", 10000),
        ("1.10000000000000000000", "EUR", 110),
        ("1000000000000", "EUR", 10**14),
        ("0e999999", "EUR", 0),
        ("1250", "JPY", 1250),
        ("1.234", "BHD", 1234),
    ],
)
def test_an_amount_is_taken_digit_by_digit(amount: str, currency: str, minor: int) -> None:
    text = json.dumps(MINIMAL).replace("125", amount)
    purchase = decode_event(strict_json.decode(text)).happening(currency, RECEIVED_AT)

    assert isinstance(purchase, Purchase)
    assert purchase.total == Money(minor, currency)


@pytest.mark.parametrize(
    "addition",
    [
        {"loyaltyCard": "123", "lines": [{"amount": 1, "colour": "red"}]},
        {"user_id": "m-2", "total_amount": 1},  # not ours: the names on the wire are camelCase
        {"\ud800": 1},
        {"deep": [[[[{"a": [{}]}]]]]},
    ],
)
def test_what_is_not_known_is_ignored(addition: dict[str, object]) -> None:
    assert purchase_of(MINIMAL | addition) == purchase_of(MINIMAL)
    assert purchase_of(envelope(MINIMAL | addition, more=addition)) == purchase_of(MINIMAL)


def test_what_is_optional_may_be_null() -> None:
    nothing = dict.fromkeys(["currency", "occurredAt", "lines", "shipping", "tax"])
    line = dict.fromkeys(["lineId", "sku", "quantity", "category", "brand"]) | {"amount": 1}

    assert purchase_of(MINIMAL | nothing) == purchase_of(MINIMAL)
    assert purchase_of(MINIMAL | nothing | {"lines": [line]}) == purchase_of(MINIMAL)
    assert purchase_of(envelope(MINIMAL, time=None)) == purchase_of(MINIMAL)


def test_a_line_may_be_a_gift_and_its_words_long() -> None:
    gift = {"amount": 0, "quantity": 0, "category": "c" * 256, "brand": "b" * 256}

    assert purchase_of(MINIMAL | {"lines": [gift]}) == purchase_of(MINIMAL)


def test_shipping_and_tax_may_be_all_there_is() -> None:
    purchase = purchase_of(MINIMAL | {"shipping": 100, "tax": 25})

    assert (purchase.total, purchase.goods) == (Money(12500, "EUR"), Money(0, "EUR"))


def test_an_integer_is_the_id_that_its_digits_are() -> None:
    numbers = MINIMAL | {"userId": 17, "orderId": 0, "transactionId": 10**20}

    purchase = purchase_of(numbers)

    assert (purchase.member_id, purchase.order_id) == ("17", "0")
    assert purchase.transaction_id == "100000000000000000000"


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"userId": ""}, {"/userId": "must not be empty"}),
        ({"userId": " "}, {"/userId": "must not be empty"}),
        ({"orderId": "x" * 129}, {"/orderId": "must have at most 128 characters"}),
        ({"orderId": "a\nb"}, {"/orderId": "must have printable characters only"}),
        ({"orderId": "\ud800"}, {"/orderId": "must have printable characters only"}),
        ({"transactionId": True}, {"/transactionId": "must be a string"}),
        ({"transactionId": None}, {"/transactionId": "must be a string"}),
        ({"userId": 1.5}, {"/userId": "must be a string"}),
        ({"userId": {}}, {"/userId": "must be a string"}),
        ({"totalAmount": "125"}, {"/totalAmount": "must be a number"}),
        ({"totalAmount": True}, {"/totalAmount": "must be a number"}),
        ({"totalAmount": None}, {"/totalAmount": "must be a number"}),
        ({"totalAmount": [125]}, {"/totalAmount": "must be a number"}),
        ({"shipping": "1"}, {"/shipping": "must be a number"}),
        ({"tax": False}, {"/tax": "must be a number"}),
        ({"lines": {}}, {"/lines": "must be a list"}),
        ({"lines": "none"}, {"/lines": "must be a list"}),
        ({"lines": [{"amount": 1}, 2]}, {"/lines/1": "must be an object"}),
        ({"lines": [{"amount": 1}, {}]}, {"/lines/1/amount": "Field required"}),
        (
            {"lines": [{"amount": 1}, {"amount": 1}, {"amount": "1", "sku": ""}]},
            {"/lines/2/amount": "must be a number", "/lines/2/sku": "must not be empty"},
        ),
        (
            {"lines": [{"amount": 1, "category": "c" * 257}]},
            {"/lines/0/category": "String should have at most 256 characters"},
        ),
        ({"lines": [{"amount": 1, "quantity": "2"}]}, {"/lines/0/quantity": "must be a number"}),
        (
            {"userId": "", "orderId": ""},
            dict.fromkeys(["/userId", "/orderId"], "must not be empty"),
        ),
    ],
)
def test_a_fault_is_told_with_its_place(change: dict[str, object], faults: dict[str, str]) -> None:
    assert faults_of(MINIMAL | change) == ("invalid_event", faults)
    in_envelope = {f"/detail{place}": reason for place, reason in faults.items()}
    assert faults_of(envelope(MINIMAL | change)) == ("invalid_event", in_envelope)


@pytest.mark.parametrize("name", ["userId", "orderId", "transactionId", "totalAmount"])
def test_what_is_required_is_missed(name: str) -> None:
    detail = {each: value for each, value in MINIMAL.items() if each != name}

    assert faults_of(detail) == ("invalid_event", {f"/{name}": "Field required"})


@pytest.mark.parametrize(
    "occurred_at",
    [
        "2026-05-04",
        "2026-05-04T10:00:00",  # when, depends on where
        "2026-05-04 10:00:00Z",
        "2026-05-04T10:00:00Z\n",
        "2026-05-04T10:00Z",
        "20260504T100000Z",
        "\uff12026-05-04T10:00:00Z",  # the wide digits of East Asia
        "yesterday",
        "",
        1777888800,
        True,
    ],
)
def test_what_is_no_rfc_3339_is_refused(occurred_at: object) -> None:
    reason = "must be an RFC 3339 date and time, such as 2026-05-04T10:00:00Z"

    assert faults_of(MINIMAL | {"occurredAt": occurred_at}) == (
        "invalid_event",
        {"/occurredAt": reason},
    )
    assert faults_of(envelope(MINIMAL, time=occurred_at)) == ("invalid_event", {"/time": reason})


@pytest.mark.parametrize(
    "occurred_at",
    [
        "2026-02-29T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "2026-05-04T25:00:00Z",
        "2026-05-04T10:00:00+24:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_a_moment_that_does_not_exist_is_refused(occurred_at: str) -> None:
    code, faults = faults_of(MINIMAL | {"occurredAt": occurred_at})

    assert code == "invalid_event"
    assert faults == {"/occurredAt": "must be a date and time that exists"}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"])
def test_a_moment_before_there_were_shops_like_this_is_refused(moment: str) -> None:
    # The first of them is no date at all in New York.
    assert faults_of(MINIMAL | {"occurredAt": moment}) == (
        "invalid_event",
        {"/occurredAt": "must not be before 1970"},
    )
    assert faults_of(envelope(MINIMAL, time=moment)) == (
        "invalid_event",
        {"/time": "must not be before 1970"},
    )


def test_what_is_still_to_come_is_refused_where_it_stands() -> None:
    far = "2026-05-05T12:00:00.001Z"
    fault = ("occurred_in_the_future", "must not be in the future")

    assert faults_of(MINIMAL | {"occurredAt": far}) == (fault[0], {"/occurredAt": fault[1]})
    assert faults_of(envelope(MINIMAL | {"occurredAt": far})) == (
        fault[0],
        {"/detail/occurredAt": fault[1]},
    )
    assert faults_of(envelope(MINIMAL, time=far)) == (fault[0], {"/time": fault[1]})


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        ({"totalAmount": -1}, "/totalAmount", "an amount must not be negative"),
        ({"totalAmount": 1.001}, "/totalAmount", "an amount in EUR has at most 2 decimals"),
        ({"totalAmount": 1e13}, "/totalAmount", "an amount must not be over 1000000000000"),
        ({"totalAmount": 10**4000}, "/totalAmount", "an amount must not be over 1000000000000"),
        ({"shipping": -0.01}, "/shipping", "an amount must not be negative"),
        ({"tax": 0.001}, "/tax", "an amount in EUR has at most 2 decimals"),
        (
            {"shipping": 100, "tax": 25.01},
            "/totalAmount",
            "must not be less than shipping and tax together",
        ),
        (
            {"lines": [{"amount": 1}, {"amount": 1}, {"amount": -1}]},
            "/lines/2/amount",
            "an amount must not be negative",
        ),
        (
            {"lines": [{"amount": 1}, {"amount": 1, "quantity": -1}]},
            "/lines/1/quantity",
            "must not be negative",
        ),
    ],
)
def test_an_amount_that_is_none_is_told_with_its_place(
    change: dict[str, object], place: str, reason: str
) -> None:
    assert faults_of(MINIMAL | change) == ("invalid_amount", {place: reason})
    assert faults_of(envelope(MINIMAL | change)) == ("invalid_amount", {f"/detail{place}": reason})


@pytest.mark.parametrize(
    ("currency", "code", "reason"),
    [
        ("USD", "currency_mismatch", "this program counts in EUR"),
        ("XXX", "unknown_currency", "'XXX' is no ISO 4217 currency code"),
        ("eur", "invalid_event", "String should match pattern '^[A-Z]{3}$'"),
        ("EUR\n", "invalid_event", "String should match pattern '^[A-Z]{3}$'"),
        ("", "invalid_event", "String should match pattern '^[A-Z]{3}$'"),
        (978, "invalid_event", "Input should be a valid string"),
    ],
)
def test_a_currency_that_is_not_the_programs_is_refused(
    currency: object, code: str, reason: str
) -> None:
    assert faults_of(MINIMAL | {"currency": currency}) == (code, {"/currency": reason})


def test_decimals_are_those_of_the_programs_currency() -> None:
    assert faults_of(MINIMAL | {"totalAmount": 125.5}, "JPY") == (
        "invalid_amount",
        {"/totalAmount": "an amount in JPY has at most 0 decimals"},
    )


@pytest.mark.parametrize(
    "kind", ["OrderShipped", "ordercompleted", "", None, 1, ["OrderCompleted"]]
)
def test_an_event_of_a_type_that_is_not_known_is_refused(kind: object) -> None:
    assert faults_of({"detail-type": kind, "detail": MINIMAL}) == (
        "unknown_event_type",
        {"/detail-type": "must be OrderCompleted or OrderRefunded"},
    )


@pytest.mark.parametrize("detail", [None, "text", 1, [], [MINIMAL], json.dumps(MINIMAL)])
def test_an_envelope_without_a_detail_is_refused(detail: object) -> None:
    assert faults_of(envelope(detail)) == ("invalid_event", {"/detail": "must be an object"})
    assert faults_of({"detail-type": "OrderCompleted"}) == (
        "invalid_event",
        {"/detail": "must be an object"},
    )


@pytest.mark.parametrize("document", [None, "text", 1, [], [MINIMAL], True])
def test_a_document_that_is_no_object_is_no_event(document: object) -> None:
    assert faults_of(document) == ("invalid_event", {"": "must be an object"})


def test_a_hostile_event_gets_a_short_answer() -> None:
    code, faults = faults_of(MINIMAL | {"lines": [{"amount": "x"}] * 10_000})

    assert (code, len(faults)) == ("invalid_event", 20)
    assert faults_of(MINIMAL | {"lines": [{"amount": 0}] * 10_001})[0] == "invalid_event"


# ------------------------------------------------------------------ laws

ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=5),
        st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
        st.sampled_from(["", "\ud800", "EUR", "XXX", "9" * 129, "0001-01-01T00:00:00Z", -1, 1e300]),
    ),
    lambda inside: st.one_of(
        st.lists(inside, max_size=3), st.dictionaries(st.text(max_size=3), inside, max_size=3)
    ),
    max_leaves=4,
)


@given(st.one_of(ANYTHING, ANYTHING.map(envelope)))
def test_no_document_raises_anything_but_invalid_input(document: object) -> None:
    with suppress(InvalidInput):
        purchase_of(document)


@given(
    st.dictionaries(st.sampled_from(sorted(WHOLE)), ANYTHING, max_size=2),
    st.dictionaries(st.sampled_from(sorted(LINE)), ANYTHING, max_size=2),
)
def test_an_event_is_refused_or_can_be_recorded(
    rules: Callable[..., ProgramFile], change: dict[str, object], line: dict[str, object]
) -> None:
    program = rules("timezone: America/New_York").program()

    with suppress(InvalidInput):
        purchase = purchase_of(WHOLE | {"lines": [LINE | line]} | change)
        decide_purchase(
            program, purchase, Account(), Occasion("U-1", 1, "t-1", purchase.occurred_at)
        )


# ------------------------------------------------------------------ refunds

REFUND: dict[str, object] = {"userId": "m-1", "orderId": "A-1", "refundId": "r-1", "amount": 12.5}


def test_the_smallest_refund_is_an_amount_of_now() -> None:
    assert refund_of(REFUND) == Refund(
        order_id="A-1",
        member_id="m-1",
        returned=Returned("r-1", Money(1250, "EUR")),
        occurred_at=RECEIVED_AT,
    )


def test_a_refund_of_lines_is_of_their_amounts_together() -> None:
    lines = [{"lineId": 2, "amount": 5}, {"lineId": "1", "amount": 0.5}]

    returned = refund_of({**REFUND, "amount": None, "lines": lines}).returned

    assert returned == Returned("r-1", Money(550, "EUR"), (("1", 50), ("2", 500)))
    assert returned.goods == 550


def test_a_refund_may_be_of_lines_and_more() -> None:
    returned = refund_of({**REFUND, "lines": [{"lineId": "1", "amount": 10}]}).returned

    assert (returned.amount, returned.goods) == (Money(1250, "EUR"), 1000)


def test_a_line_that_is_named_twice_is_one() -> None:
    lines = [{"lineId": "1", "amount": 5}, {"amount": 3}, {"lineId": "1", "amount": 2}]

    assert purchase_of(MINIMAL | {"lines": lines}).lines == (("1", 700),)


def test_a_refund_has_the_time_of_its_envelope() -> None:
    at = "2026-05-03T09:00:00Z"
    document = {"detail-type": "OrderRefunded", "detail": REFUND, "time": at}

    assert happening_of(document).occurred_at.isoformat() == "2026-05-03T09:00:00+00:00"


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"refundId": None}, "invalid_event", "/detail/refundId"),
        ({"orderId": ""}, "invalid_event", "/detail/orderId"),
        ({"amount": None}, "invalid_event", "/detail/amount"),
        ({"amount": "12"}, "invalid_event", "/detail/amount"),
        ({"lines": [{"amount": 1}]}, "invalid_event", "/detail/lines/0/lineId"),
        ({"amount": -1}, "invalid_amount", "/detail/amount"),
        ({"amount": 1.005}, "invalid_amount", "/detail/amount"),
        ({"lines": [{"lineId": "1", "amount": -1}]}, "invalid_amount", "/detail/lines/0/amount"),
        ({"lines": [{"lineId": "1", "amount": 12.51}]}, "invalid_amount", "/detail/amount"),
        ({"currency": "USD"}, "currency_mismatch", "/detail/currency"),
        ({"currency": "XXX"}, "unknown_currency", "/detail/currency"),
        (
            {"occurredAt": "2026-05-05T12:00:01Z"},
            "occurred_in_the_future",
            "/detail/occurredAt",
        ),
    ],
)
def test_a_refund_that_is_not_valid_is_refused(
    changes: dict[str, object], code: str, place: str
) -> None:
    document = {"detail-type": "OrderRefunded", "detail": REFUND | changes}

    found, faults = faults_of(document)

    assert (found, list(faults)) == (code, [place])


def test_a_bare_detail_is_a_purchase() -> None:
    code, faults = faults_of(REFUND)

    assert (code, sorted(faults)) == ("invalid_event", ["/totalAmount", "/transactionId"])
