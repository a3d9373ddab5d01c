"""Goes through a member's history as it is stored, line by line, against the model's."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

from packages.shared.tests.model.book import Book
from packages.shared.tests.model.lines import (
    CameBack,
    Earned,
    LetGo,
    Line,
    Recounted,
    SetAside,
    Spent,
    Waits,
)
from packages.shared.tests.model.points_audit import PointsAudit
from packages.shared.tests.model.standings import Standing
from packages.shared.tests.model.terms import Terms, first_of_month, month_number

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Entry, EntryType
from loyalty_shared.domain.replay import Change, replayed
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.ports import MemberKey, StoredEntry
from loyalty_shared.service.transaction_ids import transaction_id

_OF_TIME = (EntryType.ACTIVATE, EntryType.EXPIRE, EntryType.TIER, EntryType.LAPSE)


class Audit:
    """The history of one member, as far as it was read."""

    def __init__(self, member: str, rules: Terms) -> None:
        self.member = member
        self.entries: list[Entry] = []
        self.changes: list[Change] = []
        self.account = Account()
        self.points = PointsAudit()
        self.standing: Standing | None = None
        self._requalified_under: Terms | None = None
        self.latest_day = date(1970, 1, 1)
        self._hash = hashlib.sha256(f"default#{member}".encode()).hexdigest()
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

    def read(self, stored: StoredEntry, book: Book, now: datetime) -> None:
        """Check one more entry, that was written at a moment under the terms in force."""
        entry, in_force = decode_entry(stored.body), book.terms
        before = self.entries[-1] if self.entries else None
        assert (entry.seq, stored.seq) == (len(self.entries) + 1,) * 2
        assert entry.previous_hash == self._hash, "the chain is broken"
        assert before is None or before.recorded_at <= entry.recorded_at
        self._hash = hashlib.sha256(stored.body.encode()).hexdigest()
        days = in_force.day_of(entry.recorded_at), in_force.day_of(now)
        self.latest_day = max(self.latest_day, *days)
        if entry.type is not EntryType.LAPSE:
            assert all(hold.until > now for hold in self.points.purse.holds), "it has lapsed"
        if entry.type is EntryType.TIER:
            self._read_tier(entry, in_force, in_force.day_of(now))
        elif entry.type is EntryType.LAPSE:
            self._read_lapse(entry, now)
        elif entry.type in _OF_TIME:
            day = in_force.day_of(entry.occurred_at)
            assert day <= self.latest_day, "written before its time"
            self.points.read_time(entry, day)
        else:
            self._read_line(entry, self._next_line(entry, book), in_force, now)
        self.entries.append(entry)
        self.changes.append(Change(self.account, entry.account))
        self.account = entry.account
        self._check_account()

    def check_whole(self, book: Book) -> None:
        """Check that every line that there should be was read, and that all of it adds up."""
        self._skip_nothings(book)
        assert self._lines_read == len(book.lines[self.member]), "something left no line"
        assert replayed(self.changes) == self.account
        assert sum(entry.points for entry in self.entries) == self.points.purse.inside

    def check_due(self, marks: list[date], in_force: Terms) -> None:
        """Check that each day on which time alone will change the account is marked."""
        days = {lot.activates_on for lot in self.account.lots if lot.activates_on}
        days |= {lot.expires_on + timedelta(1) for lot in self.account.lots if lot.expires_on}
        days |= {hold.due for hold in self.points.purse.holds}
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

    def _next_line(self, entry: Entry, book: Book) -> Line:
        if entry.type is not EntryType.CORRECT:
            self._skip_nothings(book)
        lines = book.lines[self.member]
        assert self._lines_read < len(lines), f"nobody expects {entry}"
        self._lines_read += 1
        return lines[self._lines_read - 1]

    def _skip_nothings(self, book: Book) -> None:
        for line in book.lines[self.member][self._lines_read :]:
            if not (isinstance(line, Recounted) and line.is_nothing):
                break
            self._lines_read += 1

    def _tier_is_due_by(self, rules: Terms) -> bool:
        return self._requalified_under == rules and not self._came_back

    @property
    def _tier_month(self) -> int:
        newest = self.standing.newest_month if self.standing else 0
        return max(newest, month_number(self.account.tier_since))

    def _now(self, in_force: Terms) -> Standing:
        return Standing(in_force, self.standing.by_month if self.standing else {})

    def _read_line(self, entry: Entry, line: Line, in_force: Terms, now: datetime) -> None:
        assert entry.type is _type_of(line)
        of_order = isinstance(line, Earned | Waits | Recounted)
        assert entry.program_version == (line.terms if of_order else in_force).version  # type: ignore[union-attr]
        at = _time_of(line) or now
        assert entry.occurred_at == at
        id_ = transaction_id(MemberKey("default", self.member), entry.seq, entry.recorded_at)
        if isinstance(line, LetGo):
            self.points.read_end_of_hold(entry, line.hold)
        else:
            self.points.read(entry, line, in_force, now, id_)
        if isinstance(line, Earned | Recounted):
            order = line.event.order if isinstance(line, Earned) else line.order
            assert entry.order_id == order
            self._read_standing(entry, line.standing, in_force, at)
        elif isinstance(line, Waits):
            assert entry.order_id == line.event.order
            assert entry.account.tier == (self.account.tier or in_force.levels[0][0])
        else:
            assert (entry.account.tier, entry.account.qualification) == (
                self.account.tier,
                self.account.qualification,
            )

    def _read_standing(
        self, entry: Entry, standing: Standing, in_force: Terms, at: datetime
    ) -> None:
        as_of = max(standing.newest_month, month_number(self.account.tier_since))
        # A refund may be dated later than any purchase, and then the tier may be that of its month.
        months = (as_of, max(as_of, month_number(in_force.day_of(at))))
        assert entry.account.tier in {standing.tier(month) for month in months}
        self.standing, self._requalified_under = standing, in_force

    def _read_tier(self, entry: Entry, in_force: Terms, today: date) -> None:
        assert entry.account.tier == self._now(in_force).tier(month_number(today))
        assert entry.account.tier != self.account.tier
        assert entry.points == 0
        self._requalified_under = in_force

    def _read_lapse(self, entry: Entry, now: datetime) -> None:
        hold = min(self.points.purse.holds, key=lambda each: each.until)
        assert hold.until <= now, "a hold has lapsed before its time"
        assert entry.occurred_at == hold.until
        self.points.read_end_of_hold(entry, hold)

    def _check_account(self) -> None:
        account = self.account
        self.points.check(account)
        assert all(points >= 0 for points in account.qualification.by_month)
        assert account.qualification.lifetime >= 0
        usable = [lot for lot in account.lots if not lot.is_expired(self.latest_day)]
        assert not (account.debt and usable), "there are points to pay the debt with"


_TYPES = {
    Earned: EntryType.EARN,
    Waits: EntryType.REVERSE,
    Spent: EntryType.REDEEM,
    CameBack: EntryType.RESTORE,
    SetAside: EntryType.HOLD,
    LetGo: EntryType.RELEASE,
}


def _type_of(line: Line) -> EntryType:
    if isinstance(line, Recounted):
        return EntryType.REVERSE if line.event else EntryType.CORRECT
    return _TYPES[type(line)]


def _time_of(line: Line) -> datetime | None:
    if isinstance(line, CameBack):
        return line.at
    if isinstance(line, Earned | Waits | Recounted):
        return line.event.at if line.event else None
    return None
