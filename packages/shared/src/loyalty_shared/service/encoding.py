"""The canonical encoding: how entries and references are written, hashed and read again.

One form everywhere: what a store keeps is what the chain is computed over and what an export
holds. JSON with sorted names and no blanks; integers, strings and lists only; what is zero or
absent is left out. Once written it is never written anew, so it may grow but not change.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.earning import Earning, Rounding
from loyalty_shared.domain.entries import Entry, EntryType
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Order
from loyalty_shared.domain.qualification import Qualification
from loyalty_shared.service.ports import MemberKey

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_LIFETIME = ("earned", "redeemed", "expired", "reversed", "adjusted")


def first_hash(member: MemberKey) -> str:
    """Compute what entry 1 carries: a hash of whose ledger it is, so that no other's can be it."""
    return hash_of(f"{member.program_id}#{member.member_id}")


def hash_of(body: str) -> str:
    """Compute what the next entry carries of this one: SHA-256, in hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()


def encode_entry(entry: Entry) -> str:
    """Write an entry."""
    fields: dict[str, object] = {
        "seq": entry.seq,
        "type": entry.type.value,
        "points": entry.points,
        "occurredAt": encode_moment(entry.occurred_at),
        "recordedAt": encode_moment(entry.recorded_at),
        "program": entry.program_version,
        "account": _account_out(entry.account),
        "previous": entry.previous_hash,
    }
    if entry.order_id is not None:
        fields["order"] = entry.order_id
    if entry.earning is not None:
        fields["earning"] = _earning_out(entry.earning)
    return _ENCODER.encode(fields)


def decode_entry(body: str) -> Entry:
    """Read an entry."""
    fields = json.loads(body)
    earning = fields.get("earning")
    return Entry(
        seq=fields["seq"],
        type=EntryType(fields["type"]),
        points=fields["points"],
        occurred_at=decode_moment(fields["occurredAt"]),
        recorded_at=decode_moment(fields["recordedAt"]),
        program_version=fields["program"],
        account=_account_in(fields["account"]),
        previous_hash=fields["previous"],
        order_id=fields.get("order"),
        earning=_earning_in(earning, fields["points"]) if earning else None,
    )


def encode_order(order: Order) -> str:
    """Write what an order's reference holds."""
    fields: dict[str, object] = {
        "member": order.member_id,
        "transaction": order.transaction_id,
        "total": order.total.minor,
        "currency": order.total.currency,
        "occurredAt": encode_moment(order.occurred_at),
        "program": order.program_version,
        "tier": order.tier,
        "points": order.points,
        "seq": order.seq,
    }
    if order.goods != order.total:
        fields["goods"] = order.goods.minor
    return _ENCODER.encode(fields)


def decode_order(order_id: str, body: str) -> Order:
    """Read what an order's reference holds."""
    fields = json.loads(body)
    return Order(
        order_id=order_id,
        member_id=fields["member"],
        transaction_id=fields["transaction"],
        total=Money(fields["total"], fields["currency"]),
        goods=Money(fields.get("goods", fields["total"]), fields["currency"]),
        occurred_at=decode_moment(fields["occurredAt"]),
        program_version=fields["program"],
        tier=fields["tier"],
        points=fields["points"],
        seq=fields["seq"],
    )


def encode_moment(moment: datetime) -> str:
    """Write a moment in UTC as RFC 3339, as fine as it is."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def decode_moment(text: str) -> datetime:
    """Read a moment."""
    return datetime.fromisoformat(text)


def _earning_out(earning: Earning) -> dict[str, object]:
    return {
        "amount": earning.amount.minor,
        "currency": earning.amount.currency,
        "rate": str(earning.points_per_unit),
        "tier": earning.tier,
        "multiplier": str(earning.multiplier),
        "rounding": earning.rounding.value,
    }


def _earning_in(fields: dict[str, Any], points: int) -> Earning:
    return Earning(
        points=points,
        amount=Money(fields["amount"], fields["currency"]),
        points_per_unit=Fraction(fields["rate"]),
        tier=fields["tier"],
        multiplier=Fraction(fields["multiplier"]),
        rounding=Rounding(fields["rounding"]),
    )


def _account_out(account: Account) -> dict[str, object]:
    qualification = account.qualification
    fields: dict[str, object] = {
        "lots": [_lot_out(lot) for lot in account.lots],
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


def _account_in(fields: dict[str, Any]) -> Account:
    newest_month, *by_month = fields["months"]
    return Account(
        lots=tuple(_lot_in(lot) for lot in fields["lots"]),
        held=fields.get("held", 0),
        debt=fields.get("debt", 0),
        lifetime=Lifetime(**fields["lifetime"]),
        qualification=Qualification(fields["qualifying"], newest_month, tuple(by_month)),
        tier=fields["tier"],
        tier_since=date.fromisoformat(fields["tierSince"]),
    )


def _lot_out(lot: Lot) -> list[int]:
    # [points, last day, first day] with days as 20270131 and 0 for none, cut off where not needed:
    # an account has many lots, and this is what an entry's size is made of.
    numbers = [lot.points, _day_out(lot.expires_on), _day_out(lot.activates_on)]
    while numbers[-1] == 0 and len(numbers) > 1:
        numbers.pop()
    return numbers


def _lot_in(numbers: list[int]) -> Lot:
    points, expires_on, activates_on = (*numbers, 0, 0)[:3]
    return Lot(points, _day_in(activates_on), _day_in(expires_on))


def _day_out(day: date | None) -> int:
    return day.year * 10_000 + day.month * 100 + day.day if day else 0


def _day_in(number: int) -> date | None:
    return date(number // 10_000, number // 100 % 100, number % 100) if number else None
