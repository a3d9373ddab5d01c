"""The lines that should be in a member's history, beside those that time alone writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from packages.shared.tests.model.events import Bought, GaveBack
from packages.shared.tests.model.orders import Payment
from packages.shared.tests.model.purse import Days, Hold
from packages.shared.tests.model.standings import Standing
from packages.shared.tests.model.terms import Terms


@dataclass(frozen=True)
class Earned:
    """A purchase: what all of it earns, and what the part does that refunds left by then."""

    event: Bought
    terms: Terms
    tier: str
    earned: int
    kept: int
    standing: Standing


@dataclass(frozen=True)
class Waits:
    """A refund whose order has not arrived."""

    event: GaveBack
    terms: Terms


@dataclass(frozen=True)
class Recounted:
    """An order that earns something else: for a refund, or since points pay for it, or no more.

    `earned` is how much more all of it earns, `back` how much less it earns with its refunds, and
    `paying` how many points pay for it before.
    """

    order: str
    bought: Bought
    terms: Terms
    earned: int
    back: int
    kept: int
    paying: int
    standing: Standing
    event: GaveBack | None = None

    @property
    def own_days(self) -> Days:
        """The days of the points that the order earned."""
        bought_on = self.terms.day_of(self.bought.at)
        return self.terms.first_day(bought_on), self.terms.last_day(bought_on)

    @property
    def is_nothing(self) -> bool:
        """Whether it need not be there: the tier may say something new by it, or may not."""
        return self.event is None and self.earned == self.back == 0


@dataclass(frozen=True)
class Spent:
    """Points that were spent, from what is there or from a hold."""

    payment: Payment


@dataclass(frozen=True)
class CameBack:
    """Spent points that came back, by an event of their order or because somebody asked."""

    payment: Payment
    points: int
    at: datetime | None


@dataclass(frozen=True)
class SetAside:
    """A hold."""

    hold: Hold


@dataclass(frozen=True)
class LetGo:
    """A hold that was released."""

    hold: Hold


Line = Earned | Waits | Recounted | Spent | CameBack | SetAside | LetGo
