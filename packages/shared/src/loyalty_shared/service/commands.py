"""Commands: what somebody asks for, under a key that makes asking again harmless.

The key is a reference, written with the entry. It holds a hash of what was asked for, and where the
entry is; so who asks again gets the same answer, for good, and who asks for something else under
the same key is told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from loyalty_shared.domain.entries import Draft, Entry
from loyalty_shared.domain.errors import (
    IdempotencyKeyReused,
    LedgerDamaged,
    Rejected,
)
from loyalty_shared.service.canonical import encode
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.ledger import AlreadyClaimed, Claims, Ledger, Standing
from loyalty_shared.service.ports import ReferenceKey


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asks for: `wish` says all of it, `actor` who asks, if they had to say.

    `once` are things that may be done once, whatever the key.
    """

    member_id: str
    key: str
    wish: Mapping[str, object]
    actor: str | None
    once: tuple[ReferenceKey, ...] = field(default=())

    def fingerprint(self) -> str:
        """Hash what is asked for."""
        whole = encode({"member": self.member_id, **self.wish})
        return hashlib.sha256(whole.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Done:
    """The entry of a command; `is_replayed` where it was there before."""

    entry: Entry
    is_replayed: bool


def perform(ledger: Ledger, command: Command, decide: Callable[[Standing], Draft]) -> Done:
    """Do what a command asks for, or give what came of it when it was asked for before.

    Raises:
        IdempotencyKeyReused: when the key was used for another request.
        AlreadyClaimed: when one of the things that may be done once was done.
        Rejected: as `decide` does.
        TryAgain: when the ledger could not be read or written for now.
    """
    before = _replayed(ledger, command)
    if before is not None:
        return before
    try:
        entry = ledger.record(command.member_id, decide, _claims(ledger, command))
    except (AlreadyClaimed, Rejected):
        # A twin that was sent at the same time may have got in first, and changed what there is.
        twin = _replayed(ledger, command)
        if twin is None:
            raise
        return twin
    assert isinstance(entry, Entry)  # noqa: S101 - for the types: commands decide on drafts
    return Done(entry, is_replayed=False)


def _claims(ledger: Ledger, command: Command) -> Claims:
    bodies: dict[ReferenceKey, Callable[[Entry], str]] = dict.fromkeys(
        command.once, lambda entry: encode({"seq": entry.seq})
    )
    fingerprint = command.fingerprint()
    bodies[_key(ledger, command)] = lambda entry: encode(
        {"member": command.member_id, "seq": entry.seq, "wish": fingerprint}
    )
    return Claims(bodies, command.actor)


def _replayed(ledger: Ledger, command: Command) -> Done | None:
    stored = ledger.store.reference(_key(ledger, command))
    if stored is None:
        return None
    kept = json.loads(stored.body)
    if kept["wish"] != command.fingerprint():
        raise IdempotencyKeyReused("the key was used for another request")
    entry = ledger.store.entry(ledger.member_key(kept["member"]), kept["seq"])
    if entry is None:
        raise LedgerDamaged(f"a key names entry {kept['seq']}, which is not there")
    return Done(decode_entry(entry.body), is_replayed=True)


def _key(ledger: Ledger, command: Command) -> ReferenceKey:
    return ReferenceKey(ledger.program.id, "key", command.key)
