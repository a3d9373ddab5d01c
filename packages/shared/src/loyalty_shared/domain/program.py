"""A program: one immutable version of a retailer's rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from loyalty_shared.domain.earning import EarningRules
from loyalty_shared.domain.expiry import Expiry
from loyalty_shared.domain.tiers import Tiers


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
    tiers: Tiers

    def date_of(self, moment: datetime) -> date:
        """Give the date of a moment in the program's time zone."""
        return moment.astimezone(self.timezone).date()
