"""The ledger of a program: the one loop through which everything is written.

read -> decide (pure) -> append -> on conflict read again
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar

from loyalty_shared.contracts.program_file import ProgramFile, stored_program
from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, Entry
from loyalty_shared.domain.errors import LedgerDamaged, OrderTooLarge, TooMuchContention
from loyalty_shared.domain.orders import Order
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.settling import due_days
from loyalty_shared.service.encoding import decode_entry, encode_entry, first_hash, hash_of
from loyalty_shared.service.order_encoding import decode_order, encode_order
from loyalty_shared.service.ports import (
    Append,
    AppendConflict,
    Clock,
    LedgerStore,
    MemberKey,
    MemberRecord,
    Pause,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)

Otherwise = TypeVar("Otherwise")

_MOST_ATTEMPTS = 64  # each is lost to a writer that got through, so the member moves on
_SHORTEST_PAUSE_SECONDS = 0.002
_LONGEST_PAUSE_SECONDS = 0.2
_LARGEST_REFERENCE_BYTES = 300_000  # DynamoDB takes an item of up to 400 KB


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand for a member at the moment of deciding.

    References are not read ahead: one that is not known is taken to be absent, the append proves
    it, and what it found instead stands here at the next try. So a first delivery reads nothing
    but the newest entry.
    """

    ledger: Ledger
    newest: StoredEntry | None
    references: Mapping[ReferenceKey, StoredReference]
    before: Entry | None = field(init=False)

    def __post_init__(self) -> None:
        before = decode_entry(self.newest.body) if self.newest else None
        object.__setattr__(self, "before", before)

    @property
    def account(self) -> Account:
        """The account to decide on."""
        return self.before.account if self.before else Account()

    @property
    def next_seq(self) -> int:
        """The number of the entry to write."""
        return self.before.seq + 1 if self.before else 1

    def order(self, order_id: str) -> Order | None:
        """Give an order as the ledger remembers it, None where it is new."""
        stored = self.references.get(self.ledger.order_key(order_id))
        return decode_order(order_id, stored.body) if stored else None


class AlreadyClaimed(Exception):
    """Somebody else has what a command claims: its key, or the thing that it may do once."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a command takes for good with its entry: nobody else can have it.

    `bodies` are what each reference is to hold, made of the entry. `actor` is who asks.
    """

    bodies: Mapping[ReferenceKey, Callable[[Entry], str]]
    actor: str | None

    def references(self, entry: Entry) -> Iterator[StoredReference]:
        """Give the references to write with an entry."""
        return (StoredReference(key, 1, body(entry)) for key, body in self.bodies.items())


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try to write what was decided: on what, when, and with which claims."""

    member: MemberKey
    standing: Standing
    draft: Draft
    claims: Claims | None
    now: datetime


class Ledger:
    """The ledger of the program that `rules` say, in a store."""

    def __init__(self, store: LedgerStore, rules: ProgramFile, clock: Clock, pause: Pause) -> None:
        self.store = store
        self.program = rules.program()
        self.clock = clock
        self.rules = rules
        self._pause = pause
        self._rules_are_kept = False
        self._programs = {self.program.version: self.program}

    def member_key(self, member_id: str) -> MemberKey:
        """Give the store's key of a member."""
        return MemberKey(self.program.id, member_id)

    def order_key(self, order_id: str) -> ReferenceKey:
        """Give the store's key of an order."""
        return ReferenceKey(self.program.id, "order", order_id)

    def program_of(self, version: str) -> Program:
        """Give the program as it was in a version that was used.

        Raises:
            LedgerDamaged: when the version is not there, or cannot be read.
            StoreUnavailable: when the store does not answer.
        """
        if version not in self._programs:
            body = self.store.program(self.program.id, version)
            if body is None:
                raise LedgerDamaged(f"version {version} of the program is not there")
            self._programs[version] = stored_program(body, version)
        return self._programs[version]

    def today(self) -> date:
        """Give the date that it is now in the program's time zone."""
        return self.program.date_of(self.clock())

    def batch(self) -> AbstractContextManager[None]:
        """Let this thread's records become durable together; see `LedgerStore.batch`."""
        self._keep_rules()  # before it, since a batch may be undone
        return self.store.batch()

    def record(
        self,
        member_id: str,
        decide: Callable[[Standing], Draft | Otherwise],
        claims: Claims | None = None,
    ) -> Entry | Otherwise:
        """Write what a rule decides for a member.

        `decide` gives a draft to write, or anything else to have nothing written and get that as
        the answer. It is pure: it may be asked several times. `claims` are written with its draft.

        Raises:
            AlreadyClaimed: when somebody else has one of the claims.
            OrderTooLarge: when there is more to remember of an order than fits.
            TooMuchContention: when others kept getting in between.
            StoreUnavailable: when the store does not answer.
        """
        self._keep_rules()
        member = self.member_key(member_id)
        standing = self._read(member, {})
        for tries in range(_MOST_ATTEMPTS):
            draft = decide(standing)
            if not isinstance(draft, Draft):
                return draft
            attempt = _Attempt(member, standing, draft, claims, self.clock())
            entry = self._sealed(attempt)
            try:
                self.store.append(self._append(attempt, entry))
            except AppendConflict as conflict:
                found = {each.key: each for each in conflict.references}
                if claims is not None and found.keys() & claims.bodies.keys():
                    raise AlreadyClaimed from conflict
                standing = replace(standing, references={**standing.references, **found})
                if conflict.seq_taken:
                    longest = min(_SHORTEST_PAUSE_SECONDS * 2**tries, _LONGEST_PAUSE_SECONDS)
                    self._pause(longest)
                    standing = self._read(member, standing.references)
            else:
                return entry
        raise TooMuchContention(f"others wrote to the member {_MOST_ATTEMPTS} times meanwhile")

    def mark_again(self, member_id: str) -> None:
        """Mark the days that a member is due on, where other rules wrote the newest entry."""
        member = self.member_key(member_id)
        newest = self._read(member, {}).before
        if newest is None or newest.program_version == self.program.version:
            return
        today = self.today()
        for day in sorted(due_days(self.program, newest.account)):
            self.store.mark_due(member, max(day, today))

    def _read(
        self, member: MemberKey, references: Mapping[ReferenceKey, StoredReference]
    ) -> Standing:
        return Standing(self, self.store.newest_entry(member), references)

    def _sealed(self, attempt: _Attempt) -> Entry:
        draft, claims = attempt.draft, attempt.claims
        before, newest = attempt.standing.before, attempt.standing.newest
        now = attempt.now.replace(microsecond=attempt.now.microsecond // 1000 * 1000)
        return Entry(
            seq=attempt.standing.next_seq,
            type=draft.type,
            points=draft.points,
            occurred_at=draft.occurred_at,
            # A clock that was set back does not put an entry before the one it follows.
            recorded_at=max(now, before.recorded_at) if before else now,
            program_version=draft.program_version,
            account=draft.account,
            previous_hash=hash_of(newest.body) if newest else first_hash(attempt.member),
            order_id=draft.order_id,
            earning=draft.earning,
            reversal=draft.reversal,
            value=draft.value,
            note=draft.note,
            actor=claims.actor if claims else None,
        )

    def _append(self, attempt: _Attempt, entry: Entry) -> Append:
        account, standing, claims = attempt.draft.account, attempt.standing, attempt.claims
        tier_changes = standing.before is None or account.tier != standing.account.tier
        due = due_days(self.program, account)
        # What the rules before said of the tier may have been marked for another day, or for none.
        if due and standing.before and standing.before.program_version == self.program.version:
            due -= due_days(self.program, standing.account)
        # By the clock as it is, and not as it may have been once: nobody looks ahead.
        today = self.program.date_of(attempt.now)
        return Append(
            member=attempt.member,
            entry=StoredEntry(entry.seq, encode_entry(entry)),
            references=(
                *(self._remembered(order, standing) for order in attempt.draft.orders),
                *(claims.references(entry) if claims else ()),
            ),
            member_record=MemberRecord(account.tier, account.tier_since) if tier_changes else None,
            # A day that is over would never be looked at: what came late is due at once.
            due_on=tuple(sorted({max(day, today) for day in due})),
        )

    def _remembered(self, order: Order, standing: Standing) -> StoredReference:
        key = self.order_key(order.order_id)
        known = standing.references.get(key)
        body = encode_order(order)
        if len(body.encode()) > _LARGEST_REFERENCE_BYTES and order.bought and not order.refunds:
            # It earns all the same; it can only be refunded as a whole.
            body = encode_order(replace(order, bought=replace(order.bought, lines=())))
        if len(body.encode()) > _LARGEST_REFERENCE_BYTES:
            raise OrderTooLarge(f"there is too much to remember of order {order.order_id}")
        return StoredReference(key, known.version + 1 if known else 1, body)

    def _keep_rules(self) -> None:
        # Before anything names their version: without the rules an order can't be computed again.
        if not self._rules_are_kept:
            program = self.program
            self.store.keep_program(program.id, program.version, self.rules.canonical())
            self._rules_are_kept = True
