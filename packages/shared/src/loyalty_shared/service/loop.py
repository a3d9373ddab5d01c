"""The one loop through which everything is written.

read -> decide (pure) -> append -> on conflict read again
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.errors import (
    BeingErased,
    LedgerDamaged,
    OrderTooLarge,
    TooMuchContention,
)
from loyalty_shared.domain.orders import Order
from loyalty_shared.domain.program import Program
from loyalty_shared.service.order_encoding import encode_order
from loyalty_shared.service.ports import (
    Append,
    AppendConflict,
    Clock,
    LedgerStore,
    MemberKey,
    Pause,
    ReferenceKey,
    StoredReference,
)
from loyalty_shared.service.recent_entries import RecentEntries
from loyalty_shared.service.sealing import Sealed, seal
from loyalty_shared.service.standing import AlreadyClaimed, Claims, Standing, order_key

Otherwise = TypeVar("Otherwise")

_MOST_ATTEMPTS = 64  # each is lost to a writer that got through, so the member moves on
_SHORTEST_PAUSE_SECONDS = 0.002
_LONGEST_PAUSE_SECONDS = 0.2
_LONGEST_CHAIN = 32  # of members merged into one another; there are never so many
_LARGEST_REFERENCE_BYTES = 300_000  # DynamoDB takes an item of up to 400 KB


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to be written for each member, after the entries of the holds that have lapsed."""

    drafts: tuple[tuple[Draft, ...], ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written for each member."""

    members: tuple[Sealed, ...]


class WriteLoop:
    """Writes what is decided for a member, or for two of them, of one program in a store.

    `append` writes: the store's own, or one that keeps what is to be written for later.
    """

    def __init__(  # noqa: PLR0913 - all that a record needs of the world
        self,
        store: LedgerStore,
        program: Program,
        clock: Clock,
        pause: Pause,
        *,
        recent: RecentEntries,
        append: Callable[[Append], None],
    ) -> None:
        self._store = store
        self._recent = recent
        self._append = append
        self._program = program
        self._clock = clock
        self._pause = pause

    def appending_with(self, append: Callable[[Append], None]) -> WriteLoop:
        """Give the same, of which what is decided goes to `append`."""
        world = (self._store, self._program, self._clock, self._pause)
        return WriteLoop(*world, recent=self._recent, append=append)

    def write(
        self,
        member_ids: Sequence[str],
        decide: Callable[[Sequence[Standing]], Decided | Otherwise],
        claims: Claims | None = None,
        known: Sequence[ReferenceKey] = (),
    ) -> Written | Otherwise:
        """Write what is decided on how things stand, or give what is answered instead.

        Of two members the first is taken by its own id, whoever it is merged into.

        Raises: as `Ledger.record` does.
        """
        found = (self._store.reference(key) for key in known)
        references = {each.key: each for each in found if each}
        standings = self._stand(member_ids, references)
        for tries in range(_MOST_ATTEMPTS):
            decided = decide(standings)
            if not isinstance(decided, Decided):
                return decided
            written = _sealed(standings, decided, claims)
            try:
                self._append(self._wanted(written, decided, claims))
            except AppendConflict as conflict:
                in_the_way = {each.key: each for each in conflict.references}
                if claims is not None and in_the_way.keys() & claims.bodies.keys():
                    raise AlreadyClaimed from conflict
                references |= in_the_way
                if conflict.seq_taken:
                    longest = min(_SHORTEST_PAUSE_SECONDS * 2**tries, _LONGEST_PAUSE_SECONDS)
                    self._pause(longest)
                    standings = self._stand(member_ids, references)
                else:
                    standings = tuple(each.knowing(references) for each in standings)
            else:
                for each in written.members:
                    self._recent.keep(each.bodies[-1], each.newest)
                return written
        raise TooMuchContention(f"others wrote to the member {_MOST_ATTEMPTS} times meanwhile")

    def _stand(
        self, member_ids: Sequence[str], references: Mapping[ReferenceKey, StoredReference]
    ) -> tuple[Standing, ...]:
        if len(member_ids) == 1:
            return (self._followed(member_ids[0], references),)
        source, target = member_ids
        return (self.read(source, source, references), self._followed(target, references))

    def _followed(
        self, member_id: str, references: Mapping[ReferenceKey, StoredReference]
    ) -> Standing:
        standing = self.read(member_id, member_id, references)
        for _ in range(_LONGEST_CHAIN):
            into = standing.account.merged_into
            if into is None:
                return standing
            standing = self.read(into, member_id, references)
        raise LedgerDamaged(f"{member_id} is merged into others without an end")

    def read(
        self, member_id: str, came_as: str, references: Mapping[ReferenceKey, StoredReference]
    ) -> Standing:
        """Read how things stand for a member, by its own id.

        Raises:
            BeingErased: when it is being forgotten.
            StoreUnavailable: when the store does not answer.
        """
        member = MemberKey(self._program.id, member_id)
        newest, now = self._store.newest_entry(member), self._clock()
        before = self._recent.read(newest.body) if newest else None
        standing = Standing(self._program, member, newest, before, came_as, dict(references), now)
        if standing.before and standing.before.type is EntryType.ERASE:
            raise BeingErased("the member is being forgotten just now")
        return standing

    def _wanted(self, written: Written, decided: Decided, claims: Claims | None) -> Append:
        orders: dict[str, Order] = {}
        for draft in (draft for drafts in decided.drafts for draft in drafts):
            orders |= {order.order_id: order for order in draft.orders}
        first = written.members[0]
        return Append(
            tuple(each.append(self._program) for each in written.members),
            (
                *(self._remembered(order, first.standing) for order in orders.values()),
                *(claims.references(first.member_id, first.decided[0]) if claims else ()),
            ),
        )

    def _remembered(self, order: Order, standing: Standing) -> StoredReference:
        key = order_key(self._program.id, order.order_id)
        known = standing.references.get(key)
        body = encode_order(order)
        if len(body.encode()) > _LARGEST_REFERENCE_BYTES and order.bought and not order.refunds:
            # It earns all the same; it can only be refunded as a whole.
            body = encode_order(replace(order, bought=replace(order.bought, lines=())))
        if len(body.encode()) > _LARGEST_REFERENCE_BYTES:
            raise OrderTooLarge(f"there is too much to remember of order {order.order_id}")
        return StoredReference(key, known.version + 1 if known else 1, body)


def _sealed(standings: Sequence[Standing], decided: Decided, claims: Claims | None) -> Written:
    first, *others = zip(standings, decided.drafts, strict=True)
    rest = claims.without_references() if claims else None
    return Written((seal(*first, claims), *(seal(*each, rest) for each in others)))
