"""How rough a run is: which kinds of trouble it has, and how much of each.

Each seed leaves some kinds out, so that what one kind would hide is seen in another run.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from random import Random

from tests.simulation.chance import Odds

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Trouble(IntEnum):
    """What may happen at a step; the numbers are those that `Chance` decides on."""

    OTHERS_GO_ON = 1
    STALL = 2  # for up to an hour: others see its messages and requests as lost
    CRASH_BEFORE = 3
    NO_ANSWER = 4  # such as a throttle: nothing was done
    NO_ANSWER_BUT_DONE = 5
    CRASH_AFTER = 6
    CONFLICT = 7  # an append is turned away, as if somebody had written
    LANDS_LATE = 8  # an append takes effect, if it still can, when its caller has given up


@dataclass(frozen=True)
class Weather:
    """The odds of a run."""

    step: Odds  # of each trouble at a step that writes nothing
    append: Odds
    duplicated: float  # a message is delivered twice at the same time
    acknowledgement_lost: float
    redelivered: float  # hours after it was acknowledged
    delayed: float
    answer_lost: float
    impatient: float  # a client asks once more while it is being answered
    asks_again: float  # hours after it was answered
    clock_set: float  # a process begins a turn with another idea of the time

    @classmethod
    def of(cls, seed: int) -> Weather:
        random = Random(f"weather {seed}")  # noqa: S311 - it shall be foreseen

        def some(most: float) -> float:
            return random.uniform(0, most) if random.random() < 0.8 else 0.0

        # In the order of `Trouble`.
        step = [some(0.3), some(0.01), some(0.01), some(0.03), some(0.02), some(0.01)]
        append = [some(0.3), some(0.02), some(0.02), some(0.05)]
        append += [some(0.08), some(0.03), some(0.1), some(0.06)]
        return cls(
            Odds(step),
            Odds(append),
            *(some(most) for most in (0.5, 0.25, 0.4, 0.3, 0.15, 0.5, 0.2, 0.1)),
        )
