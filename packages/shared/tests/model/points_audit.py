"""Follows a member's points through the history, beside what the ledger says of them."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from packages.shared.tests.model.lines import CameBack, Earned, Line, Recounted, SetAside, Spent
from packages.shared.tests.model.orders import Payment
from packages.shared.tests.model.purse import Hold, Purse
from packages.shared.tests.model.terms import Terms

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Entry, EntryType


class PointsAudit:
    """What the member has by what was read so far, and what ever became of their points."""

    def __init__(self) -> None:
        self.purse = Purse()
        self._earned = self._redeemed = self._expired = self._reversed = 0
        self._has_spent = False
        self._last_days: dict[str, date | None] = {}
        self._written_off: set[str] = set()
        self._expired_by_day: Counter[date] = Counter()

    def read(self, entry: Entry, line: Line, in_force: Terms, now: datetime, id_: str) -> None:
        """Let an entry do to the points what its line says."""
        today = in_force.day_of(now)
        if isinstance(line, Earned):
            self._earn(entry, line)
        elif isinstance(line, Recounted):
            self._recount(entry, line, today)
        elif isinstance(line, Spent):
            line.payment.id = id_
            self._spend(entry, line.payment, today)
        elif isinstance(line, CameBack):
            self._come_back(entry, line, in_force.day_of(now).toordinal() + in_force.return_days)
        elif isinstance(line, SetAside):
            line.hold.id = id_
            self.purse.set_aside(line.hold, today)
            self._has_spent = True
        else:
            assert entry.points == 0

    def read_end_of_hold(self, entry: Entry, hold: Hold) -> None:
        """Let a hold that is not captured end."""
        assert (entry.points, entry.order_id, entry.follows) == (0, hold.order, hold.id)
        self.purse.let_go(hold)

    def read_time(self, entry: Entry, day: date) -> None:
        """Let time do what an entry says that it did up to a day."""
        if entry.type is EntryType.ACTIVATE:
            assert any(first and first <= day for first, _ in self.purse.points)
            self.purse.activate(day)
            assert entry.points == 0
            return
        gone = self.purse.expire(day)
        assert entry.points == -gone.total() < 0
        self._expired += gone.total()
        for (_, last), points in gone.items():
            assert last
            self._expired_by_day[last] += points
        over = {name for name, last in self._last_days.items() if last and last < day}
        self._written_off |= over

    def check(self, account: Account) -> None:
        """Check that the ledger says the same."""
        life, purse = account.lifetime, self.purse
        assert account.is_conserved()
        assert (life.earned, life.reversed, life.expired, life.redeemed, life.adjusted) == (
            self._earned,
            self._reversed,
            self._expired,
            self._redeemed,
            0,
        )
        lots = {(lot.activates_on, lot.expires_on): lot.points for lot in account.lots}
        assert all(points > 0 for points in lots.values())
        assert len(lots) == len(account.lots)
        assert Counter(lots) == purse.points
        assert account.debt == purse.debt >= 0
        assert [(each.hold_id, each.points, each.expires_at) for each in account.holds] == [
            (each.id, len(each.days), each.until) for each in purse.holds
        ]
        inside = self._earned - self._reversed - self._expired - self._redeemed
        assert purse.inside == inside
        if not self._has_spent:
            assert purse.debt == 0, "nothing was spent, so nothing is owed"

    def _earn(self, entry: Entry, line: Earned) -> None:
        bought_on = line.terms.day_of(line.event.at)
        days = line.terms.first_day(bought_on), line.terms.last_day(bought_on)
        assert entry.points == line.kept
        assert entry.earning
        assert entry.earning.tier == line.tier
        self.purse.put(days, line.kept)
        self._last_days[line.event.order] = days[1]
        self._earned += line.earned
        self._reversed += line.earned - line.kept

    def _recount(self, entry: Entry, line: Recounted, today: date) -> None:
        told = entry.reversal
        assert told
        assert told.kept
        assert (told.before, told.kept.points) == (line.kept + line.back, line.kept)
        expired = told.expired.points if told.expired else 0
        if told.expired:
            assert line.own_days[1]
            self._expired_by_day[line.own_days[1]] -= expired
            assert self._expired_by_day[line.own_days[1]] >= 0, "that many never expired"
        if not self._has_spent:
            assert expired == (line.back if line.order in self._written_off else 0)
        forgiven = 0
        if line.back < 0:
            self.purse.put(line.own_days, -line.back)
        else:
            missing = self.purse.take_back(line.back - expired, line.own_days, today)
            if line.event and line.terms.when_spent == "forgive":
                # What is held, or pays for the order, is not gone for good; nor owed twice.
                not_gone = max(self.purse.held + line.paying - self.purse.debt, 0)
                forgiven = max(missing - not_gone, 0)
            self.purse.debt += missing - forgiven
        assert told.forgiven == forgiven
        assert entry.points == expired + forgiven - line.back
        self._earned += line.earned
        self._reversed += line.earned + line.back - forgiven
        if self._reversed < 0:  # what was forgiven stays, though the order earns less by now
            self._earned, self._reversed = self._earned - self._reversed, 0
        self._expired -= expired  # had it not been bought, it could not have expired

    def _spend(self, entry: Entry, payment: Payment, today: date) -> None:
        hold = payment.hold
        if hold:
            payment.days = self.purse.let_go(hold, but=payment.points)
        else:
            payment.days = self.purse.take(payment.points, today)
        taken = {(lot.activates_on, lot.expires_on): lot.points for lot in entry.taken}
        assert taken == Counter(payment.days)
        assert entry.value
        assert (entry.points, entry.value.minor) == (-payment.points, payment.cents)
        assert (entry.order_id, entry.follows) == (payment.order, hold.id if hold else None)
        self._redeemed += payment.points
        self._has_spent = True

    def _come_back(self, entry: Entry, line: CameBack, no_sooner: int) -> None:
        payment = line.payment
        assert (entry.points, entry.order_id) == (line.points, payment.order)
        assert entry.follows == payment.id
        # What was used last comes back first.
        back, payment.days = payment.days[-line.points :], payment.days[: -line.points]
        assert len(back) == line.points
        self.purse.put_back(back, date.fromordinal(no_sooner))
        self._redeemed -= line.points
