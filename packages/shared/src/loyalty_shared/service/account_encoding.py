"""How an account is written inside an entry: short, since it is what an entry's size is made of."""

from __future__ import annotations

from datetime import date
from typing import Any

from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.qualification import Qualification

_LIFETIME = ("earned", "redeemed", "expired", "reversed", "adjusted")


def account_out(account: Account) -> dict[str, object]:
    """Write an account."""
    qualification = account.qualification
    fields: dict[str, object] = {
        "lots": [lot_out(lot) for lot in account.lots],
        "lifetime": {
            name: value for name in _LIFETIME if (value := getattr(account.lifetime, name))
        },
        "qualifying": qualification.lifetime,
        "months": [qualification.newest_month, *qualification.by_month],
        "tier": account.tier,
        "tierSince": str(account.tier_since),
    }
    if account.held:
        fields["held"] = account.held
    if account.debt:
        fields["debt"] = account.debt
    return fields


def account_in(fields: dict[str, Any]) -> Account:
    """Read an account."""
    newest_month, *by_month = fields["months"]
    return Account(
        lots=tuple(lot_in(lot) for lot in fields["lots"]),
        held=fields.get("held", 0),
        debt=fields.get("debt", 0),
        lifetime=Lifetime(**fields["lifetime"]),
        qualification=Qualification(fields["qualifying"], newest_month, tuple(by_month)),
        tier=fields["tier"],
        tier_since=date.fromisoformat(fields["tierSince"]),
    )


def lot_out(lot: Lot) -> list[int]:
    """Write a lot: points, last day, first day, with days as 20270131 and 0 for none.

    What is none at the end is cut off.
    """
    numbers = [lot.points, _day_out(lot.expires_on), _day_out(lot.activates_on)]
    while numbers[-1] == 0 and len(numbers) > 1:
        numbers.pop()
    return numbers


def lot_in(numbers: list[int]) -> Lot:
    """Read a lot."""
    points, expires_on, activates_on = (*numbers, 0, 0)[:3]
    return Lot(points, _day_in(activates_on), _day_in(expires_on))


def _day_out(day: date | None) -> int:
    return day.year * 10_000 + day.month * 100 + day.day if day else 0


def _day_in(number: int) -> date | None:
    return date(number // 10_000, number // 100 % 100, number % 100) if number else None
