"""Settle: write what time alone has done. It may be stopped at any moment and run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from loyalty_shared.domain.entries import Draft, Entry
from loyalty_shared.domain.errors import TryAgain
from loyalty_shared.domain.settling import decide_settling
from loyalty_shared.service.ledger import Ledger, Standing

_MEMBERS_A_BATCH = 200  # bounds how long a batch keeps others from writing


@dataclass(slots=True)
class Settled:
    """What a run did: how many members it looked at, how many entries it wrote for them.

    `failed` are members whose ledger could not be settled, and why; their due marks stay. A run
    that is not whole ended for want of time.
    """

    members: int = 0
    entries: int = 0
    failed: list[tuple[str, Exception]] = field(default_factory=list)
    is_whole: bool = True

    def add(self, member_id: str, outcome: int | Exception) -> None:
        """Count a member and the entries written for it, or keep why there are none."""
        self.members += 1
        if isinstance(outcome, Exception):
            self.failed.append((member_id, outcome))
        else:
            self.entries += outcome


def settle_member(ledger: Ledger, member_id: str, today: date) -> int:
    """Write the entries that time asks for up to a day, and say how many those are.

    Raises:
        TryAgain: when the ledger could not be written for now.
    """

    def decide(standing: Standing) -> Draft | None:
        return decide_settling(ledger.program, standing.account, today)

    written = 0
    while isinstance(ledger.record(member_id, decide), Entry):
        written += 1
    return written


@dataclass(frozen=True, slots=True)
class _Due:
    """Those who are due on one day, a handful at a time."""

    day: date
    members: Sequence[str]


def settle_due(
    ledger: Ledger,
    advance: Callable[[int], None],
    is_time_left: Callable[[], bool],
    *,
    workers: int,
) -> Settled:
    """Settle all members whose due marks say that time has changed them, as long as there is time.

    A mark goes once its day is over and its member is settled, so what a run leaves behind is what
    the next one finds. `advance` is told of members as they are done. `workers` is how many are
    worked on at a time where a store waits for a network; elsewhere they share commits.

    Raises:
        TryAgain: when the store does not answer; run it again to go on.
    """
    settled = Settled()
    today = ledger.today()
    with ThreadPoolExecutor(workers) as pool:
        for due in _due(ledger, today):
            if not is_time_left():
                settled.is_whole = False
                break
            for member_id, outcome in _settle(ledger, due, today, pool):
                settled.add(member_id, outcome)
            advance(len(due.members))
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
        except TryAgain:
            raise
        except Exception as error:  # noqa: BLE001 - one damaged ledger must not stop the others
            return member_id, error
        # A mark of today may still be put again, by a purchase that comes late: it stays.
        if due.day < today:
            ledger.store.forget_due(ledger.member_key(member_id), due.day)
        return member_id, written

    if ledger.store.waits_for_network:
        return list(pool.map(settle_one, due.members))
    with ledger.batch():
        return [settle_one(member_id) for member_id in due.members]
