"""A shop, its members, and the service on several stores side by side, which must stay alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from packages.shared.tests.model.audit import Audit
from packages.shared.tests.model.book import Book
from packages.shared.tests.model.events import Event, Sent, sent
from packages.shared.tests.model.terms import Terms
from packages.shared.tests.model.troubled_store import Trouble
from packages.shared.tests.model.world import World

from loyalty_event_processor.outcomes import Result
from loyalty_event_processor.reasons import code_of
from loyalty_shared.contracts.account_bodies import AccountBody
from loyalty_shared.contracts.order_bodies import OrderBody
from loyalty_shared.domain.errors import Rejected, TryAgain
from loyalty_shared.service import queries, statements
from loyalty_shared.service.archive import LedgerArchive, encode_row
from loyalty_shared.service.holds import open_holds
from loyalty_shared.service.order_events import record_happening

START = datetime(2027, 1, 30, 22, 59, 59, 123_000, tzinfo=UTC)  # a moment before the 31st in Europe
MEMBERS = ("ann", "bob")


class Scene:
    """What happens to the members of a shop, and what must be true after each thing that does."""

    def __init__(self, stores: Sequence[LedgerArchive], terms: Terms) -> None:
        self.now = START
        self.book = Book(terms)
        self.audits = {member: Audit(member, terms) for member in MEMBERS}
        self.sent: list[Sent] = []
        self.late: list[Sent] = []
        self.worlds = [World(store, lambda: self.now, terms) for store in stores]
        self.is_sound = True

    @property
    def today(self) -> date:
        return self.book.terms.day_of(self.now)

    def change_program(self, terms: Terms) -> None:
        if terms != self.book.terms:
            for audit in self.audits.values():
                audit.rules_change(terms)
        self.book.terms = terms
        for world in self.worlds:
            world.open(terms)

    def send(self, event: Event) -> Sent:
        self.sent.append(sent(event, len(self.sent), self.now))
        return self.sent[-1]

    # ------------------------------------------------------------ what happens

    def deliver(self, *batch: Sent) -> None:
        """Deliver messages, and check what becomes of each."""
        messages = [each.message for each in batch]
        outcomes = [world.processor.process(messages) for world in self.worlds]
        verdicts = self._judged(batch)
        for each in outcomes:
            assert [outcome.result for outcome in each] == [_result(code) for code in verdicts]
            codes = [code_of(outcome.error) for outcome in each if outcome.error]
            assert codes == [code for code in verdicts if _result(code) is Result.REJECTED]
        self.check()

    def deliver_in_trouble(self, each: Sent, trouble: Trouble, *, is_patient: bool) -> None:
        """Deliver a message while the store fails, and again at once, or later if patient."""
        results = set()
        for world in self.worlds:
            world.front.expect(trouble)
            [outcome] = world.processor.process([each.message])
            world.front.expect(None)
            results.add(outcome.result)
        if trouble.call == "commit":  # then all is done once more, where there are commits
            done = {Result.PROCESSED, Result.DUPLICATE}
            verdict = _result(self.book.judge(each.event))
            assert results <= (done if verdict is Result.PROCESSED else {verdict})
        elif results != {Result.RETRY}:
            assert results == {_result(self.book.judge(each.event))}
        else:
            if self._is_written():
                assert self.book.judge(each.event) == "processed"
            self.late.append(each)
        self.check()
        if not is_patient:
            self.deliver_late()

    def deliver_beside_a_rival(self, each: Sent, rival: Sent) -> None:
        """Deliver a message while somebody else writes another one."""
        results = []
        for world in self.worlds:
            world.front.let_in(_writing(world, rival))
            [outcome] = world.processor.process([each.message])
            world.front.let_in_at_last()
            results.append(outcome.result)
        self.book.judge(rival.event)
        assert results == [_result(self.book.judge(each.event))] * len(self.worlds)
        self.check()

    def deliver_late(self) -> None:
        """Deliver again what failed."""
        late, self.late = self.late, []
        for each in late:
            self.deliver(each)

    def settle(self, trouble: Trouble | None = None, *, days: int | None = None) -> None:
        """Settle who is due, for so many days, or all again after trouble."""
        is_whole = True
        for world in self.worlds:
            left = iter(range(10_000 if days is None else days))
            world.front.expect(trouble)
            try:
                settled = world.settle(lambda left=left: next(left, None) is not None)  # type: ignore[misc]
            except TryAgain:
                settled = world.settle(lambda: True)
            world.front.expect(None)
            assert settled.failed == 0
            is_whole = is_whole and settled.is_whole
        self.check()
        if is_whole:
            self.check_settled()
            for audit in self.audits.values():
                for hold in audit.points.purse.holds:
                    # Of one that a clock put on a later day nobody looks yet.
                    assert hold.until > self.now or hold.due > self.today, "it has lapsed"

    # ------------------------------------------------------------ what must be true

    def check(self) -> None:
        """Check the histories, line by line, and all that hangs on them."""
        self.is_sound = False
        first, *others = self.worlds
        for member, audit in self.audits.items():
            written = first.entries_after(member, len(audit.entries))
            for world in others:
                assert world.entries_after(member, len(audit.entries)) == written
            for stored in written:
                audit.read(stored, self.book, self.now)
            audit.check_whole(self.book)
            audit.check_due(first.marks_of(member), self.book.terms)
            record = first.member_record(member)
            account = audit.account
            assert (record is not None) == bool(audit.entries)
            if record:
                assert (record.tier, record.tier_since) == (account.tier, account.tier_since)
            self._check_what_is_shown(member, audit)
        for name, order in self.book.orders.items():
            shown = OrderBody.of(queries.order(first.ledger, name).order, None)
            assert (shown.member_id, shown.points) == (order.member, order.kept)
            assert [
                (each.transaction_id, each.points, each.value.amount, each.points_given_back)
                for each in shown.paid_with_points
            ] == [
                (each.id, each.points, f"{Decimal(each.cents) / 100:.2f}", each.given_back)
                for each in order.paid
            ]
        self.is_sound = True

    def check_settled(self) -> None:
        """Check that nothing of what time did up to today is left to write."""
        for audit in self.audits.values():
            # Of who has an entry of a later day, days between may be due on that one only.
            if audit.latest_day <= self.today:
                audit.check_settled(self.book.terms, self.today)

    def live_until(self, moment: datetime) -> None:
        """Let time pass, and settle on the days that somebody is due on, and on no other."""
        while days := [day for day in self.worlds[0].marks() if day > self.today]:
            midnight = self.book.terms.midnight(days[0])
            if midnight > moment:
                break
            self.now = midnight - timedelta(milliseconds=1)
            self.check_settled()
            self.now = midnight
            self.settle()
        self.now = moment
        self.check_settled()

    def check_all_alike(self) -> None:
        """Check that the stores hold the same rows, all of them."""
        first, *others = (sorted(map(encode_row, world.store.rows())) for world in self.worlds)
        assert all(rows == first for rows in others)

    def close(self) -> None:
        for world in self.worlds:
            world.close()

    # ------------------------------------------------------------ in detail

    def _check_what_is_shown(self, member: str, audit: Audit) -> None:
        ledger, purse = self.worlds[0].ledger, audit.points.purse.at(self.now)
        assert queries.balance(ledger, member) == purse.available(self.today)
        if not audit.entries:
            return
        assert [found.hold.hold_id for found in open_holds(ledger, member)] == [
            hold.id for hold in purse.holds
        ]
        found = statements.account(ledger, member)
        shown = AccountBody.of(ledger.program, member, found.account, found.seq, found.as_of).points
        assert (shown.available, shown.held, shown.debt) == (
            purse.available(self.today),
            purse.held,
            purse.debt,
        )

    def _judged(self, batch: Sequence[Sent]) -> list[str]:
        # Those of one member are worked on in their order, one member after another.
        members = list(dict.fromkeys(each.event.member for each in batch))
        verdicts = {}
        for position in sorted(
            range(len(batch)), key=lambda each: members.index(batch[each].event.member)
        ):
            verdicts[position] = self.book.judge(batch[position].event)
        return [verdicts[position] for position in range(len(batch))]

    def _is_written(self) -> bool:
        # Of a message that failed nobody knows, but who looks.
        written = [
            self.worlds[0].lines_after(member, len(audit.entries))
            for member, audit in self.audits.items()
        ]
        return any(written)


def _result(code: str) -> Result:
    return Result(code) if code in ("processed", "duplicate") else Result.REJECTED


def _writing(world: World, rival: Sent) -> Callable[[], None]:
    def write() -> None:
        with suppress(Rejected):
            record_happening(world.other, world.happening(rival))

    return write
