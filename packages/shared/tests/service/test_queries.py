from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.account import Points
from loyalty_shared.domain.errors import (
    LedgerDamaged,
    MemberNotFound,
    OrderNotFound,
    TransactionNotFound,
)
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.service import queries, statements
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import MemberKey, StoredEntry
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.service.transaction_ids import transaction_id
from loyalty_shared.storage.memory import MemoryLedgerStore

Bought = Callable[..., Purchase]
Rules = Callable[..., ProgramFile]

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


class SetClock:
    """A clock that shows what it is set to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def ledger(clock: SetClock, rules: Rules) -> Ledger:
    file = rules("earning: {points_per_unit: 1, pending_days: 2}", "expiry: {after_days: 5}")
    return Ledger(MemoryLedgerStore(), file, clock, lambda _: None)


@pytest.fixture
def history_of_five(ledger: Ledger, clock: SetClock, bought: Bought) -> Ledger:
    for number in range(1, 6):
        clock.now = NOON + timedelta(minutes=number)
        record_purchase(ledger, bought("10", order=f"A-{number}"))
    return ledger


# ------------------------------------------------------------------ balance and account


def test_a_member_who_is_not_known_has_no_points(ledger: Ledger) -> None:
    assert queries.balance(ledger, "nobody") == 0


@pytest.mark.parametrize(
    ("at", "points"),
    [
        ("2026-05-04T12:00:00Z", 0),
        ("2026-05-05T21:59:59Z", 0),
        ("2026-05-05T22:00:00Z", 10),  # midnight in Amsterdam: the 6th, two days on
        ("2026-05-09T21:59:59Z", 10),  # the last second of the 9th, five days on
        ("2026-05-09T22:00:00Z", 0),
    ],
)
def test_a_balance_is_right_at_any_moment_without_a_sweep(
    ledger: Ledger, clock: SetClock, bought: Bought, at: str, points: int
) -> None:
    record_purchase(ledger, bought("10.99"))

    clock.now = datetime.fromisoformat(at)

    assert queries.balance(ledger, "m-1") == points


def test_a_balance_is_one_read_that_may_be_a_moment_old(rules: Rules) -> None:
    reads: list[bool] = []

    class Observed(MemoryLedgerStore):
        def newest_entry(self, member: MemberKey, *, consistent: bool = True) -> StoredEntry | None:
            reads.append(consistent)
            return super().newest_entry(member, consistent=consistent)

    queries.balance(Ledger(Observed(), rules(), lambda: NOON, lambda _: None), "m-1")

    assert reads == [False]


def test_an_account_is_that_after_the_newest_entry(
    history_of_five: Ledger, clock: SetClock
) -> None:
    clock.now = NOON + timedelta(days=2)

    statement = statements.account(history_of_five, "m-1")

    assert (statement.member_id, statement.seq, statement.as_of) == ("m-1", 5, clock.now)
    today = history_of_five.program.date_of(clock.now)
    assert statement.account.points_on(today) == Points(available=50, pending=0, expired=0)


def test_there_is_no_account_of_a_member_who_is_not_known(history_of_five: Ledger) -> None:
    with pytest.raises(MemberNotFound):
        statements.account(history_of_five, "nobody")


# ------------------------------------------------------------------ history


@pytest.mark.parametrize(
    ("before", "limit", "seqs", "next_before"),
    [
        (None, 10, [5, 4, 3, 2, 1], None),
        (None, 5, [5, 4, 3, 2, 1], None),
        (None, 2, [5, 4], 4),
        (4, 2, [3, 2], 2),
        (2, 2, [1], None),
        (99, 2, [5, 4], 4),
        (1, 2, [], None),
        (0, 2, [], None),
    ],
)
def test_a_page_is_of_what_is_numbered_below_newest_first(
    history_of_five: Ledger,
    before: int | None,
    limit: int,
    seqs: list[int],
    next_before: int | None,
) -> None:
    page = queries.history(history_of_five, "m-1", before=before, limit=limit)

    assert [each.entry.seq for each in page.transactions] == seqs
    assert page.next_before == next_before


def test_pages_follow_each_other_to_the_first_entry(history_of_five: Ledger) -> None:
    seen: list[str | None] = []
    before: int | None = None
    while True:
        page = queries.history(history_of_five, "m-1", before=before, limit=2)
        seen += [each.entry.order_id for each in page.transactions]
        before = page.next_before
        if before is None:
            break

    assert seen == ["A-5", "A-4", "A-3", "A-2", "A-1"]


def test_there_is_no_history_of_a_member_who_is_not_known(history_of_five: Ledger) -> None:
    with pytest.raises(MemberNotFound):
        queries.history(history_of_five, "nobody", before=None, limit=10)


def test_a_transaction_shows_what_was_available_after_it(
    ledger: Ledger, clock: SetClock, bought: Bought
) -> None:
    for day, order in enumerate(["A-1", "A-2", "A-3"]):
        clock.now = NOON + timedelta(days=2 * day)
        record_purchase(ledger, bought("10", at=clock.now.isoformat(), order=order))
    clock.now = NOON + timedelta(days=90)

    page = queries.history(ledger, "m-1", before=None, limit=10)

    # Two days pending: each sees those before it, and not itself.
    assert [each.available for each in page.transactions] == [20, 10, 0]


# ------------------------------------------------------------------ one transaction


def test_a_transaction_is_found_by_the_id_that_the_history_shows(history_of_five: Ledger) -> None:
    for shown in queries.history(history_of_five, "m-1", before=None, limit=10).transactions:
        assert queries.transaction(history_of_five, "m-1", shown.transaction_id) == shown
        assert queries.transaction(history_of_five, "m-1", shown.transaction_id.upper()) == shown


def test_an_id_that_is_nearly_one_finds_nothing(history_of_five: Ledger, bought: Bought) -> None:
    record_purchase(history_of_five, bought("1", member="m-2", order="B-1"))
    at = NOON + timedelta(minutes=1)
    right = transaction_id(MemberKey("default", "m-1"), 1, at)
    assert queries.transaction(history_of_five, "m-1", right).entry.order_id == "A-1"

    for wrong in (
        transaction_id(MemberKey("default", "m-2"), 1, at),
        transaction_id(MemberKey("default", "m-1"), 2, at),
        transaction_id(MemberKey("default", "m-1"), 6, at),
        transaction_id(MemberKey("default", "m-1"), 0, at),
        transaction_id(MemberKey("default", "m-1"), 1, at + timedelta(milliseconds=1)),
        right.replace("-", ""),
        f"{{{right}}}",
        f"urn:uuid:{right}",
        "1",
        "",
    ):
        with pytest.raises(TransactionNotFound):
            queries.transaction(history_of_five, "m-1", wrong)
    with pytest.raises(TransactionNotFound):
        queries.transaction(history_of_five, "m-2", right)


# ------------------------------------------------------------------ orders


def test_an_order_is_found_with_the_transaction_that_it_earned_with(
    history_of_five: Ledger,
) -> None:
    found = queries.order(history_of_five, "A-3")

    assert found.order.bought is not None
    assert found.transaction_id is not None
    assert (found.order.member_id, found.order.points, found.order.bought.seq) == ("m-1", 10, 3)
    shown = queries.transaction(history_of_five, "m-1", found.transaction_id)
    assert shown.entry.order_id == "A-3"


def test_an_order_that_never_came_is_not_found(history_of_five: Ledger) -> None:
    with pytest.raises(OrderNotFound):
        queries.order(history_of_five, "A-6")


def test_an_order_whose_entry_is_gone_is_no_guess(rules: Rules, bought: Bought) -> None:
    class LostEntries(MemoryLedgerStore):
        def entry(self, member: MemberKey, seq: int) -> StoredEntry | None:
            del member, seq
            return None

    ledger = Ledger(LostEntries(), rules(), lambda: NOON, lambda _: None)
    record_purchase(ledger, bought("10"))

    with pytest.raises(LedgerDamaged, match="order A-1 names entry 1"):
        queries.order(ledger, "A-1")
