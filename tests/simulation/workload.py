"""What the shop publishes and what members ask for in a run, all of it from the seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.simulation.commands import Command, Kind
from tests.simulation.shop_events import GARBAGE, Bought, Event, Garbage, GaveBack, Lines
from tests.simulation.weather import DAY, HOUR, MINUTE

MEMBERS = tuple(f"m-{number}" for number in range(6))


@dataclass(frozen=True)
class Item:
    """An event that is published, or a command that is asked for, at a moment."""

    at: int
    what: Event | Command
    publication: int = 0

    @property
    def name(self) -> str:
        """Name what is published, for its message and for the decisions about it."""
        assert not isinstance(self.what, Command)
        return f"{self.what.name}, publication {self.publication}"


class Workload:
    """Makes up what happens; `items` are in the order in which it does."""

    def __init__(self, seed: int, size: int) -> None:
        self._random = Random(f"workload {seed}")  # noqa: S311 - it shall be foreseen
        self._at = 3 * DAY
        self._pause = self._random.choice((0, MINUTE, HOUR, 4 * HOUR))
        self._heat = self._random.choice((0.3, 0.6, 0.95))
        self._number = 0
        self._orders: list[Bought] = []
        self._paid: dict[str, int] = {}
        self._spent: list[Command] = []
        self._holds: list[Command] = []
        self.items: list[Item] = []
        while len(self.items) < size:
            self._happen()
        self.items.sort(key=lambda each: each.at)

    def _happen(self) -> None:
        random = self._random
        if random.random() < 0.4:  # else at the same time as what was before
            self._at += int(random.random() * self._pause) + 10
        self._number += 1
        what = random.random()
        if what < 0.03:
            self._publish(Garbage(*random.choice(GARBAGE)))
        elif what < 0.6 or not self._orders:
            self._order()
        else:
            self._command()

    def _member(self) -> str:
        return MEMBERS[0] if self._random.random() < self._heat else self._random.choice(MEMBERS)

    def _order(self) -> None:
        random = self._random
        lines: Lines = ()
        cents = random.randrange(1, 20_000)
        if random.random() < 0.3:
            amounts = [random.randrange(1, 5_000) for _ in range(random.randrange(1, 4))]
            lines = tuple((f"line-{number}", each) for number, each in enumerate(amounts))
            cents = sum(amounts) + random.choice((0, 495))
        occurred = self._at - int(random.random() * 2 * DAY)
        bought = Bought(self._member(), f"o-{self._number}", cents, lines, occurred)
        self._orders.append(bought)
        if random.random() < 0.97:  # of some only the refunds ever come
            self._publish(bought)
        for number in range(random.choice((0, 0, 0, 1, 1, 2, 3))):
            self._refund(bought, number)
        if random.random() < 0.06:
            self._publish(self._contradiction(bought))

    def _refund(self, bought: Bought, number: int) -> None:
        random = self._random
        lines: Lines = ()
        cents = random.randrange(1, max(bought.cents * 2 // 3, 2))
        if bought.lines and random.random() < 0.5:
            name, most = random.choice(bought.lines)
            cents = random.randrange(1, most + 1)
            lines = ((name, cents),)
        elif random.random() < 0.15:
            cents = bought.cents + random.choice((0, 0, 1))
        name = f"r-{number}"
        self._publish(GaveBack(bought.member, bought.order, name, cents, lines, bought.occurred))

    def _contradiction(self, bought: Bought) -> Event:
        random, order, occurred = self._random, bought.order, bought.occurred
        other = random.choice([each for each in MEMBERS if each != bought.member])
        return random.choice(
            (
                Bought(bought.member, order, bought.cents + 1, bought.lines, occurred),
                Bought(other, order, bought.cents, bought.lines, occurred),
                GaveBack(other, order, "r-of-another", 1, (), occurred),
                GaveBack(bought.member, order, "r-0", bought.cents // 2 + 1, (), occurred),
            )
        )

    def _publish(self, event: Event) -> None:
        random = self._random
        for publication in range(random.choice((1, 1, 1, 2, 3))):
            at = self._at + int(random.random() * 5_000)
            if random.random() < 0.1:
                at += int(random.random() * 3 * HOUR)
            self.items.append(Item(at, event, self._number * 10 + publication))

    def _command(self) -> None:
        random = self._random
        key = f"k-{self._number}"
        what = random.random()
        if what < 0.12:
            points = random.choice((-30, -5, 5, 50))
            self._ask(Command(key, self._member(), Kind.ADJUST, points))
        elif what < 0.5:
            self._spend(key)
        elif what < 0.7 or not self._holds:
            member, points = self._member(), random.randrange(1, 80)
            lasts = random.choice((5_000, MINUTE, HOUR, 6 * HOUR))
            self._holds.append(Command(key, member, Kind.HOLD, points, lasts=lasts))
            self._ask(self._holds[-1])
        elif what < 0.88 or not self._spent:
            hold = random.choice(self._holds[-5:])
            if random.random() < 0.3:
                self._ask(Command(key, hold.member, Kind.RELEASE, of=hold.key))
                return
            points = random.randrange(1, hold.points + 1)
            order = self._to_pay_for(hold.member, points) if random.random() < 0.5 else None
            self._spent.append(Command(key, hold.member, Kind.CAPTURE, points, order, hold.key))
            self._ask(self._spent[-1])
        else:
            spent = random.choice(self._spent[-8:])
            self._ask(Command(key, spent.member, Kind.RESTORE, of=spent.key))

    def _spend(self, key: str) -> None:
        member, points = self._member(), self._random.randrange(1, 120)
        order = self._to_pay_for(member, points) if self._random.random() < 0.5 else None
        self._spent.append(Command(key, member, Kind.REDEEM, points, order))
        self._ask(self._spent[-1])

    def _to_pay_for(self, member: str, cents: int) -> str | None:
        # All that may be asked to pay for an order is less than it costs, in whatever order it is.
        for bought in self._orders[:-6:-1]:
            paid = self._paid.get(bought.order, 0) + cents
            if bought.member == member and paid <= bought.cents:
                self._paid[bought.order] = paid
                return bought.order
        return None

    def _ask(self, command: Command) -> None:
        self.items.append(Item(self._at + int(self._random.random() * 2_000), command))
