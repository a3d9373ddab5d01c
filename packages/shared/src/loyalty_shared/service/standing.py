"""How things stand for a member when something is decided, and what a command takes for good."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, Entry
from loyalty_shared.domain.holds import lapses
from loyalty_shared.domain.occasions import Occasion, OrderTerms
from loyalty_shared.domain.orders import Order
from loyalty_shared.domain.program import Program
from loyalty_shared.service.order_encoding import decode_order
from loyalty_shared.service.ports import MemberKey, ReferenceKey, StoredEntry, StoredReference
from loyalty_shared.service.transaction_ids import transaction_id


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand for a member at the moment of deciding, `now`.

    `newest` is the member's last entry as it is kept, and `before` says the same.

    It may be asked for by the id of one that is merged into it: `came_as` is that id, or its own.

    References are not read ahead: one that is not known is taken to be absent, the append proves
    it, and what it found instead stands here at the next try. So a first delivery reads nothing
    but the newest entry.

    Holds that have lapsed by now are let go first, by the entries `lapses`: they are written
    together with what is decided, and `account` is what they leave.
    """

    program: Program
    member: MemberKey
    newest: StoredEntry | None
    before: Entry | None
    came_as: str
    references: Mapping[ReferenceKey, StoredReference]
    now: datetime
    lapses: tuple[Draft, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        if self.before and self.before.account.holds:
            occasion = self.occasion()
            found = tuple(lapses(self.program, self.before.account, occasion))
            object.__setattr__(self, "lapses", found)

    @property
    def account(self) -> Account:
        """The account to decide on."""
        if self.lapses:
            return self.lapses[-1].account
        return self.before.account if self.before else Account()

    @property
    def next_seq(self) -> int:
        """The number of the entry to write."""
        return (self.before.seq if self.before else 0) + len(self.lapses) + 1

    @property
    def recorded_at(self) -> datetime:
        """The moment that entries written now carry, in whole milliseconds."""
        now = self.now.replace(microsecond=self.now.microsecond // 1000 * 1000)
        # A clock that was set back does not put an entry before the one it follows.
        return max(now, self.before.recorded_at) if self.before else now

    def occasion(self, order: Order | None = None, terms: OrderTerms | None = None) -> Occasion:
        """Say when and where what is decided will be written."""
        seq = self.next_seq
        id_ = transaction_id(self.member, seq, self.recorded_at)
        member_id = self.member.member_id
        came_as = self.came_as if self.came_as != member_id else None
        return Occasion(member_id, seq, id_, self.now, order, terms, came_as)

    def knowing(self, references: Mapping[ReferenceKey, StoredReference]) -> Standing:
        """Give the same with other references known."""
        return replace(self, references=dict(references))

    def order(self, order_id: str) -> Order | None:
        """Give an order as the ledger remembers it, None where it is new."""
        stored = self.references.get(order_key(self.member.program_id, order_id))
        return decode_order(order_id, stored.body) if stored else None


class AlreadyClaimed(Exception):
    """Somebody else has what a command claims: its key, or the thing that it may do once."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a command takes for good with its entry: nobody else can have it.

    `bodies` are what each reference is to hold, made of the entry and whose it is. `actor` is who
    asks.
    """

    bodies: Mapping[ReferenceKey, Callable[[str, Entry], str]]
    actor: str | None

    def without_references(self) -> Claims:
        """Give what the entry of a second member carries: it takes nothing for itself."""
        return replace(self, bodies={})

    def names(self) -> tuple[str, ...]:
        """Give the names of the references, for the entry to tell which it took."""
        return tuple(f"{key.kind}:{key.id}" for key in self.bodies)

    def references(self, member_id: str, entry: Entry) -> Iterator[StoredReference]:
        """Give the references to write with an entry."""
        bodies = self.bodies.items()
        return (StoredReference(key, 1, body(member_id, entry)) for key, body in bodies)


def claimed_by(program_id: str, entry: Entry) -> list[ReferenceKey]:
    """List the references that a command took with an entry, by their names in it."""
    named = (name.partition(":") for name in entry.claims)
    return [ReferenceKey(program_id, kind, id_) for kind, _, id_ in named]


def order_key(program_id: str, order_id: str) -> ReferenceKey:
    """Give the store's key of an order."""
    return ReferenceKey(program_id, "order", order_id)
