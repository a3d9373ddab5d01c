"""Goes through a member's history as it is stored, line by line, against the model's."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from packages.shared.tests.model.book import Book, Line, Standing
from packages.shared.tests.model.events import Bought
from packages.shared.tests.model.terms import Terms, first_of_month, month_number

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Entry, EntryType
from loyalty_shared.domain.replay import Change, replayed
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.ports import StoredEntry


@dataclass
class Stake:
    """The points of an order that a member has, and what time has done to them in writing."""

    points: int
    starts: date | None
    last: date | None
    is_gone: bool = False


class Audit:
    """The history of one member, as far as it was read.

    Once a member `has_spent`, nobody knows whose points an order's are, and less is checked.
    """

    def __init__(self, member: str, rules: Terms) -> None:
        self.member = member
        self.entries: list[Entry] = []
        self.changes: list[Change] = []
        self.account = Account()
        self.standing: Standing | None = None
        self._requalified_under: Terms | None = None
        self.latest_day = date(1970, 1, 1)
        self.spent = 0
        self.has_spent = False
        self._hash = hashlib.sha256(f"default#{member}".encode()).hexdigest()
        self._stakes: dict[str, Stake] = {}
        self._earned = self._reversed = self._expired = 0
        self._lines_read = 0
        self._rules = {rules}
        self._came_back = False

    def rules_change(self, terms: Terms) -> None:
        """Take note of other rules.

        They put nobody on a list: when the tier ends by them is known with what comes next. Where
        rules come back, it may have been known before, and looked at by the others meanwhile.
        """
        self._came_back = self._came_back or terms in self._rules
        self._rules.add(terms)

    def read(self, stored: StoredEntry, book: Book, today: date) -> None:
        """Check one more entry, that was written under the terms in force on a day."""
        entry = decode_entry(stored.body)
        before = self.entries[-1] if self.entries else None
        assert (entry.seq, stored.seq) == (len(self.entries) + 1,) * 2
        assert entry.previous_hash == self._hash, "the chain is broken"
        assert before is None or before.recorded_at <= entry.recorded_at
        self._hash = hashlib.sha256(stored.body.encode()).hexdigest()
        self.latest_day = max(self.latest_day, book.terms.day_of(entry.recorded_at), today)
        if entry.type in (EntryType.EARN, EntryType.REVERSE):
            line = book.lines[self.member][self._lines_read]
            self._lines_read += 1
            self._read_line(entry, line, book.terms)
        elif entry.type is EntryType.TIER:
            self._read_tier(entry, book.terms, today)
        elif entry.type in (EntryType.REDEEM, EntryType.RESTORE):
            assert (entry.points < 0) == (entry.type is EntryType.REDEEM)
            self.spent -= entry.points
            self.has_spent = True
        else:
            self._read_time(entry, book.terms)
        self.entries.append(entry)
        self.changes.append(Change(self.account, entry.account))
        self.account = entry.account
        self._check_account()

    def check_whole(self, book: Book) -> None:
        """Check that every line that there should be was read, and that all of it adds up."""
        assert self._lines_read == len(book.lines[self.member]), "an event left no line"
        assert replayed(self.changes) == self.account
        inside = sum(lot.points for lot in self.account.lots) + self.account.held
        assert sum(entry.points for entry in self.entries) == inside - self.account.debt

    def check_due(self, marks: list[date], in_force: Terms) -> None:
        """Check that each day on which time alone will change the account is marked."""
        days = {lot.activates_on for lot in self.account.lots if lot.activates_on}
        days |= {lot.expires_on + timedelta(1) for lot in self.account.lots if lot.expires_on}
        if self._tier_is_due_by(in_force):
            ends_after = self._now(in_force).ends_after(self._tier_month)
            days |= {first_of_month(ends_after + 1)} if ends_after else set()
        for day in days:
            # What comes late is due at once.
            by = max(day, self.latest_day)
            assert any(day <= mark <= by for mark in marks), f"nobody looks on {day}: {marks}"

    def check_settled(self, in_force: Terms, today: date) -> None:
        """Check that all is written that time did up to a day."""
        for lot in self.account.lots:
            assert lot.expires_on is None or lot.expires_on >= today, f"{lot} is over"
            assert lot.activates_on is None or lot.activates_on > today, f"{lot} is active"
        if self._tier_is_due_by(in_force) and self._tier_month <= month_number(today):
            assert self.account.tier == self._now(in_force).tier(month_number(today))

    def available(self, today: date) -> int:
        """Sum what can be used on a day."""
        return sum(
            each.points
            for each in self._stakes.values()
            if not each.is_gone
            and (each.starts is None or each.starts <= today)
            and (each.last is None or each.last >= today)
        )

    def _tier_is_due_by(self, rules: Terms) -> bool:
        return self._requalified_under == rules and not self._came_back

    @property
    def _tier_month(self) -> int:
        newest = self.standing.newest_month if self.standing else 0
        return max(newest, month_number(self.account.tier_since))

    def _now(self, in_force: Terms) -> Standing:
        return Standing(in_force, self.standing.by_month if self.standing else {})

    def _read_line(self, entry: Entry, line: Line, in_force: Terms) -> None:
        event = line.event
        assert (entry.order_id, entry.occurred_at) == (event.order, event.at)
        assert entry.program_version == line.terms.version
        as_of = max(line.standing.newest_month, month_number(self.account.tier_since))
        if isinstance(event, Bought):
            assert entry.type is EntryType.EARN
            assert (entry.points, entry.account.lifetime.earned) == (
                line.kept,
                self.account.lifetime.earned + line.earned,
            )
            assert entry.earning
            assert entry.earning.tier == line.tier
            bought_on = line.terms.day_of(event.at)
            self._stakes[event.order] = Stake(
                line.kept, line.terms.first_day(bought_on), line.terms.last_day(bought_on)
            )
            self._earned += line.earned
            self._reversed += line.earned - line.kept
        else:
            assert entry.type is EntryType.REVERSE
            self._take_back(entry, line)
        if line.back is None and not isinstance(event, Bought):  # it waits for its order
            assert entry.account.tier == (self.account.tier or in_force.levels[0][0])
            return
        # A refund may be dated later than any purchase, and then the tier may be that of its month.
        months = (as_of, max(as_of, month_number(in_force.day_of(event.at))))
        assert entry.account.tier in {line.standing.tier(month) for month in months}
        self.standing, self._requalified_under = line.standing, in_force

    def _take_back(self, entry: Entry, line: Line) -> None:
        if line.back is None:
            assert entry.points == 0
            return
        stake = self._stakes[line.event.order]
        stake.points -= line.back
        assert entry.reversal
        expired = entry.reversal.expired.points if entry.reversal.expired else 0
        if not self.has_spent:
            assert expired == (line.back if stake.is_gone else 0)
            assert entry.reversal.forgiven == 0
        if entry.reversal.forgiven:
            assert line.terms.when_spent == "forgive"
        elif entry.account.debt > self.account.debt:
            assert line.terms.when_spent == "debt"
        assert entry.points == expired + entry.reversal.forgiven - line.back
        self._reversed += line.back - entry.reversal.forgiven
        self._expired -= expired  # had it not been bought, it could not have expired

    def _read_tier(self, entry: Entry, in_force: Terms, today: date) -> None:
        assert entry.account.tier == self._now(in_force).tier(month_number(today))
        assert entry.account.tier != self.account.tier
        assert entry.points == 0
        self._requalified_under = in_force

    def _read_time(self, entry: Entry, in_force: Terms) -> None:
        day = in_force.day_of(entry.occurred_at)
        assert day <= self.latest_day, "written before its time"
        if entry.type is EntryType.ACTIVATE:
            begun = [each for each in self._stakes.values() if each.starts and each.starts <= day]
            assert self.has_spent or begun
            for stake in begun:
                stake.starts = None
            assert entry.points == 0
            return
        over = [
            each
            for each in self._stakes.values()
            if not each.is_gone and each.last and each.last < day
        ]
        for stake in over:
            stake.is_gone = True
        assert self.has_spent or entry.points == -sum(each.points for each in over)
        assert entry.points < 0, "an entry of nothing"
        self._expired -= entry.points

    def _check_account(self) -> None:
        account, life = self.account, self.account.lifetime
        assert account.is_conserved()
        assert (life.earned, life.reversed, life.expired, life.redeemed) == (
            self._earned,
            self._reversed,
            self._expired,
            self.spent,
        )
        assert account.held == life.adjusted == 0
        assert account.debt >= 0
        assert all(lot.points > 0 for lot in account.lots)
        assert all(points >= 0 for points in account.qualification.by_month)
        assert account.qualification.lifetime >= 0
        usable = [lot for lot in account.lots if not lot.is_expired(self.latest_day)]
        assert not (account.debt and usable), "there are points to pay the debt with"
        if not self.has_spent:
            assert account.debt == 0, "nothing was spent, so nothing is owed"
            assert _points_by_dates(account) == self._points_by_dates()

    def _points_by_dates(self) -> Counter[tuple[date | None, date | None]]:
        points: Counter[tuple[date | None, date | None]] = Counter()
        for stake in self._stakes.values():
            if not stake.is_gone and stake.points:
                points[stake.starts, stake.last] += stake.points
        return points


def _points_by_dates(account: Account) -> Counter[tuple[date | None, date | None]]:
    return Counter({(lot.activates_on, lot.expires_on): lot.points for lot in account.lots})
