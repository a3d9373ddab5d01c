"""Commands: what somebody asks for, under a key that makes asking again harmless.

The key is a reference, written with the entry. It holds a hash of what was asked for, and where the
entry is; so who asks again gets the same answer, for good, and who asks for something else under
the same key is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loyalty_shared.domain.entries import Draft, Entry
from loyalty_shared.domain.errors import IdempotencyKeyReused, Rejected
from loyalty_shared.service.canonical import decode, encode
from loyalty_shared.service.entries import entry_at
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import ReferenceKey
from loyalty_shared.service.sealing import Recorded
from loyalty_shared.service.standing import AlreadyClaimed, Claims, Standing


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asks for: `wish` says all of it, `actor` who asks, if they had to say.

    `once` are things that may be done once, whatever the key, and `known` the references that
    have to be read to decide it. It is written for the member that it `concerns`, where that is
    another than the one who is named in it.
    """

    member_id: str
    key: str
    wish: Mapping[str, object]
    actor: str | None
    once: tuple[ReferenceKey, ...] = ()
    known: tuple[ReferenceKey, ...] = ()
    concerns: str | None = None

    def fingerprint(self) -> str:
        """Hash what is asked for."""
        whole = encode({"member": self.member_id, **self.wish})
        return hashlib.sha256(whole.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for something, for which member, under which key."""

    member_id: str
    key: str
    actor: str | None

    def command(
        self,
        wish: Mapping[str, object],
        *,
        once: tuple[ReferenceKey, ...] = (),
        known: tuple[ReferenceKey, ...] = (),
        concerns: str | None = None,
    ) -> Command:
        """Ask for something; see `Command` for the rest."""
        return Command(self.member_id, self.key, wish, self.actor, once, known, concerns)


@dataclass(frozen=True, slots=True)
class Done:
    """The entry of a command, and whose it is; `is_replayed` where it was there before."""

    member_id: str
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

    def write(claims: Claims) -> Recorded:
        member_id = command.concerns or command.member_id
        written = ledger.write(member_id, decide, claims, command.known)
        assert isinstance(written, Recorded)  # noqa: S101 - for the types: commands decide on drafts
        return written

    return _performed(ledger, command, write)


def perform_for_both(
    ledger: Ledger,
    command: Command,
    other_id: str,
    decide: Callable[[Standing, Standing], tuple[Draft, Draft]],
) -> Done:
    """Do what a command asks for of its member and of another one, both or neither.

    Raises: as `perform` does.
    """
    return _performed(
        ledger,
        command,
        lambda claims: ledger.write_both(command.member_id, other_id, decide, claims),
    )


def _performed(ledger: Ledger, command: Command, write: Callable[[Claims], Recorded]) -> Done:
    before = replayed(ledger, command)
    if before is not None:
        return before
    try:
        written = write(_claims(ledger, command))
    except (AlreadyClaimed, Rejected):
        # A twin that was sent at the same time may have got in first, and changed what there is.
        twin = replayed(ledger, command)
        if twin is None:
            raise
        return twin
    return Done(written.member_id, written.entry, is_replayed=False)


def _claims(ledger: Ledger, command: Command) -> Claims:
    bodies: dict[ReferenceKey, Callable[[str, Entry], str]] = dict.fromkeys(
        command.once, lambda member_id, entry: encode({"member": member_id, "seq": entry.seq})
    )
    fingerprint = command.fingerprint()
    bodies[ledger.command_key(command.key)] = lambda member_id, entry: encode(
        {"member": member_id, "seq": entry.seq, "wish": fingerprint}
    )
    return Claims(bodies, command.actor)


def replayed(ledger: Ledger, command: Command) -> Done | None:
    """Give what came of a command when it was asked for before, None where it was not.

    Whatever has to be looked up for it may not be there any longer.

    Raises:
        IdempotencyKeyReused: when the key was used for another request.
        StoreUnavailable: when the store does not answer.
    """
    stored = ledger.store.reference(ledger.command_key(command.key))
    if stored is None:
        return None
    kept = decode(stored.body)
    if kept["wish"] != command.fingerprint():
        raise IdempotencyKeyReused("the key was used for another request")
    entry = entry_at(ledger, kept["member"], kept["seq"])
    return Done(kept["member"], entry, is_replayed=True)
