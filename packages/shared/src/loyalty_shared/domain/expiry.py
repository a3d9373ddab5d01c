"""When points expire. An expiry date is the last day on which the points can be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from loyalty_shared.domain.dates import add_months, first_month_of_year, last_day_of, month_of


class ExpiryPoint(StrEnum):
    """On which day of its last month a number of months ends."""

    SAME_DAY = "same_day"
    MONTH_END = "month_end"
    YEAR_END = "year_end"


@dataclass(frozen=True, slots=True)
class NeverExpires:
    """Points stay until they are used."""

    def expires_on(self, _purchased_on: date) -> date | None:
        """Give the last day of points from a purchase: there is none."""
        return None


@dataclass(frozen=True, slots=True)
class ExpiresAfterDays:
    """Points can be used through the day that lies `days` after the purchase."""

    days: int

    def expires_on(self, purchased_on: date) -> date | None:
        """Give the last day of points from a purchase."""
        return purchased_on + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class ExpiresAfterMonths:
    """Points can be used for `months` months, and on to the end of that month or year."""

    months: int
    at: ExpiryPoint

    def expires_on(self, purchased_on: date) -> date | None:
        """Give the last day of points from a purchase."""
        day = add_months(purchased_on, self.months)
        if self.at is ExpiryPoint.MONTH_END:
            return last_day_of(month_of(day))
        if self.at is ExpiryPoint.YEAR_END:
            return last_day_of(first_month_of_year(month_of(day)) + 11)
        return day


Expiry = NeverExpires | ExpiresAfterDays | ExpiresAfterMonths
