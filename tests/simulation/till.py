"""Who asks for commands: under a key each, again and again, until there is an answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulation.commands import Command, Kind, ask
from tests.simulation.crew import Crashed
from tests.simulation.weather import HOUR, MINUTE, SECOND
from tests.simulation.world import Agenda, SimulationFailed, World

from loyalty_shared.domain.errors import (
    InsufficientPoints,
    LoyaltyError,
    NotFound,
    Rejected,
    TryAgain,
)
from loyalty_shared.service.commands import Done
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import MemberKey

Refusal = str
_PATIENCE = 5 * MINUTE


@dataclass
class Till:
    """Commands, the answers so far, and the requests that are to be made."""

    world: World
    done: dict[str, Done] = field(default_factory=dict)
    refused: dict[str, Refusal] = field(default_factory=dict)
    commands: dict[str, Command] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    in_flight: Counter[str] = field(default_factory=Counter)
    waiting: list[str] = field(default_factory=list)
    pending: set[str] = field(default_factory=set)  # will be asked for again
    watched: set[str] = field(default_factory=set)  # by who will not wait for ever
    agenda: Agenda = field(default_factory=Agenda)

    def take(self, command: Command) -> None:
        """Begin to ask for a command."""
        self.commands[command.key] = command
        self.waiting.append(command.key)

    def has_requests(self) -> bool:
        """Say whether there is something to ask for now."""
        self.agenda.run(self.world.now)
        return bool(self.waiting)

    def next_at(self) -> int | None:
        """Say when there will be something to ask for, None where there is nothing."""
        return self.world.now if self.waiting else self.agenda.next_at()

    def request(self) -> Callable[[Ledger], None]:
        """Give the next request."""
        key = self.waiting.pop(0)
        world = self.world
        if world.chance.at_times(f"impatience of {key}", world.weather.impatient, 1):
            self._ask_now(key)  # the same request twice, at the same time
        if key not in self.watched:
            self.watched.add(key)
            self.agenda.put(world.now + _PATIENCE, lambda: self._lose_patience(key))
        return lambda ledger: self._make(self.commands[key], ledger)

    def _make(self, command: Command, ledger: Ledger) -> None:
        key, world = command.key, self.world
        if command.of is not None and command.of not in self.done:
            self._wait_for(command)
            return
        world.tally["requests"] += 1
        self.in_flight[key] += 1
        first = self._seq(ledger, command)
        outcome: Done | LoyaltyError | None = None
        try:
            outcome = ask(ledger, command, self.done)
        except LoyaltyError as error:
            outcome = error
        except Crashed:
            self._ask_in(key, MINUTE)
            raise
        finally:
            self.in_flight[key] -= 1
        if isinstance(outcome, Done):
            self._note(key, outcome)
        elif isinstance(outcome, TryAgain):
            self._ask_in(key, MINUTE)
        elif isinstance(outcome, Rejected | NotFound):
            if isinstance(outcome, InsufficientPoints) and command.kind is not Kind.CAPTURE:
                self._check_refusal(command, ledger, first)
            self._refuse(key, outcome.code)
        else:
            raise SimulationFailed(f"{key} was answered with {outcome!r}")

    def _lose_patience(self, key: str) -> None:
        self.watched.discard(key)
        if self.in_flight[key]:
            self.world.tally["timeouts"] += 1
            self._ask_now(key)

    def _wait_for(self, command: Command) -> None:
        if command.of in self.refused or command.of in self.skipped:
            self.skipped.add(command.key)
        elif command.of in self.commands:
            self._ask_in(command.key, MINUTE)
        else:
            self.skipped.add(command.key)  # a part of the workload was left out

    def _note(self, key: str, done: Done) -> None:
        world, before = self.world, self.done.get(key)
        if before is not None and (before.entry, before.member_id) != (done.entry, done.member_id):
            raise SimulationFailed(f"{key} was answered with two different entries")
        if before is not None and not done.is_replayed:
            raise SimulationFailed(f"{key} was done twice, by its answers")
        self.done[key] = done
        self.refused.pop(key, None)  # which was said to a twin of this request
        if world.chance.at_times(f"lost answer to {key}", world.weather.answer_lost, 1):
            self._ask_in(key, MINUTE)
        elif world.chance.at_times(f"asking again for {key}", world.weather.asks_again, 1):
            self._ask_in(key, 8 * HOUR)

    def _refuse(self, key: str, code: str) -> None:
        if key in self.done:
            raise SimulationFailed(f"{key} was done, and is now refused with {code}")
        if self.world.is_travelling(key):
            self._ask_in(key, MINUTE)  # what comes of it is not known yet
        elif not self.in_flight[key]:  # else the last of the requests says
            self.refused[key] = code

    def _ask_in(self, key: str, most: int) -> None:
        if key in self.pending:
            return
        self.pending.add(key)
        delay = SECOND + self.world.chance.up_to(f"pause before asking for {key}", most)
        self.agenda.put(self.world.now + delay, lambda: self._ask_now(key))

    def _ask_now(self, key: str) -> None:
        self.pending.discard(key)
        if key not in self.waiting:
            self.waiting.append(key)

    def _seq(self, ledger: Ledger, command: Command) -> int:
        newest = self.world.store.newest_entry(ledger.member_key(command.member))
        return newest.seq if newest else 0

    def _check_refusal(self, command: Command, ledger: Ledger, first: int) -> None:
        """See that points were missing at some moment between the request and its answer."""
        if self.world.terms.has_days:
            return  # then it hangs on a clock as well
        member = ledger.member_key(command.member)
        least = min(
            _available(self.world, member, seq)
            for seq in range(first, self._seq(ledger, command) + 1)
        )
        if least >= command.points:
            raise SimulationFailed(f"{command.key} was refused, and {least} points were there")


def _available(world: World, member: MemberKey, seq: int) -> int:
    stored = world.store.entry(member, seq)
    return sum(lot[0] for lot in json.loads(stored.body)["account"]["lots"]) if stored else 0
