"""A program: one immutable version of a retailer's rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from loyalty_shared.domain.adjusting import AdjustmentRules
from loyalty_shared.domain.earning import EarningRules
from loyalty_shared.domain.expiry import Expiry
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.redeeming import RedemptionRules
from loyalty_shared.domain.tiers import Tiers


class WhenSpent(StrEnum):
    """What becomes of points that were spent before the order that earned them was refunded."""

    DEBT = "debt"  # the points that come next pay for them
    FORGIVE = "forgive"


@dataclass(frozen=True, slots=True)
class Program:
    """The rules in force.

    `id` names the ledger that they write to and never changes; `version` names exactly these
    rules, so that what was earned under them can be computed again.
    """

    id: str
    name: str
    version: str
    currency: str
    timezone: ZoneInfo
    earning: EarningRules
    expiry: Expiry
    when_spent: WhenSpent
    tiers: Tiers
    redemption: RedemptionRules
    adjustments: AdjustmentRules

    def date_of(self, moment: datetime) -> date:
        """Give the date of a moment in the program's time zone."""
        return moment.astimezone(self.timezone).date()

    def lot_of(self, purchased_on: date, points: int) -> Lot:
        """Give the lot that points of a purchase go into."""
        pending_days = self.earning.pending_days
        return Lot(
            points=points,
            activates_on=purchased_on + timedelta(days=pending_days) if pending_days else None,
            expires_on=self.expiry.expires_on(purchased_on),
        )

    def start_of(self, day: date) -> datetime:
        """Give the first moment of a date in the program's time zone."""
        return datetime.combine(day, time(), self.timezone)
