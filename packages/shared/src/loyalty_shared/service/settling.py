"""Settle: write what time alone has done. It may be stopped at any moment and run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from loyalty_shared.domain.entries import Draft
from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.domain.settling import decide_settling
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.standing import Standing

_MEMBERS_A_BATCH = 200  # bounds how long a batch keeps others from writing


@dataclass(slots=True)
class Settled:
    """What a run did: how many members it looked at, how many entries it wrote for them.

    `failed` are members who could not be settled; their due marks stay. A run that is not whole
    ended for want of time.
    """

    members: int = 0
    entries: int = 0
    failed: int = 0
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Watch:
    """Whoever runs it: is told of members as they are done, and of each that failed.

    `is_time_left` is asked before every handful of members.
    """

    advance: Callable[[int], None]
    fail: Callable[[str, Exception], None]
    is_time_left: Callable[[], bool]


def settle_member(ledger: Ledger, member_id: str, today: date) -> int:
    """Write the entries that time asks for up to a day, and say how many those are.

    Raises:
        TryAgain: when the ledger could not be written for now.
    """

    def decide(standing: Standing) -> Draft | None:
        return decide_settling(ledger.program, standing.account, today)

    return ledger.settle(member_id, decide)


@dataclass(frozen=True, slots=True)
class _Due:
    """Those who are due on one day, a handful at a time."""

    day: date
    members: Sequence[str]


def settle_due(ledger: Ledger, watch: Watch, *, workers: int) -> Settled:
    """Settle all members whose due marks say that time has changed them, as long as there is time.

    A mark goes once its day is well over and its member is settled, so what a run leaves behind is
    what the next one finds. `workers` is how many are worked on at a time where a store waits for a
    network; elsewhere they share commits.

    Raises:
        StoreUnavailable: when the store does not answer; run it again to go on.
    """
    settled = Settled()
    today = ledger.today()
    with ThreadPoolExecutor(workers) as pool:
        for due in _due(ledger, today):
            if not watch.is_time_left():
                settled.is_whole = False
                break
            for member_id, outcome in _settle(ledger, due, today, pool):
                settled.members += 1
                if isinstance(outcome, Exception):
                    settled.failed += 1
                    watch.fail(member_id, outcome)
                else:
                    settled.entries += outcome
            watch.advance(len(due.members))
    return settled


def _due(ledger: Ledger, today: date) -> Iterator[_Due]:
    for day in ledger.store.due_days(ledger.program.id, today):
        members = iter(ledger.store.due_members(ledger.program.id, day))
        while some := list(islice(members, _MEMBERS_A_BATCH)):
            yield _Due(day, some)


def _settle(
    ledger: Ledger, due: _Due, today: date, pool: ThreadPoolExecutor
) -> list[tuple[str, int | Exception]]:
    def settle_one(member_id: str) -> tuple[str, int | Exception]:
        try:
            written = settle_member(ledger, member_id, today)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one member must not stop the others
            return member_id, error
        # A mark of today may be put once more, and one of yesterday by a write that is under way.
        if due.day < today - timedelta(days=1):
            ledger.mark_again(member_id)
            ledger.store.forget_due(ledger.member_key(member_id), due.day)
        return member_id, written

    if ledger.store.waits_for_network:
        return list(pool.map(settle_one, due.members))
    with ledger.batch():
        return [settle_one(member_id) for member_id in due.members]
