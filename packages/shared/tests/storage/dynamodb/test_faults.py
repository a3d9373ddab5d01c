"""What becomes of an append when DynamoDB, or the way to it, fails.

Faults are put in where botocore hands a request to the network, so that botocore's own retrying
meets them as it would meet real ones; what is passed on goes to the emulator.
"""

from __future__ import annotations

import json
import socket
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.httpsession import URLLib3Session

from loyalty_shared.domain.entries import Entry
from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.domain.orders import AlreadyRecorded, Purchase
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import (
    Append,
    AppendConflict,
    LedgerStore,
    MemberAppend,
    MemberKey,
    MemberRecord,
    ReferenceKey,
    Removal,
    StoredEntry,
    StoredReference,
)
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.storage.dynamodb.store import DynamoLedgerStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MakeAppend = Callable[..., Append]
MakeLedger = Callable[[LedgerStore], Ledger]
Fault = Callable[[AWSPreparedRequest], AWSResponse]

TODAY = date(2026, 11, 15)
SOMEWHERE = "http://127.0.0.1"
BAD_REQUEST = 400


class Line:
    """The line to DynamoDB, for the requests named; it passes them on unless a fault is put in."""

    def __init__(self, operation: str) -> None:
        self.event = f"before-send.dynamodb.{operation}"
        self.sent: list[dict[str, Any]] = []
        self._faults: deque[Fault] = deque()
        self._network = URLLib3Session()

    def breaks(self, *errors: Exception) -> None:
        """Let the next requests fail on their way."""

        def fail(error: Exception) -> Fault:
            def raise_it(_: AWSPreparedRequest) -> AWSResponse:
                raise error

            return raise_it

        self._faults.extend(fail(error) for error in errors)

    def answers(self, status: int, code: str, times: int = 1, **more: object) -> None:
        """Answer the next requests with an error, without asking DynamoDB."""
        answer = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **more}
        body = json.dumps(answer).encode()
        self._faults.extend([lambda request: _response(request, status, body)] * times)

    def cancels(self, *codes: str, times: int = 1) -> None:
        """Cancel the next transactions, with a reason for each write."""
        reasons = [{"Code": code} for code in codes]
        code = "TransactionCanceledException"
        self.answers(BAD_REQUEST, code, times, CancellationReasons=reasons)

    def loses_the_answer(self, times: int = 1) -> None:
        """Pass the next requests on, and lose what DynamoDB says to them."""

        def lose(request: AWSPreparedRequest) -> AWSResponse:
            self._network.send(request)
            raise ReadTimeoutError(endpoint_url=SOMEWHERE)

        self._faults.extend([lose] * times)

    def on_request(self, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        """Take a request from botocore; None has it sent as usual."""
        assert isinstance(request.body, bytes)
        self.sent.append(json.loads(request.body))
        return self._faults.popleft()(request) if self._faults else None

    def close(self) -> None:
        """Let go of the network."""
        self._network.close()


class Raw:
    """The bytes of an answer, as they would come off the network."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


def _response(request: AWSPreparedRequest, status: int, body: bytes) -> AWSResponse:
    return AWSResponse(request.url, status, HTTPHeaders(), Raw(body))


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line("TransactWriteItems")
    yield line
    line.close()


@pytest.fixture
def pauses() -> list[float]:
    """Give what the store asked to wait for; it need not wait here."""
    return []


Open = Callable[..., DynamoLedgerStore]


@pytest.fixture
def opened(line: Line, pauses: list[float]) -> Iterator[Open]:
    """Give what opens stores whose requests go over `line`."""
    stores = []

    def open_at(endpoint: str, table: str, attempts: int = 1) -> DynamoLedgerStore:
        retries: Any = {"mode": "standard", "total_max_attempts": attempts}
        config = Config(retries=retries, read_timeout=1)
        client: DynamoDBClient = boto3.client("dynamodb", endpoint_url=endpoint, config=config)
        on_request: Any = line.on_request  # whose answer the stubs do not know of
        client.meta.events.register(line.event, on_request)
        stores.append(DynamoLedgerStore(client, table, pauses.append))
        return stores[-1]

    yield open_at
    for store in stores:
        store.close()


@pytest.fixture
def store(aws_emulator: str, table: str, opened: Open) -> DynamoLedgerStore:
    """Give a store whose client sends each request once."""
    return opened(aws_emulator, table)


@pytest.fixture
def patient_store(aws_emulator: str, table: str, opened: Open) -> DynamoLedgerStore:
    """Give a store whose client sends a request once more, as in earnest it does several times."""
    return opened(aws_emulator, table, attempts=2)


# ---------------------------------------------------------------- what is tried again


def test_a_rival_transaction_is_a_conflict_that_asks_to_read_again(
    store: DynamoLedgerStore, line: Line, member: MemberKey, an_append: MakeAppend
) -> None:
    line.cancels("TransactionConflict", "None")

    with pytest.raises(AppendConflict) as caught:
        store.append(an_append(1))

    assert caught.value.seq_taken
    assert caught.value.references == ()
    assert store.newest_entry(member) is None


def two_members(reference: StoredReference) -> Append:
    """Build an append of three entries, whose reference is the fourth of its writes."""
    ann, bob = (MemberKey("default", name) for name in ("ann", "bob"))
    record = MemberRecord("Basic", TODAY)
    return Append(
        (
            MemberAppend(ann, (StoredEntry(1, "a1"), StoredEntry(2, "a2")), record),
            MemberAppend(bob, (StoredEntry(1, "b1"),), record),
        ),
        (reference,),
    )


@pytest.mark.parametrize("code", ["TransactionConflict", "ConditionalCheckFailed"])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_whichever_of_several_entries_is_in_the_way_asks_to_read_again(
    store: DynamoLedgerStore, line: Line, order: ReferenceKey, number: int, code: str
) -> None:
    codes = ["None"] * 6
    codes[number] = code
    line.cancels(*codes)

    with pytest.raises(AppendConflict) as caught:
        store.append(two_members(StoredReference(order, 1, "x")))

    assert caught.value.seq_taken
    assert caught.value.references == ()


def test_a_reference_behind_several_entries_is_not_taken_for_one_of_them(
    store: DynamoLedgerStore, line: Line, an_append: MakeAppend, order: ReferenceKey
) -> None:
    standing = StoredReference(order, 1, "standing")
    store.append(an_append(1, "x", standing))
    line.cancels("None", "None", "None", "ConditionalCheckFailed", "None", "None")

    with pytest.raises(AppendConflict) as caught:
        store.append(two_members(StoredReference(order, 1, "late")))

    assert not caught.value.seq_taken
    assert caught.value.references == (standing,)


@pytest.mark.parametrize(
    "codes",
    [
        pytest.param(("TransactionConflict", "None", "None"), id="over the entry"),
        pytest.param(("None", "TransactionConflict", "None"), id="over the order"),
        pytest.param(("TransactionConflict", "ThrottlingError", "None"), id="under load"),
    ],
)
def test_a_purchase_is_recorded_after_a_rival_transaction(
    store: DynamoLedgerStore,
    line: Line,
    ledger: MakeLedger,
    a_purchase: Callable[..., Purchase],
    codes: tuple[str, ...],
) -> None:
    line.cancels(*codes)

    entry = record_purchase(ledger(store), a_purchase(1))

    assert isinstance(entry, Entry)
    assert len(line.sent) == 2
    assert isinstance(record_purchase(ledger(store), a_purchase(1)), AlreadyRecorded)
    assert len(store.entries_after(MemberKey("default", "M-1"), 0, 10)) == 1


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_an_append_that_was_throttled_among_the_reasons_is_sent_again_after_a_pause(
    store: DynamoLedgerStore,
    line: Line,
    pauses: list[float],
    an_append: MakeAppend,
    code: str,
) -> None:
    line.cancels(code, "None", times=2)

    store.append(an_append(1, "in the end"))

    assert store.newest_entry(MemberKey("default", "M-1")) == StoredEntry(1, "in the end")
    assert len(line.sent) == 3
    assert len(pauses) == 2
    assert 0 < pauses[0] < pauses[1] < 1


def test_an_append_that_is_throttled_for_ever_is_given_up(
    store: DynamoLedgerStore,
    line: Line,
    pauses: list[float],
    member: MemberKey,
    an_append: MakeAppend,
) -> None:
    line.cancels("None", "ThrottlingError", times=100)

    with pytest.raises(StoreUnavailable, match="throttled"):
        store.append(an_append(1))

    assert len(line.sent) < 10
    assert sum(pauses) < 2
    assert store.newest_entry(member) is None


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ProvisionedThroughputExceededException"),
        (400, "RequestLimitExceeded"),
        (400, "ThrottlingException"),
        (400, "TransactionInProgressException"),
        (400, "AccessDeniedException"),
        (400, "ExpiredTokenException"),
        (400, "UnrecognizedClientException"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
    ],
)
def test_what_dynamodb_cannot_do_for_now_is_the_store_not_answering(
    store: DynamoLedgerStore, line: Line, an_append: MakeAppend, status: int, code: str
) -> None:
    line.answers(status, code)

    with pytest.raises(StoreUnavailable, match=code):
        store.append(an_append(1))


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url=SOMEWHERE),
        ConnectionClosedError(endpoint_url=SOMEWHERE),
        ConnectTimeoutError(endpoint_url=SOMEWHERE),
        ReadTimeoutError(endpoint_url=SOMEWHERE),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_line_that_breaks_is_the_store_not_answering(
    store: DynamoLedgerStore, line: Line, an_append: MakeAppend, error: Exception
) -> None:
    line.breaks(error)

    with pytest.raises(StoreUnavailable, match=SOMEWHERE):
        store.append(an_append(1))


def test_botocore_sends_again_what_was_throttled_whole(
    patient_store: DynamoLedgerStore, line: Line, pauses: list[float], an_append: MakeAppend
) -> None:
    line.answers(BAD_REQUEST, "ThrottlingException")

    patient_store.append(an_append(1))

    assert len(line.sent) == 2
    assert pauses == []  # of the store's own


# ---------------------------------------------------------------- an outcome nobody heard


def test_an_append_whose_answer_was_lost_is_done_once_and_is_no_conflict(
    patient_store: DynamoLedgerStore, line: Line, an_append: MakeAppend, order: ReferenceKey
) -> None:
    line.loses_the_answer()

    patient_store.append(an_append(1, "once", StoredReference(order, 1, "once")))

    first, second = line.sent
    assert first["ClientRequestToken"] == second["ClientRequestToken"]
    assert patient_store.reference(order) == StoredReference(order, 1, "once")


def test_each_append_has_a_token_of_its_own(
    patient_store: DynamoLedgerStore, line: Line, an_append: MakeAppend
) -> None:
    patient_store.append(an_append(1))
    with pytest.raises(AppendConflict):
        patient_store.append(an_append(1))

    first, second = line.sent
    assert first["ClientRequestToken"] != second["ClientRequestToken"]


def test_a_purchase_whose_answers_were_all_lost_takes_effect_once(
    patient_store: DynamoLedgerStore,
    line: Line,
    ledger: MakeLedger,
    a_purchase: Callable[..., Purchase],
) -> None:
    line.loses_the_answer(times=2)
    with pytest.raises(StoreUnavailable):
        record_purchase(ledger(patient_store), a_purchase(1))

    again = record_purchase(ledger(patient_store), a_purchase(1))  # as the queue delivers it anew

    assert isinstance(again, AlreadyRecorded)
    assert len(patient_store.entries_after(MemberKey("default", "M-1"), 0, 10)) == 1


# ---------------------------------------------------------------- what a conflict says


def test_a_conflict_that_does_not_show_its_reference_has_it_read(
    store: DynamoLedgerStore, line: Line, an_append: MakeAppend, order: ReferenceKey
) -> None:
    standing = StoredReference(order, 1, "standing")
    store.append(an_append(1, "x", standing))
    line.cancels("None", "ConditionalCheckFailed")

    with pytest.raises(AppendConflict) as caught:
        store.append(an_append(2, "y", StoredReference(order, 1, "late")))

    assert not caught.value.seq_taken
    assert caught.value.references == (standing,)


def test_a_conflict_counts_more_than_being_throttled(
    store: DynamoLedgerStore, line: Line, pauses: list[float], an_append: MakeAppend
) -> None:
    line.cancels("ConditionalCheckFailed", "ThrottlingError")

    with pytest.raises(AppendConflict) as caught:
        store.append(an_append(1))

    assert caught.value.seq_taken
    assert pauses == []


# ---------------------------------------------------------------- what no later try can mend


@pytest.mark.parametrize("code", ["ValidationError", "ItemCollectionSizeLimitExceeded", "New"])
def test_a_reason_that_is_ours_to_mend_is_raised_as_it_is(
    store: DynamoLedgerStore, line: Line, an_append: MakeAppend, code: str
) -> None:
    line.cancels("ConditionalCheckFailed", code, "ThrottlingError")

    with pytest.raises(ClientError, match="TransactionCanceledException"):
        store.append(an_append(1))
    assert len(line.sent) == 1


def test_a_request_that_dynamodb_finds_wrong_is_raised_as_it_is(
    store: DynamoLedgerStore, an_append: MakeAppend
) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        store.append(an_append(1, "x" * 500_000))  # an item holds 400 KB


def test_a_request_that_botocore_finds_wrong_is_raised_as_it_is(store: DynamoLedgerStore) -> None:
    no_text: Any = None
    with pytest.raises(ParamValidationError):
        store.keep_program("default", "v1", no_text)


# ---------------------------------------------------------------- no answer at all

Use = Callable[[DynamoLedgerStore, MemberAppend, StoredReference], object]

ANY_USE: list[Use] = [
    lambda store, given, reference: store.append(Append((given,), (reference,))),
    lambda store, given, _: store.newest_entry(given.member),
    lambda store, given, _: store.entry(given.member, 1),
    lambda store, given, _: store.entries_before(given.member, 9, 9),
    lambda store, given, _: store.entries_after(given.member, 0, 9),
    lambda store, _, reference: store.reference(reference.key),
    lambda store, given, _: store.member_record(given.member),
    lambda store, *_: store.members_in_tier("default", "Basic", None, 9),
    lambda store, *_: store.due_days("default", TODAY),
    lambda store, *_: next(store.due_members("default", TODAY)),
    lambda store, given, _: store.mark_due(given.member, TODAY),
    lambda store, given, _: store.forget_due(given.member, TODAY),
    lambda store, given, _: store.remove(Removal(given.member, seqs=(1,))),
    lambda store, *_: store.keep_program("default", "v1", "x"),
    lambda store, *_: store.program("default", "v1"),
    lambda store, *_: store.check(),
]


@pytest.fixture
def store_of_nobody(opened: Open) -> DynamoLedgerStore:
    """Give a store at an address where nobody listens."""
    return opened("http://127.0.0.1:1", "Loyalty")


@pytest.fixture
def store_without_table(aws_emulator: str, opened: Open) -> DynamoLedgerStore:
    """Give a store on a table that nobody has made."""
    return opened(aws_emulator, "Forgotten")


@pytest.mark.parametrize("use", ANY_USE)
@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("store_of_nobody", "Could not connect"),
        ("store_without_table", "Forgotten: .* not found"),
    ],
)
def test_whatever_is_asked_no_answer_is_the_store_not_answering(
    request: pytest.FixtureRequest,
    order: ReferenceKey,
    use: Use,
    where: str,
    says: str,
) -> None:
    store: DynamoLedgerStore = request.getfixturevalue(where)
    member, record = MemberKey("default", "M-1"), MemberRecord("Basic", TODAY)
    given = MemberAppend(member, (StoredEntry(1, "x"),), record, (TODAY,))

    with pytest.raises(StoreUnavailable, match=says):
        use(store, given, StoredReference(order, 1, "x"))


def test_who_listens_and_never_answers_is_the_store_not_answering(
    opened: Open, member: MemberKey
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silence:
        store = opened(f"http://127.0.0.1:{silence.getsockname()[1]}", "Loyalty")

        with pytest.raises(StoreUnavailable, match="timeout"):
            store.newest_entry(member)
