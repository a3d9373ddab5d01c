"""How an account is written inside an entry: short, since it is what an entry's size is made of."""

from __future__ import annotations

from datetime import date
from typing import Any

from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.held import Hold
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.qualification import Qualification
from loyalty_shared.service.canonical import decode_moment, encode_moment

_LIFETIME = ("earned", "redeemed", "expired", "reversed", "adjusted")


def account_out(account: Account) -> dict[str, object]:
    """Write an account."""
    qualification = account.qualification
    fields: dict[str, object] = {
        "lots": [lot_out(lot) for lot in account.lots],
        "lifetime": lifetime_out(account.lifetime),
        "qualifying": qualification.lifetime,
        "months": [qualification.newest_month, *qualification.by_month],
        "tier": account.tier,
        "tierSince": str(account.tier_since),
    }
    if account.holds:
        fields["holds"] = [_hold_out(hold) for hold in account.holds]
    if account.requests:
        fields["requests"] = list(account.requests)
    if account.merged_into is not None:
        fields["mergedInto"] = account.merged_into
    if account.merged:
        fields["merged"] = list(account.merged)
    if account.debt:
        fields["debt"] = account.debt
    return fields


def account_in(fields: dict[str, Any]) -> Account:
    """Read an account."""
    newest_month, *by_month = fields["months"]
    return Account(
        lots=tuple(lot_in(lot) for lot in fields["lots"]),
        holds=tuple(_hold_in(hold) for hold in fields.get("holds", ())),
        requests=tuple(fields.get("requests", ())),
        merged_into=fields.get("mergedInto"),
        merged=tuple(fields.get("merged", ())),
        debt=fields.get("debt", 0),
        lifetime=lifetime_in(fields["lifetime"]),
        qualification=Qualification(fields["qualifying"], newest_month, tuple(by_month)),
        tier=fields["tier"],
        tier_since=date.fromisoformat(fields["tierSince"]),
    )


def lifetime_out(lifetime: Lifetime) -> dict[str, int]:
    """Write what ever happened to points."""
    return {name: value for name in _LIFETIME if (value := getattr(lifetime, name))}


def lifetime_in(fields: dict[str, int]) -> Lifetime:
    """Read what ever happened to points."""
    return Lifetime(**fields)


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


def _hold_out(hold: Hold) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": hold.hold_id,
        "lots": [lot_out(lot) for lot in hold.lots],
        "until": encode_moment(hold.expires_at),
        "returns": _day_out(hold.returns_until),
    }
    if hold.order_id is not None:
        fields["order"] = hold.order_id
    if hold.came_as is not None:
        fields["cameAs"] = hold.came_as
    return fields


def _hold_in(fields: dict[str, Any]) -> Hold:
    return Hold(
        hold_id=fields["id"],
        lots=tuple(lot_in(lot) for lot in fields["lots"]),
        expires_at=decode_moment(fields["until"]),
        returns_until=_day_in(fields["returns"]) or date.min,
        order_id=fields.get("order"),
        came_as=fields.get("cameAs"),
    )


def _day_out(day: date | None) -> int:
    return day.year * 10_000 + day.month * 100 + day.day if day else 0


def _day_in(number: int) -> date | None:
    return date(number // 10_000, number // 100 % 100, number % 100) if number else None
