"""A member's ledger without a store: the rules, asked in the order in which the service does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.holds import lapses
from loyalty_shared.domain.lots import Lots
from loyalty_shared.domain.occasions import Occasion, OrderTerms
from loyalty_shared.domain.orders import AlreadyRecorded, Happening, Order, Purchase
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.purchases import decide_purchase
from loyalty_shared.domain.recounting import lot_of_order
from loyalty_shared.domain.refunds import decide_refund
from loyalty_shared.domain.replay import Change
from loyalty_shared.domain.settling import decide_settling, due_days


@dataclass(frozen=True, slots=True)
class Written:
    """An entry: what was decided, None where points were spent, and what it changed."""

    draft: Draft | None
    change: Change


class MemberLedger:
    """What a member's ledger holds after some happenings; `program` is the one in force.

    Every entry is checked against what must hold after any: no point is lost, none is made, and
    nothing is negative.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.account = Account()
        self.entries: list[Written] = []
        self.orders: dict[str, Order] = {}
        self.due: set[date] = set()
        self._points = 0
        self._programs = {program.version: program}

    def change_program(self, program: Program) -> None:
        self.program = program
        self._programs[program.version] = program

    def program_of(self, order_id: str) -> Program:
        bought = self.orders[order_id].bought
        assert bought is not None
        return self._programs[bought.program_version]

    def happens(self, *happenings: Happening, today: date | None = None) -> Draft | None:
        """Record what happened, each on its own day unless told; gives the last entry, if any."""
        draft = None
        for each in happenings:
            day = today or self.program.date_of(each.occurred_at)
            self.lapse(self.noon_of(day))
            occasion = self.occasion(each.member_id, each.order_id, self.noon_of(day))
            if isinstance(each, Purchase):
                decided = decide_purchase(self.program, each, self.account, occasion)
            else:
                decided = decide_refund(self.program, each, self.account, occasion)
            draft = None if isinstance(decided, AlreadyRecorded) else decided
            if draft is not None:
                self._write(draft, day)
        return draft

    def settle(self, today: date) -> list[Draft]:
        """Write what time asks for up to a day."""
        drafts: list[Draft] = []
        while draft := decide_settling(self.program, self.account, today):
            assert len(drafts) < 3, f"settling does not end: {draft}"
            self._write(draft, today)
            drafts.append(draft)
        return drafts

    def lapse(self, now: datetime) -> None:
        """Let go of what is held no longer, as the service does before anything else."""
        for draft in lapses(self.program, self.account, self.occasion("m-1", None, now)):
            self._write(draft, self.program.date_of(now))

    def spend(self, points: int, today: date) -> None:
        """Do what redeeming does, but in the history: use points, in the order of use."""
        self.settle(today)
        left: list[int] = []
        remaining = points
        for lot in self.account.lots:
            used = min(remaining, lot.points) if lot.is_available(today) else 0
            left.append(lot.points - used)
            remaining -= used
        assert remaining == 0, f"{remaining} of {points} points are not there to spend"
        life = self.account.lifetime
        spent = replace(
            self.account,
            lots=_with_points(self.account.lots, left),
            lifetime=replace(life, redeemed=life.redeemed + points),
        )
        self._points -= points
        self._add(None, spent, today)

    def changes(self) -> list[Change]:
        return [each.change for each in self.entries]

    def drafts(self) -> list[Draft]:
        return [each.draft for each in self.entries if each.draft]

    def occasion(self, member_id: str, order_id: str | None, now: datetime) -> Occasion:
        known = self.orders.get(order_id) if order_id else None
        terms = None
        if order_id and known and known.bought:
            of_order = self.program_of(order_id)
            terms = OrderTerms(of_order, self._expired(known, of_order))
        seq = len(self.entries) + 1
        return Occasion(member_id, seq, f"transaction-{seq}", now, known, terms)

    def noon_of(self, day: date) -> datetime:
        return self.program.start_of(day) + timedelta(hours=12)

    def _expired(self, order: Order, of_order: Program) -> int:
        assert order.bought is not None
        own = lot_of_order(of_order, order.bought)
        in_all = since = stood_for = 0
        for seq, entry in enumerate(self.entries, start=1):
            draft = entry.draft
            if draft is not None and draft.type is EntryType.EXPIRE:
                gone = -sum(
                    lot.points for lot in entry.change.lots if lot.expires_on == own.expires_on
                )
                in_all += gone
                since += gone if seq > order.bought.seq else 0
            stood = draft.reversal.expired if draft and draft.reversal else None
            if stood is not None and stood.expires_on == own.expires_on:
                stood_for += stood.points
        return min(since, in_all - stood_for)

    def _write(self, decided: Draft, today: date) -> None:
        for draft in decided.with_all_that_follows():
            self._points += draft.points
            self.orders |= {order.order_id: order for order in draft.orders}
            self._add(draft, draft.account, today)

    def _add(self, draft: Draft | None, account: Account, today: date) -> None:
        before, self.account = self.account, account
        self.entries.append(Written(draft, Change(before, account)))
        due = due_days(self.program, account) - due_days(self.program, before)
        self.due |= {max(day, today) for day in due}
        self._check()

    def _check(self) -> None:
        account = self.account
        in_lots = sum(lot.points for lot in account.lots)
        assert account.is_conserved()
        assert in_lots + account.held - account.debt == self._points
        assert all(lot.points > 0 for lot in account.lots)
        assert account.debt >= 0
        assert account.qualification.lifetime >= 0
        assert all(points >= 0 for _, points in account.qualification.months())


def days_between(first: str, last: str) -> Sequence[date]:
    """List the days from one through another."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(days=each) for each in range((end - start).days + 1)]


def _with_points(lots: Lots, points: list[int]) -> Lots:
    both = zip(lots, points, strict=True)
    return tuple(replace(lot, points=each) for lot, each in both if each)
