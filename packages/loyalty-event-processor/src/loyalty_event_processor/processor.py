"""The event processor: one message, one outcome, whichever queue it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from loyalty_event_processor.outcomes import Message, Outcome, Result
from loyalty_shared.contracts import strict_json
from loyalty_shared.contracts.events import decode_event
from loyalty_shared.domain.errors import Rejected, StoreUnavailable
from loyalty_shared.domain.orders import AlreadyRecorded, Happening
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.order_events import record_happening
from loyalty_shared.service.plan import Plan

FEWEST_TO_PLAN = 100  # for fewer, another commit costs more than deciding before it saves

Observe = Callable[[Message, Outcome], None]
"""Is told every outcome once it is durable: for logs and metrics."""


@dataclass(frozen=True, slots=True)
class _Task:
    position: int
    message: Message
    happening: Happening


class EventProcessor:
    """Turns messages into entries of a ledger.

    `workers` is how many members are worked on at a time, where that gains anything: with a store
    that waits for a network. With another one the messages of a batch share commits instead: the
    first of each member is decided before the store is locked, then the second, until those of
    fewer than `fewest_to_plan` members are left.
    """

    def __init__(
        self,
        ledger: Ledger,
        observe: Observe,
        *,
        workers: int,
        fewest_to_plan: int = FEWEST_TO_PLAN,
    ) -> None:
        self._ledger = ledger
        self._observe = observe
        waits = ledger.store.waits_for_network
        self._pool = ThreadPoolExecutor(workers) if waits else None
        self._fewest_to_plan = fewest_to_plan

    def process(self, messages: Sequence[Message]) -> list[Outcome]:
        """Process messages, those of one member in their order, and say what became of each.

        When this returns, every effect that it reports is durable. It raises nothing: what went
        wrong is the outcome of the message that it went wrong for.
        """
        outcomes: dict[int, Outcome] = {}
        tasks_by_member: dict[str, list[_Task]] = {}
        for position, message in enumerate(messages):
            try:
                happening = self._read(message)
            except Exception as error:  # noqa: BLE001 - one bad message must not stop the others
                outcomes[position] = _failure(error)
            else:
                task = _Task(position, message, happening)
                tasks_by_member.setdefault(happening.member_id, []).append(task)
        outcomes |= self._record(list(tasks_by_member.values()))
        ordered = [outcomes[position] for position in range(len(messages))]
        for message, outcome in zip(messages, ordered, strict=True):
            self._observe(message, outcome)
        return ordered

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None:
            self._pool.shutdown()

    def _read(self, message: Message) -> Happening:
        event = decode_event(strict_json.decode(message.body))
        return event.happening(self._ledger.program.currency, message.received_at)

    def _record(self, members: list[list[_Task]]) -> dict[int, Outcome]:
        if self._pool is not None:
            return _merged(self._pool.map(self._record_member, members))
        outcomes: dict[int, Outcome] = {}
        contended: list[list[_Task]] = []
        try:
            while len(members) >= self._fewest_to_plan:
                members = self._record_firsts(members, outcomes, contended)
            with self._ledger.batch():
                outcomes |= _merged(map(self._record_member, contended + members))
        except Exception:  # noqa: BLE001 - whatever it is, it is one message's, and shows below
            # The batch as a whole did not become durable, so nothing in it happened. One by one,
            # what was wrong with one of them is wrong with that one only.
            outcomes |= self._record_one_by_one(contended + members)
        return outcomes

    def _record_one_by_one(self, members: list[list[_Task]]) -> dict[int, Outcome]:
        try:
            # While somebody else keeps the store locked, each of them would wait for it as long as
            # this does: minutes, or hours, in which nobody could stop the process.
            with self._ledger.batch():
                pass
        except StoreUnavailable as error:
            tasks = (task for tasks in members for task in tasks)
            return {task.position: _failure(error, task.happening) for task in tasks}
        return _merged(map(self._record_member, members))

    def _record_firsts(
        self,
        members: list[list[_Task]],
        outcomes: dict[int, Outcome],
        contended: list[list[_Task]],
    ) -> list[list[_Task]]:
        """Record the first task of each member in one commit; give what is left to record.

        All tasks of a member with whom others were faster go to `contended`.
        """
        plan = Plan(self._ledger)
        planned, left = [], []
        for tasks in members:
            before = len(plan)
            outcome = self._record_one(tasks[0], plan.ledger)
            if len(plan) > before:
                planned.append((tasks, outcome))
            else:
                outcomes[tasks[0].position] = outcome
                left.append(tasks[1:])
        for (tasks, outcome), is_written in zip(planned, plan.commit(), strict=True):
            if is_written:
                outcomes[tasks[0].position] = outcome
                left.append(tasks[1:])
            else:
                contended.append(tasks)
        return [tasks for tasks in left if tasks]

    def _record_member(self, tasks: list[_Task]) -> dict[int, Outcome]:
        return {task.position: self._record_one(task, self._ledger) for task in tasks}

    def _record_one(self, task: _Task, ledger: Ledger) -> Outcome:
        happening = task.happening
        try:
            recorded = record_happening(ledger, happening)
        except Exception as error:  # noqa: BLE001 - one bad message must not stop the others
            return _failure(error, happening)
        if isinstance(recorded, AlreadyRecorded):
            return Outcome(Result.DUPLICATE, happening.member_id, happening.order_id)
        lag = recorded.recorded_at - task.message.received_at
        return Outcome(
            Result.PROCESSED,
            happening.member_id,
            happening.order_id,
            points=recorded.points,
            lag_seconds=max(lag.total_seconds(), 0.0),
        )


def _merged(parts: Iterable[dict[int, Outcome]]) -> dict[int, Outcome]:
    return {position: outcome for part in parts for position, outcome in part.items()}


def _failure(error: Exception, happening: Happening | None = None) -> Outcome:
    result = Result.REJECTED if isinstance(error, Rejected) else Result.RETRY
    if happening is None:
        return Outcome(result, error=error)
    return Outcome(result, happening.member_id, happening.order_id, error=error)
