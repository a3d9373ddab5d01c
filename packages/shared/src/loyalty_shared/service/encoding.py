"""How an entry is written, hashed and read again, in the canonical form.

One form everywhere: what a store keeps is what the chain is computed over and what an export holds.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import Any

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.earning import Earning, Rounding
from loyalty_shared.domain.entries import Entry, EntryType, Reversal
from loyalty_shared.domain.errors import LedgerDamaged
from loyalty_shared.domain.money import Money
from loyalty_shared.service.account_encoding import account_in, account_out, lot_in, lot_out
from loyalty_shared.service.canonical import decode, decode_moment, encode, encode_moment
from loyalty_shared.service.ports import MemberKey


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
        "account": account_out(entry.account),
        "previous": entry.previous_hash,
    }
    return encode(fields | _details_out(entry))


def decode_entry(body: str) -> Entry:
    """Read an entry.

    Raises:
        LedgerDamaged: when it is none.
    """
    try:
        return _entry_in(decode(body))
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerDamaged("an entry cannot be read") from error


def decode_account(body: str) -> Account:
    """Read the account after an entry, and nothing else of that.

    Raises:
        LedgerDamaged: when it is none.
    """
    try:
        return account_in(decode(body)["account"])
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerDamaged("an entry cannot be read") from error


def _entry_in(fields: dict[str, Any]) -> Entry:
    earning, reversal = fields.get("earning"), fields.get("reversal")
    value = fields.get("value")
    return Entry(
        seq=fields["seq"],
        type=EntryType(fields["type"]),
        points=fields["points"],
        occurred_at=decode_moment(fields["occurredAt"]),
        recorded_at=decode_moment(fields["recordedAt"]),
        program_version=fields["program"],
        account=account_in(fields["account"]),
        previous_hash=fields["previous"],
        order_id=fields.get("order"),
        earning=_earning_in(earning, fields["points"]) if earning else None,
        reversal=_reversal_in(reversal) if reversal else None,
        value=Money(*value) if value else None,
        taken=tuple(lot_in(lot) for lot in fields.get("taken", ())),
        requested=fields.get("requested", 0),
        note=fields.get("note"),
        follows=fields.get("follows"),
        other=fields.get("other"),
        came_as=fields.get("cameAs"),
        actor=fields.get("actor"),
        claims=tuple(fields.get("claims", ())),
    )


def _details_out(entry: Entry) -> dict[str, object]:
    # What an entry does not have is not written.
    earning, reversal, value = entry.earning, entry.reversal, entry.value
    details: dict[str, object] = {
        "order": entry.order_id,
        "earning": _earning_out(earning, entry.points) if earning else None,
        "reversal": _reversal_out(reversal) if reversal else None,
        "value": [value.minor, value.currency] if value else None,
        "taken": [lot_out(lot) for lot in entry.taken] or None,
        "requested": entry.requested or None,
        "note": entry.note,
        "follows": entry.follows,
        "other": entry.other,
        "cameAs": entry.came_as,
        "actor": entry.actor,
        "claims": list(entry.claims) or None,
    }
    return {name: detail for name, detail in details.items() if detail is not None}


def _earning_out(earning: Earning, told_points: int | None = None) -> dict[str, object]:
    fields: dict[str, object] = {
        "amount": earning.amount.minor,
        "currency": earning.amount.currency,
        "rate": str(earning.points_per_unit),
        "tier": earning.tier,
        "multiplier": str(earning.multiplier),
        "rounding": earning.rounding.value,
    }
    if earning.points != told_points:
        fields["points"] = earning.points
    return fields


def _earning_in(fields: dict[str, Any], told_points: int | None = None) -> Earning:
    return Earning(
        points=fields["points"] if told_points is None else fields.get("points", told_points),
        amount=Money(fields["amount"], fields["currency"]),
        points_per_unit=Fraction(fields["rate"]),
        tier=fields["tier"],
        multiplier=Fraction(fields["multiplier"]),
        rounding=Rounding(fields["rounding"]),
    )


def _reversal_out(reversal: Reversal) -> dict[str, object]:
    fields: dict[str, object] = {
        "refunds": list(reversal.refund_ids),
        "refunded": reversal.refunded.minor,
        "currency": reversal.refunded.currency,
    }
    if reversal.kept is not None:
        fields |= {"before": reversal.before, "kept": _earning_out(reversal.kept)}
    if reversal.expired is not None:
        fields["expired"] = lot_out(reversal.expired)
    if reversal.forgiven:
        fields["forgiven"] = reversal.forgiven
    return fields


def _reversal_in(fields: dict[str, Any]) -> Reversal:
    kept, expired = fields.get("kept"), fields.get("expired")
    return Reversal(
        refund_ids=tuple(fields["refunds"]),
        refunded=Money(fields["refunded"], fields["currency"]),
        before=fields.get("before", 0),
        kept=_earning_in(kept) if kept else None,
        expired=lot_in(expired) if expired else None,
        forgiven=fields.get("forgiven", 0),
    )
