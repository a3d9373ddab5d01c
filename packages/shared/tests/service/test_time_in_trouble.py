"""Settling and refunds where clocks differ, rules change, or others write at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from packages.shared.tests.service.back_office import BackOffice

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import EntryType
from loyalty_shared.domain.errors import OrderTooLarge, RefundExceedsOrder
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Purchase, Refund, Returned
from loyalty_shared.service import queries, statements
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import Append, AppendConflict, MemberKey
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.service.refunds import record_refund
from loyalty_shared.service.settling import Settled, Watch, settle_due
from loyalty_shared.storage.memory import MemoryLedgerStore

Rules = Callable[..., ProgramFile]

MONTH_END = "expiry: {after_months: 1, at: month_end}"
THIRTY_DAYS = "expiry: {after_days: 30}"
LEVELS = "levels: [{name: Basic, from: 0, multiplier: 1}, {name: Gold, from: 500, multiplier: 1}]"


class TroubledStore(MemoryLedgerStore):
    """A store before whose next appends, or before a due mark goes, something else can happen."""

    def __init__(self) -> None:
        super().__init__()
        self.before_appends: list[Callable[[], None]] = []
        self.before_forgetting: list[Callable[[], None]] = []
        self.contended: set[str] = set()

    def append(self, append: Append) -> None:
        if {each.member.member_id for each in append.members} & self.contended:
            raise AppendConflict(seq_taken=True)
        if self.before_appends:
            self.before_appends.pop(0)()
        super().append(append)

    def forget_due(self, member: MemberKey, day: date) -> None:
        if self.before_forgetting:
            self.before_forgetting.pop(0)()
        super().forget_due(member, day)


class Shop:
    """A ledger whose clock and whose rules can be set."""

    def __init__(self, rules: ProgramFile) -> None:
        self.store = TroubledStore()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.use(rules)

    def use(self, rules: ProgramFile) -> None:
        self.ledger = Ledger(self.store, rules, lambda: self.now, lambda _: None)

    def at(self, moment: str) -> Shop:
        self.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        return self

    def buy(self, order: str, euros: int, on: str, member: str = "m") -> None:
        amount = Money.of(Decimal(euros), self.ledger.program.currency)
        day = datetime.fromisoformat(on).replace(tzinfo=UTC)
        record_purchase(self.ledger, Purchase(order, member, "pay", amount, amount, day))

    def give_back(self, order: str, euros: int, currency: str = "EUR") -> None:
        returned = Returned(f"R-{order}", Money.of(Decimal(euros), currency))
        record_refund(self.ledger, Refund(order, "m", returned, self.now))

    def settle(self) -> Settled:
        watch = Watch(lambda _: None, lambda _member, _error: None, lambda: True)
        return settle_due(self.ledger, watch, workers=1)

    def settle_daily(self, until: str) -> int:
        last, entries = datetime.fromisoformat(until).replace(tzinfo=UTC), 0
        while self.now < last:
            self.now += timedelta(days=1)
            entries += self.settle().entries
        return entries

    def account(self) -> Account:
        return statements.account(self.ledger, "m").account


def test_refund_after_points_expired_makes_no_debt_whichever_of_two_orders_comes_first(
    rules: Rules,
) -> None:
    debts = []
    for first, second in (("A", "B"), ("B", "A")):
        shop = Shop(rules(MONTH_END))
        shop.at("2026-01-05T12:00").buy("A", 100, "2026-01-05")
        shop.at("2026-03-02T12:00").settle()
        shop.at("2026-03-03T12:00").buy("B", 100, "2026-01-06")  # late, of the same last day
        shop.at("2026-03-04T12:00").settle()

        shop.at("2026-03-05T12:00").give_back(first, 100)
        shop.give_back(second, 100)

        debts.append(shop.account().debt)
    assert debts == [0, 0]


def test_refund_by_a_clock_that_is_behind_the_one_that_settled_makes_no_debt(rules: Rules) -> None:
    shop = Shop(rules(THIRTY_DAYS))
    shop.at("2026-01-01T12:00").buy("A", 100, "2026-01-01")  # through 31 January
    shop.at("2026-01-31T23:00:01").settle()  # 1 February in Amsterdam

    shop.at("2026-01-31T22:59:59").give_back("A", 100)

    assert (shop.account().debt, queries.order(shop.ledger, "A").order.points) == (0, 0)


def test_refund_that_is_overtaken_by_midnight_and_a_settle_makes_no_debt(rules: Rules) -> None:
    shop = Shop(rules(THIRTY_DAYS))
    shop.at("2026-01-01T12:00").buy("A", 100, "2026-01-01")

    def settle_after_midnight() -> None:
        shop.at("2026-01-31T23:00:01").settle()

    shop.at("2026-01-31T22:59:59")
    # The first append finds that the order is known; before the second comes midnight.
    shop.store.before_appends = [lambda: None, settle_after_midnight]
    shop.give_back("A", 100)

    assert (shop.account().debt, shop.account().lots) == (0, ())


def test_a_purchase_that_was_under_way_while_its_day_was_settled_is_settled_yet(
    rules: Rules,
) -> None:
    shop = Shop(rules(THIRTY_DAYS))
    shop.at("2026-01-01T12:00").buy("A", 100, "2026-01-01", member="other")

    def settle_next_day() -> None:
        shop.at("2026-03-02T00:10").settle()

    # Marked for the day on which it was begun, and written when that day had been settled.
    shop.at("2026-03-01T12:00")
    shop.store.before_appends = [settle_next_day]
    shop.buy("B", 50, "2026-01-02")

    assert shop.settle_daily("2026-03-10") == 1
    assert shop.account().lots == ()


def test_a_mark_is_not_put_off_by_a_clock_that_was_ahead_once(rules: Rules) -> None:
    shop = Shop(rules(THIRTY_DAYS))
    shop.at("2027-01-01T12:00").buy("A", 10, "2026-01-01")  # one machine, a year ahead
    shop.at("2026-01-02T12:00").buy("B", 100, "2026-01-02")

    assert shop.settle_daily("2026-03-01") >= 1
    assert shop.account().lifetime.expired == 110


@pytest.mark.parametrize("buys_again", [False, True])
def test_a_tier_that_other_rules_let_last_longer_ends_all_the_same(
    rules: Rules, *, buys_again: bool
) -> None:
    shop = Shop(rules("tiers: {window: {rolling_months: 12}, " + LEVELS + "}"))
    shop.at("2026-03-05T12:00").buy("A", 600, "2026-03-05")
    shop.use(rules("tiers: {window: {rolling_months: 12}, grace_months: 3, " + LEVELS + "}"))
    if buys_again:
        shop.at("2026-04-05T12:00").buy("B", 1, "2026-04-05")

    shop.settle_daily("2027-07-03")

    newest = queries.history(shop.ledger, "m", before=None, limit=1).transactions[0].entry
    assert (newest.type, newest.account.tier) == (EntryType.TIER, "Basic")
    assert newest.account.tier_since == date(2027, 6, 1)
    assert queries.members_in_tier(shop.ledger, "Gold", after=None, limit=1).members == []


def test_one_member_whom_others_keep_writing_to_does_not_stop_a_run(rules: Rules) -> None:
    shop = Shop(rules(THIRTY_DAYS))
    for member in ("a", "m", "z"):
        shop.at("2026-01-01T12:00").buy(f"A-{member}", 100, "2026-01-01", member=member)
    shop.store.contended = {"a"}

    settled = shop.at("2026-02-05T12:00").settle()

    assert (settled.members, settled.entries, settled.failed) == (3, 2, 1)
    shop.store.contended = set()
    assert shop.settle().entries == 1


def test_what_was_under_way_over_midnight_is_settled_too(rules: Rules) -> None:
    shop = Shop(rules(THIRTY_DAYS))
    shop.at("2026-01-01T12:00").buy("A", 100, "2026-01-01")  # through 31 January

    def write_late() -> None:
        # Its clock was read on 1 February in Amsterdam, and that day has a mark already.
        shop.at("2026-02-01T22:59:59").buy("B", 10, "2026-01-01")
        shop.at("2026-02-01T23:00:01")

    shop.store.before_forgetting.append(write_late)
    shop.at("2026-02-01T23:00:01").settle()
    while shop.store.before_forgetting:  # nothing was forgotten yet
        shop.store.before_forgetting.pop()()
    shop.settle_daily("2026-02-05")

    assert shop.account().lifetime.expired == 110


def test_a_refund_in_another_currency_than_its_order_is_rejected(rules: Rules) -> None:
    shop = Shop(rules())
    shop.at("2026-01-01T12:00").buy("A", 100, "2026-01-01")

    with pytest.raises(RefundExceedsOrder, match="gives back JPY, and the order is in EUR"):
        shop.give_back("A", 50, currency="JPY")

    assert queries.order(shop.ledger, "A").order.points == 100


def test_an_order_with_more_lines_than_can_be_remembered_earns_all_the_same(rules: Rules) -> None:
    shop = Shop(rules())
    amount = Money(100_00, "EUR")
    lines = tuple((f"{number:0128d}", 1) for number in range(5_000))
    record_purchase(shop.ledger, Purchase("A", "m", "pay", amount, amount, shop.now, lines))

    order = queries.order(shop.ledger, "A").order
    assert order.points == 100
    assert order.bought is not None
    assert order.bought.lines == ()
    shop.give_back("A", 50)
    assert queries.balance(shop.ledger, "m") == 50


def test_an_account_as_of_a_past_day_does_not_change_by_what_comes_late(rules: Rules) -> None:
    tiers = "tiers: {window: {rolling_months: 24}, " + LEVELS + "}"
    shop = Shop(rules(tiers))
    shop.at("2024-01-10T12:00").buy("A", 600, "2024-01-10")
    shop.at("2026-06-10T12:00").buy("B", 1, "2026-06-10")

    def tier_in_2025() -> str:
        as_of = datetime(2025, 3, 1, tzinfo=UTC)
        found = statements.account(shop.ledger, "m", as_of=as_of).account
        month = 2025 * 12 + 2
        return shop.ledger.program.tiers.level_in(month, found.qualification).name

    before = tier_in_2025()
    shop.at("2026-06-11T12:00").buy("C", 1, "2025-02-10")

    assert (before, tier_in_2025()) == ("Gold", "Gold")


def test_what_was_shown_at_a_moment_is_shown_again_for_an_event_ahead_of_its_time(
    rules: Rules,
) -> None:
    shop = Shop(rules())
    shop.at("2026-01-01T12:00").buy("A", 100, "2026-01-02")  # the shop's clock is ahead
    moment = shop.now
    shop.at("2026-01-05T12:00").buy("B", 5, "2026-01-05")

    then = statements.account(shop.ledger, "m", known_at=moment)

    assert (then.account.points_on(moment.date()).available, then.as_of) == (100, moment)


def test_a_refund_with_more_to_remember_than_fits_is_refused_and_forgets_no_line(
    rules: Rules,
) -> None:
    shop = Shop(rules())
    amount = Money(100_00, "EUR")
    lines = tuple((f"{number:0128d}", 1) for number in range(2_000))
    record_purchase(shop.ledger, Purchase("A", "m", "pay", amount, amount, shop.now, lines))
    returned = Returned("R-1", Money(1_000, "EUR"), lines[:1_000])
    with pytest.raises(OrderTooLarge):
        record_refund(shop.ledger, Refund("A", "m", returned, shop.now))


def test_points_that_a_late_refund_gives_back_can_be_used_from_the_day_that_it_comes() -> None:
    office = BackOffice("expiry: {after_days: 30}")
    office.buys("m", "A", 100)
    office.spends("m", 100, "B")
    office.buys("m", "B", 1)

    office.at("2026-06-01")
    returned, happened_at = Returned("R-1", Money(100, "EUR")), office.now - timedelta(days=60)
    record_refund(office.ledger, Refund("B", "m", returned, happened_at))

    assert office.account("m").points_on(office.ledger.today()).available == 100
