"""References, each checked by itself and with the entry that it names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from loyalty_shared.domain.entries import EntryType
from loyalty_shared.domain.errors import LedgerDamaged, LoyaltyError, TryAgain
from loyalty_shared.domain.orders import Order
from loyalty_shared.service.canonical import encode
from loyalty_shared.service.order_encoding import decode_order, encode_order
from loyalty_shared.service.ports import MemberKey, StoredEntry, StoredReference
from loyalty_shared.service.standing import claimed_by
from loyalty_shared.service.verification.laws import Wrong
from loyalty_shared.service.verification.ledger_to_verify import LedgerToVerify, StoredPrograms
from loyalty_shared.service.verification.orders import points_now
from loyalty_shared.service.verification.report import FaultCode, LedgerFault
from loyalty_shared.service.verification.steps import Step

_NO_SENSE = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, IndexError)

# What an order's event or the time wrote, nobody asked for under a key.
_WITHOUT_A_KEY = frozenset(
    {
        EntryType.EARN,
        EntryType.REVERSE,
        EntryType.ACTIVATE,
        EntryType.EXPIRE,
        EntryType.TIER,
        EntryType.LAPSE,
        EntryType.CORRECT,
    }
)


def order_in(stored: StoredReference) -> Order | None:
    """Read an order, None where its reference cannot be read."""
    try:
        return decode_order(stored.key.id, stored.body)
    except LedgerDamaged:
        return None


def wrong_with_claims(ledger: LedgerToVerify, step: Step) -> Iterator[Wrong]:
    """Look up the references that a command took with its entry: each has to name the entry."""
    for key in claimed_by(step.member.program_id, step.entry):
        stored, name = ledger.reference(key), f"{key.kind} {key.id}"
        if stored is None:
            yield FaultCode.REFERENCE_MISSING, f"{name} has no reference"
        elif _named_in(stored) not in (None, step.entry.seq):
            yield (
                FaultCode.REFERENCE_DIFFERS,
                f"the reference {name} names another entry",
            )


def _named_in(stored: StoredReference) -> object:
    try:
        return json.loads(stored.body).get("seq")
    except _NO_SENSE:
        return None  # that is said of the reference


def wrong_with_reference(
    ledger: LedgerToVerify, programs: StoredPrograms, stored: StoredReference
) -> list[LedgerFault]:
    """Check a reference, and that the entry is there which it names."""
    name = f"{stored.key.kind} {stored.key.id}"
    try:
        fields = json.loads(stored.body)
        # Some name no member: they stand beside one that does.
        owner = owner_in(fields) if isinstance(fields, dict) else None
        member = MemberKey(stored.key.program_id, owner) if isinstance(owner, str) else None
        seq = fields.get("seq") if isinstance(fields, dict) else None
        wrongs = list(_wrongs(ledger, programs, stored, fields, member))
    except (*_NO_SENSE, LoyaltyError) as error:
        if isinstance(error, TryAgain):
            raise
        detail = f"the reference {name} cannot be read ({type(error).__name__})"
        return [LedgerFault(FaultCode.UNREADABLE, None, None, detail)]
    return [
        LedgerFault(code, member, seq, f"the reference {name} {detail}") for code, detail in wrongs
    ]


def _wrongs(
    ledger: LedgerToVerify,
    programs: StoredPrograms,
    stored: StoredReference,
    fields: dict[str, Any],
    member: MemberKey | None,
) -> Iterator[Wrong]:
    order = decode_order(stored.key.id, stored.body) if stored.key.kind == "order" else None
    if (encode_order(order) if order else encode(fields)) != stored.body:
        yield FaultCode.NOT_CANONICAL, "is not written as references are"
    if order is not None and order.bought is not None:
        program = programs.of(stored.key.program_id, order.bought.program_version)
        if program is None:
            yield FaultCode.PROGRAM_MISSING, "names rules that are not there"
        elif points_now(program, order.bought, order).points != order.points:
            yield FaultCode.ARITHMETIC_DIFFERS, "has other points than its refunds leave"
    if member is not None and "seq" in fields:
        entry = ledger.entry(member, fields["seq"])
        # The member whose ledger it was entered in may be forgotten, and this one parted from it.
        if "enteredFor" not in fields or _is_of_order(entry, stored):
            yield from _wrong_entry(entry, stored)


def _is_of_order(entry: StoredEntry | None, stored: StoredReference) -> bool:
    return entry is not None and f'"order":{json.dumps(stored.key.id)}' in entry.body


def owner_in(fields: dict[str, Any]) -> object:
    """Say in whose ledger the entry is that a reference names, None where it names none."""
    return fields.get("enteredFor") or fields.get("member")


def _wrong_entry(entry: StoredEntry | None, stored: StoredReference) -> Iterator[Wrong]:
    if entry is None:
        yield FaultCode.ENTRY_MISSING, "names an entry that is not there"
        return
    try:
        there = json.loads(entry.body)
        type_, order_id = there["type"], there.get("order")
    except _NO_SENSE:
        return  # that is said of the entry
    if stored.key.kind == "order" and (type_, order_id) != (EntryType.EARN, stored.key.id):
        yield FaultCode.REFERENCE_DIFFERS, f"names an entry {type_} of order {order_id}"
    if stored.key.kind == "key" and type_ in _WITHOUT_A_KEY:
        yield FaultCode.REFERENCE_DIFFERS, f"names an entry {type_}, which nobody asked for"
