"""Ways to break the ledger, each of which a simulation has to notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.simulation.front import NetworkFront

from loyalty_event_processor.aws import SqsBatchHandler
from loyalty_event_processor.dead_letters import DeadLetterQueue
from loyalty_server.worker import QueueWorker
from loyalty_shared.domain import recounting
from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, Entry, EntryType
from loyalty_shared.domain.held import Hold
from loyalty_shared.domain.holds import lapses
from loyalty_shared.domain.lots import Lots
from loyalty_shared.domain.occasions import Occasion, OrderTerms
from loyalty_shared.domain.orders import Order
from loyalty_shared.domain.program import Program
from loyalty_shared.service.plan import Plan
from loyalty_shared.service.ports import Append, AppendConflict, StoredReference
from loyalty_shared.service.standing import Claims
from loyalty_shared.storage.memory import MemoryLedgerStore

Mutation = Callable[[pytest.MonkeyPatch], None]
_append = MemoryLedgerStore.append
_references = Claims.references
_let_go = Account.let_go
_commit = Plan.commit


def skip_the_reference_check(patch: pytest.MonkeyPatch) -> None:
    """An append does not look whether its references are as they were read."""

    def append(store: MemoryLedgerStore, wanted: Append) -> None:
        there = [store.reference(each.key) for each in wanted.references]
        versions = [each.version + 1 if each else 1 for each in there]
        given = zip(wanted.references, versions, strict=True)
        references = tuple(replace(each, version=version) for each, version in given)
        _append(store, replace(wanted, references=references))

    patch.setattr(MemoryLedgerStore, "append", append)


def swallow_a_conflict(patch: pytest.MonkeyPatch) -> None:
    """An append whose place is taken counts as done."""

    def append(store: MemoryLedgerStore, wanted: Append) -> None:
        try:
            _append(store, wanted)
        except AppendConflict as conflict:
            if not conflict.seq_taken:
                raise

    patch.setattr(MemoryLedgerStore, "append", append)


def write_without_reading_again(patch: pytest.MonkeyPatch) -> None:
    """What was decided on an old account is put into the next place that is free."""

    def append(store: MemoryLedgerStore, wanted: Append) -> None:
        try:
            _append(store, wanted)
        except AppendConflict as conflict:
            if not conflict.seq_taken or conflict.references:
                raise
            moved = []
            for each in wanted.members:
                newest = store.newest_entry(each.member)
                first = newest.seq + 1 if newest else 1
                entries = (replace(entry, seq=seq) for seq, entry in enumerate(each.entries, first))
                moved.append(replace(each, entries=tuple(entries)))
            _append(store, replace(wanted, members=tuple(moved)))

    patch.setattr(MemoryLedgerStore, "append", append)


def write_references_afterwards(patch: pytest.MonkeyPatch) -> None:
    """Entries and references are two writes, between which a process may crash."""

    def write(front: NetworkFront, append: Append) -> None:
        store = front.world.store
        there = [(each, store.reference(each.key)) for each in append.references]
        changed = [old for new, old in there if (old.version if old else 0) != new.version - 1]
        if changed:
            raise AppendConflict(seq_taken=False, references=tuple(filter(None, changed)))
        _append(store, replace(append, references=()))
        front.between("moment between two writes")
        _append(store, replace(append, members=()))

    patch.setattr(NetworkFront, "_write", write)


def acknowledge_what_failed(patch: pytest.MonkeyPatch) -> None:
    """A message is deleted whatever came of it."""
    patch.setattr(SqsBatchHandler, "_is_done", lambda *_: True)
    patch.setattr(QueueWorker, "_conclude", _conclude_all)


def acknowledge_before_commit(patch: pytest.MonkeyPatch) -> None:
    """On one machine a message is deleted first, and then worked on."""

    def work_once(worker: Any) -> int:  # noqa: ANN401 - what it uses is not for everybody
        waiting: list[Any] = worker._queue.ready(500)  # noqa: SLF001 - it is broken on purpose
        _conclude_all(worker, waiting, ())
        worker._processor.process([each.message for each in waiting])  # noqa: SLF001 - as above
        return len(waiting)

    patch.setattr(QueueWorker, "work_once", work_once)


def record_no_dead_letter(patch: pytest.MonkeyPatch) -> None:
    """What is rejected is deleted, and nobody is told."""
    patch.setattr(DeadLetterQueue, "send", lambda *_: None)
    patch.setattr(QueueWorker, "_conclude", _conclude_all)


def lose_the_claim_of_a_key(patch: pytest.MonkeyPatch) -> None:
    """A command's entry is written without the reference of its key."""

    def references(claims: Claims, member_id: str, entry: Entry) -> Iterator[StoredReference]:
        return (each for each in _references(claims, member_id, entry) if each.key.kind != "key")

    patch.setattr(Claims, "references", references)


def refuse_without_looking_for_a_twin(patch: pytest.MonkeyPatch) -> None:
    """A command that is refused does not look whether a twin of it was done meanwhile."""
    patch.setattr("loyalty_shared.service.commands.Rejected", _Never)


def leave_the_points_of_a_refund(patch: pytest.MonkeyPatch) -> None:
    """A refund takes no points out of the account."""
    patch.setattr(recounting, "taken_back", lambda lots, *_: (lots, 0))


def credit_on_refund(patch: pytest.MonkeyPatch) -> None:
    """A refund is remembered, and its order keeps what it earned."""
    decide = recounting.decide_recount

    def lenient(
        terms: OrderTerms, recount: recounting.Recount, account: Account, type_: EntryType
    ) -> Draft:
        draft = decide(terms, replace(recount, after=recount.before), account, type_)
        [order] = draft.orders
        return replace(draft, orders=(replace(order, refunds=recount.after.refunds),))

    patch.setattr("loyalty_shared.domain.refunds.decide_recount", lenient)


def apply_a_redelivered_refund_again(patch: pytest.MonkeyPatch) -> None:
    """An order does not recognise a refund that it has."""
    patch.setattr(Order, "refund", lambda _order, _refund_id: None)


def capture_and_keep_the_hold(patch: pytest.MonkeyPatch) -> None:
    """A hold stays when it is captured or released."""

    def keep(account: Account, hold: Hold, unspent: Lots) -> Account:
        return replace(_let_go(account, hold, unspent), holds=account.holds)

    patch.setattr(Account, "let_go", keep)


def take_a_conflict_of_a_plan_for_done(patch: pytest.MonkeyPatch) -> None:
    """What was planned counts as written, whatever a rival did meanwhile."""

    def commit(plan: Plan) -> list[bool]:
        return [True for _ in _commit(plan)]

    patch.setattr(Plan, "commit", commit)


def never_write_a_plan(patch: pytest.MonkeyPatch) -> None:
    """What was planned counts as written, and nobody wrote it."""
    patch.setattr(Plan, "commit", lambda plan: [True] * len(plan))


def capture_a_lapsed_hold(patch: pytest.MonkeyPatch) -> None:
    """Holds lapse an hour late."""

    def later(program: Program, account: Account, occasion: Occasion) -> Iterator[Draft]:
        return lapses(program, account, replace(occasion, now=occasion.now - timedelta(hours=1)))

    patch.setattr("loyalty_shared.service.standing.lapses", later)


class _Never(Exception):
    """What nobody raises."""


def _conclude_all(worker: Any, waiting: Sequence[Any], _outcomes: Sequence[Any]) -> None:  # noqa: ANN401 - as above
    worker._queue.conclude(waiting, [], [])  # noqa: SLF001 - it is broken on purpose


MUTATIONS: tuple[Mutation, ...] = (
    skip_the_reference_check,
    swallow_a_conflict,
    write_without_reading_again,
    write_references_afterwards,
    acknowledge_what_failed,
    acknowledge_before_commit,
    record_no_dead_letter,
    lose_the_claim_of_a_key,
    refuse_without_looking_for_a_twin,
    leave_the_points_of_a_refund,
    credit_on_refund,
    apply_a_redelivered_refund_again,
    capture_and_keep_the_hold,
    capture_a_lapsed_hold,
    take_a_conflict_of_a_plan_for_done,
    never_write_a_plan,
)
