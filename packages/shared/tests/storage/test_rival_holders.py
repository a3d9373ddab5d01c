"""Many who hold one member's points at once, on every store: each hold ends once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from packages.shared.tests.storage.rivals import (
    MINUTE,
    NOW,
    THREADS,
    MakeLedger,
    MakePurchase,
    as_one_of,
    assert_sound,
    at_once,
    done_in,
    entries_in,
    held,
    refused_in,
)

from loyalty_shared import system
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.domain.entries import EntryType
from loyalty_shared.domain.errors import (
    HoldNotOpen,
    InsufficientPoints,
)
from loyalty_shared.domain.holds import Capture, Holding
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service import queries, statements
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.commands import Done
from loyalty_shared.service.holds import capture_hold, hold_points, release_hold
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.service.redemptions import redeem


@pytest.mark.parametrize("holders", [THREADS, THREADS // 2])
def test_who_holds_and_who_redeems_never_get_more_than_there_was(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase, holders: int
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))  # 29 points

    def work(thread: int) -> Done:
        if thread < holders:
            return hold_points(program, as_one_of(thread), Holding(5, MINUTE))
        return redeem(program, as_one_of(thread), Redemption(5))

    outcomes = at_once(work)

    assert len(done_in(outcomes)) == 5
    assert refused_in(outcomes) == {InsufficientPoints: THREADS - 5}
    account = statements.account(program, "M-1").account
    assert (queries.balance(program, "M-1"), account.held + account.lifetime.redeemed) == (4, 25)
    assert_sound(program)


def test_sixteen_who_capture_one_hold_do_so_once(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))
    hold_id = held(program, 20)

    outcomes = at_once(lambda thread: capture_hold(program, as_one_of(thread), Capture(hold_id)))

    assert [each.entry.points for each in done_in(outcomes)] == [-20]
    assert refused_in(outcomes) == {HoldNotOpen: THREADS - 1}
    assert queries.balance(program, "M-1") == 9
    assert_sound(program)


def test_sixteen_twins_of_one_capture_spend_once_and_get_one_answer(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))
    hold_id = held(program, 29)

    outcomes = at_once(lambda _: capture_hold(program, as_one_of(0), Capture(hold_id, 12)))

    done = done_in(outcomes)
    assert (len(done), len({each.entry.seq for each in done})) == (THREADS, 1)
    assert [each.is_replayed for each in done].count(False) == 1
    assert queries.balance(program, "M-1") == 17


def test_a_hold_is_captured_or_released_and_never_both(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))
    hold_id = held(program, 20)

    def work(thread: int) -> Done:
        if thread % 2:
            return release_hold(program, as_one_of(thread), hold_id)
        return capture_hold(program, as_one_of(thread), Capture(hold_id))

    outcomes = at_once(work)

    [winner] = done_in(outcomes)
    assert refused_in(outcomes) == {HoldNotOpen: THREADS - 1}
    left = 9 if winner.entry.type is EntryType.REDEEM else 29
    assert queries.balance(program, "M-1") == left
    assert_sound(program)


def test_what_a_capture_leaves_of_a_hold_is_spent_once(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))
    hold_id = held(program, 29)

    def work(thread: int) -> Done:
        if thread % 2:
            return redeem(program, as_one_of(thread), Redemption(7))
        return capture_hold(program, as_one_of(thread), Capture(hold_id, 10))

    outcomes = at_once(work)

    spent = [-each.entry.points for each in done_in(outcomes)]
    assert spent.count(10) == 1
    assert sum(spent) <= 29
    assert queries.balance(program, "M-1") == 29 - sum(spent)
    assert_sound(program)


@pytest.mark.parametrize("first", [0, 1])
def test_between_capture_and_lapse_there_is_one_winner(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase, first: int
) -> None:
    # Two machines: by the clock of one it has just lapsed, by that of the other it has not.
    program = ledger(store)
    record_purchase(program, a_purchase(1))
    hold_id = held(program, 29)
    edge = NOW + MINUTE
    not_yet = Ledger(
        store, default_program(), lambda: edge - timedelta(microseconds=1), system.pause
    )
    lapsed = Ledger(store, default_program(), lambda: edge, system.pause)

    def work(thread: int) -> Done:
        if thread % 2 == first:
            return capture_hold(not_yet, as_one_of(thread), Capture(hold_id))
        return redeem(lapsed, as_one_of(thread), Redemption(10))

    outcomes = at_once(work)

    ends = [entry for entry in entries_in(program) if entry.follows == hold_id]
    assert len(ends) == 1
    spent = [-each.entry.points for each in done_in(outcomes)]
    if ends[0].type is EntryType.REDEEM:
        assert spent == [29]
        assert refused_in(outcomes) == {HoldNotOpen: 7, InsufficientPoints: 8}
    else:
        assert spent == [10, 10]
        assert refused_in(outcomes) == {HoldNotOpen: 8, InsufficientPoints: 6}
    assert_sound(program)


def test_no_one_captures_at_the_moment_at_which_it_lapses(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))
    hold_id = held(program, 29)
    at_the_edge = Ledger(store, default_program(), lambda: NOW + MINUTE, system.pause)

    outcomes = at_once(
        lambda thread: capture_hold(at_the_edge, as_one_of(thread), Capture(hold_id))
    )

    assert refused_in(outcomes) == {HoldNotOpen: THREADS}
    assert queries.balance(at_the_edge, "M-1") == 29
