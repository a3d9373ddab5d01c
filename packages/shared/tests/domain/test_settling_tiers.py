"""A tier that time ends: on which day, after which grace, and once."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from packages.shared.tests.domain.member_ledger import MemberLedger, days_between

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.entries import EntryType
from loyalty_shared.domain.orders import Purchase, Refund
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.settling import decide_settling, due_days
from loyalty_shared.domain.tiers import standing_on

Buy = Callable[..., Purchase]
Back = Callable[..., Refund]
Rules = Callable[..., ProgramFile]


def on(day: str) -> date:
    return date.fromisoformat(day)


def of_window(rules: Rules, window: str, grace: int = 0) -> Program:
    return rules(
        f"tiers: {{window: {window}, grace_months: {grace}, levels: ["
        "{name: Basic, from: 0, multiplier: 1}, {name: Silver, from: 100, multiplier: 1},"
        "{name: Gold, from: 500, multiplier: 1}]}"
    ).program()


@pytest.mark.parametrize(
    ("window", "grace", "bought_on", "kept_until"),
    [
        ("{rolling_months: 12}", 0, "2026-03-10", "2027-02-28"),
        ("{rolling_months: 12}", 0, "2027-03-31", "2028-02-29"),
        ("{rolling_months: 12}", 2, "2026-03-10", "2027-04-30"),  # as docs/Program.md says
        ("{rolling_months: 1}", 0, "2026-03-10", "2026-03-31"),
        ("{rolling_months: 1}", 1, "2026-03-10", "2026-04-30"),
        ("{rolling_months: 12}", 12, "2026-03-10", "2028-02-29"),
        ("calendar_year", 0, "2026-03-10", "2026-12-31"),
        ("calendar_year", 0, "2026-12-31", "2026-12-31"),
        ("calendar_year", 2, "2026-03-10", "2027-02-28"),
        ("calendar_year", 12, "2026-03-10", "2027-12-31"),
    ],
)
def test_a_tier_ends_on_the_day_after_it_is_kept_until(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules, bought: Buy, window: str, grace: int, bought_on: str, kept_until: str
) -> None:
    program = of_window(rules, window, grace)
    ledger = MemberLedger(program)
    ledger.happens(bought("500.00", bought_on + "T12:00Z"))
    last_day = on(kept_until)
    account, lost_on = ledger.account, last_day + timedelta(days=1)
    standing = standing_on(on(bought_on), program.tiers, account.qualification, account.tier_since)

    assert (account.tier, standing.kept_until) == ("Gold", last_day)
    assert due_days(program, account) == {lost_on}
    assert decide_settling(program, account, last_day) is None

    [draft] = ledger.settle(lost_on)

    assert (draft.type, draft.points, draft.order_id) == (EntryType.TIER, 0, None)
    assert draft.occurred_at == program.start_of(lost_on)
    assert (draft.account.tier, draft.account.tier_since) == ("Basic", lost_on)
    assert due_days(program, draft.account) == set()


def test_a_lifetime_tier_is_never_lost_to_time(rules: Rules, bought: Buy) -> None:
    program = of_window(rules, "lifetime")
    ledger = MemberLedger(program)
    ledger.happens(bought("500.00", "2000-03-10T12:00Z"))

    assert due_days(program, ledger.account) == set()
    assert ledger.settle(on("2100-01-01")) == []


def test_a_tier_goes_down_step_by_step_if_settled_and_at_once_if_not(
    rules: Rules, bought: Buy
) -> None:
    program = of_window(rules, "{rolling_months: 3}")
    swept, late = MemberLedger(program), MemberLedger(program)
    for ledger in (swept, late):
        ledger.happens(
            bought("450.00", "2026-03-10T12:00Z", order="A-1"),
            bought("100.00", "2026-05-10T12:00Z", order="A-2"),
        )

    for day in days_between("2026-05-11", "2026-09-30"):
        swept.settle(day)
    late.settle(on("2026-09-30"))

    def tiers(ledger: MemberLedger) -> list[tuple[str, str]]:
        return [(draft.account.tier, str(draft.account.tier_since)) for draft in ledger.drafts()]

    assert tiers(swept) == [
        ("Silver", "2026-03-10"),
        ("Gold", "2026-05-10"),
        ("Silver", "2026-06-01"),
        ("Basic", "2026-08-01"),
    ]
    assert tiers(late) == [
        ("Silver", "2026-03-10"),
        ("Gold", "2026-05-10"),
        ("Basic", "2026-08-01"),
    ]
    assert swept.account == late.account


@pytest.mark.parametrize(
    "arrives_late",
    ["2025-06-10", "2025-12-10", "2026-02-10", "2026-04-10"],
)
def test_a_tier_that_ended_does_not_come_back_with_a_late_purchase_that_gives_none(
    rules: Rules, bought: Buy, arrives_late: str
) -> None:
    program = of_window(rules, "{rolling_months: 2}")
    ledger = MemberLedger(program)
    ledger.happens(bought("500.00", "2026-03-10T12:00Z", order="A-1"))
    ledger.settle(on("2026-05-01"))
    assert (ledger.account.tier, ledger.account.tier_since) == ("Basic", on("2026-05-01"))

    ledger.happens(bought("60.00", arrives_late + "T12:00Z", order="A-2"), today=on("2026-05-20"))

    assert (ledger.account.tier, ledger.account.tier_since) == ("Basic", on("2026-05-01"))
    assert ledger.settle(on("2026-05-20")) == []
    assert all(day > on("2026-05-20") for day in due_days(program, ledger.account))


def test_a_late_purchase_that_still_gives_a_tier_gives_it(rules: Rules, bought: Buy) -> None:
    program = of_window(rules, "{rolling_months: 2}")
    ledger = MemberLedger(program)
    ledger.happens(bought("500.00", "2026-03-10T12:00Z", order="A-1"))
    ledger.settle(on("2026-05-01"))

    ledger.happens(bought("100.00", "2026-04-10T12:00Z", order="A-2"), today=on("2026-05-20"))

    assert (ledger.account.tier, ledger.account.tier_since) == ("Silver", on("2026-05-01"))
    assert due_days(program, ledger.account) == {on("2026-06-01")}


def test_a_refund_after_a_tier_ended_leaves_it_ended(
    rules: Rules, bought: Buy, refunded: Back
) -> None:
    program = of_window(rules, "{rolling_months: 2}")
    ledger = MemberLedger(program)
    ledger.happens(bought("600.00", "2026-03-10T12:00Z"))
    ledger.settle(on("2026-05-01"))

    ledger.happens(refunded("300.00", "2026-05-20T12:00Z"))

    assert (ledger.account.tier, ledger.account.tier_since) == ("Basic", on("2026-05-01"))
    assert ledger.settle(on("2026-05-20")) == []


def test_a_purchase_of_a_month_that_has_not_begun_here_is_not_undone(
    rules: Rules, bought: Buy
) -> None:
    program = of_window(rules, "{rolling_months: 1}")
    ledger = MemberLedger(program)
    ledger.happens(bought("500.00", "2026-05-31T23:00Z"), today=on("2026-05-31"))  # 1 June

    assert ledger.settle(on("2026-05-31")) == []
    assert ledger.settle(on("2026-06-30")) == []
    assert ledger.account.tier == "Gold"
    assert [draft.account.tier for draft in ledger.settle(on("2026-07-01"))] == ["Basic"]


def test_tiers_follow_the_program_in_force_from_the_day_that_it_is_settled(
    rules: Rules, bought: Buy
) -> None:
    ledger = MemberLedger(of_window(rules, "{rolling_months: 12}"))
    ledger.happens(bought("500.00", "2026-03-10T12:00Z"))
    ledger.change_program(of_window(rules, "{rolling_months: 1}"))

    ledger.settle(on("2026-03-20"))
    assert ledger.account.tier == "Gold"

    ledger.change_program(rules(PLAIN).program())
    [draft] = ledger.settle(on("2026-03-25"))

    assert (draft.account.tier, draft.account.tier_since) == ("Only", on("2026-03-25"))
    assert draft.occurred_at == datetime.fromisoformat("2026-03-24T23:00Z")


PLAIN = "tiers: {window: lifetime, levels: [{name: Only, from: 0, multiplier: 1}]}"
