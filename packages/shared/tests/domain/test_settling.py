"""What time alone does, and when: the moments are those of Amsterdam, written in UTC."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from packages.shared.tests.domain.member_ledger import MemberLedger

from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.domain.account import Account, Lifetime, Points
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.settling import decide_settling, due_days

Buy = Callable[..., Purchase]
Rules = Callable[..., ProgramFile]

TIERS = (
    "levels: [{name: Basic, from: 0, multiplier: 1}, {name: Silver, from: 100, multiplier: 1},"
    "{name: Gold, from: 500, multiplier: 1}]"
)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def on(day: str) -> date:
    return date.fromisoformat(day)


# ------------------------------------------------------------------ when points are where


@pytest.mark.parametrize(
    ("pending_days", "expiry", "bought_at", "available_at", "gone_at"),
    [
        # Pending: the day of the purchase counts as day 0, and a day begins at midnight.
        (14, "never", "2026-05-04T10:00Z", "2026-05-17T22:00Z", None),
        (14, "never", "2026-05-04T21:59Z", "2026-05-17T22:00Z", None),  # 23:59 in Amsterdam
        (14, "never", "2026-05-04T22:00Z", "2026-05-18T22:00Z", None),  # midnight: the 5th
        (1, "never", "2026-12-31T12:00Z", "2026-12-31T23:00Z", None),
        (1, "never", "2028-02-28T12:00Z", "2028-02-28T23:00Z", None),  # 29 February
        # Expiry: through the last day, so gone with the midnight after it.
        (0, "{after_days: 90}", "2026-05-04T10:00Z", None, "2026-08-02T22:00Z"),
        (0, "{after_days: 1}", "2026-05-04T10:00Z", None, "2026-05-05T22:00Z"),
        (0, "{after_days: 365}", "2027-03-01T12:00Z", None, "2028-02-29T23:00Z"),
        (0, "{after_months: 1}", "2026-01-31T12:00Z", None, "2026-02-28T23:00Z"),
        (0, "{after_months: 1}", "2026-01-28T12:00Z", None, "2026-02-28T23:00Z"),
        (0, "{after_months: 1}", "2028-01-31T12:00Z", None, "2028-02-29T23:00Z"),
        (0, "{after_months: 12}", "2028-02-29T12:00Z", None, "2029-02-28T23:00Z"),
        (0, "{after_months: 1}", "2026-01-30T23:30Z", None, "2026-02-28T23:00Z"),  # the 31st
        (0, "{after_months: 1, at: month_end}", "2026-01-31T12:00Z", None, "2026-02-28T23:00Z"),
        (0, "{after_months: 12, at: month_end}", "2026-05-04T10:00Z", None, "2027-05-31T22:00Z"),
        (0, "{after_months: 12, at: month_end}", "2027-02-10T12:00Z", None, "2028-02-29T23:00Z"),
        (0, "{after_months: 12, at: year_end}", "2026-05-04T10:00Z", None, "2027-12-31T23:00Z"),
        (0, "{after_months: 1, at: year_end}", "2026-12-31T22:59Z", None, "2027-12-31T23:00Z"),
        (0, "{after_months: 1, at: year_end}", "2026-12-31T23:00Z", None, "2027-12-31T23:00Z"),
        # Clocks go forward on 29 March 2026: it has 23 hours.
        (1, "{after_days: 1}", "2026-03-27T23:30Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
        (1, "{after_days: 2}", "2026-03-28T23:00Z", "2026-03-29T22:00Z", "2026-03-31T22:00Z"),
        # And back on 25 October: it has 25.
        (1, "{after_days: 1}", "2026-10-24T12:00Z", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),
        (1, "{after_days: 2}", "2026-10-24T22:00Z", "2026-10-25T23:00Z", "2026-10-27T23:00Z"),
        (1, "{after_days: 2}", "2026-10-25T22:59Z", "2026-10-25T23:00Z", "2026-10-27T23:00Z"),
        # Both.
        (
            14,
            "{after_months: 12, at: month_end}",
            "2026-05-04T10:00Z",
            "2026-05-17T22:00Z",
            "2027-05-31T22:00Z",
        ),
        (28, "{after_months: 1}", "2026-01-31T12:00Z", "2026-02-27T23:00Z", "2026-02-28T23:00Z"),
    ],
)
def test_points_are_pending_then_available_then_gone(  # noqa: PLR0913, PLR0917 - a table's columns
    rules: Rules,
    bought: Buy,
    pending_days: int,
    expiry: str,
    bought_at: str,
    available_at: str | None,
    gone_at: str | None,
) -> None:
    program = rules(
        f"earning: {{points_per_unit: 1, pending_days: {pending_days}}}", f"expiry: {expiry}"
    ).program()
    ledger = MemberLedger(program)
    ledger.happens(bought("10.00", bought_at))
    pending, available, gone = Points(0, 10, 0), Points(10, 0, 0), Points(0, 0, 10)

    if available_at:
        assert_changes_at(ledger, moment(available_at), EntryType.ACTIVATE, pending, available)
    else:
        assert ledger.account.points_on(program.date_of(moment(bought_at))) == available
    if gone_at:
        assert_changes_at(ledger, moment(gone_at), EntryType.EXPIRE, available, gone)
        assert ledger.account.points_on(date.max) == Points(0, 0, 0)
    else:
        assert ledger.account.points_on(date.max) == available


def assert_changes_at(
    ledger: MemberLedger, at: datetime, type_: EntryType, before: Points, after: Points
) -> None:
    program = ledger.program
    eve, day = program.date_of(at - timedelta(microseconds=1)), program.date_of(at)
    assert ledger.account.points_on(eve) == before
    assert decide_settling(program, ledger.account, eve) is None
    assert ledger.account.points_on(day) == after

    [draft] = ledger.settle(day)

    assert (draft.type, draft.occurred_at) == (type_, at)
    assert draft.points == -after.expired
    assert draft.program_version == program.version
    assert decide_settling(program, ledger.account, day) is None


@pytest.mark.parametrize(
    ("timezone", "day", "starts_at"),
    [
        ("Europe/Amsterdam", "2026-03-29", "2026-03-28T23:00Z"),
        ("Europe/Amsterdam", "2026-03-30", "2026-03-29T22:00Z"),
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00Z"),  # it begins at one o'clock
        ("Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00Z"),
        ("UTC", "2026-01-01", "2026-01-01T00:00Z"),
    ],
)
def test_a_day_starts_with_its_first_moment(
    rules: Rules, timezone: str, day: str, starts_at: str
) -> None:
    program = rules(f"timezone: {timezone}").program()

    start = program.start_of(on(day))

    start = start.astimezone(UTC)
    assert start == moment(starts_at)
    assert program.date_of(start) == on(day)
    assert program.date_of(start - timedelta(seconds=1)) < on(day)


# ------------------------------------------------------------------ the entries


def an_account(*lots: Lot) -> Account:
    points = sum(lot.points for lot in lots)
    return Account(
        lots=lots,
        lifetime=Lifetime(earned=points),
        tier="Basic",
        tier_since=on("2026-01-01"),
    )


def test_points_become_active_before_they_expire_and_a_tier_ends_last(
    rules: Rules, bought: Buy
) -> None:
    ledger = MemberLedger(
        rules(
            "earning: {points_per_unit: 1, pending_days: 14}",
            "expiry: {after_days: 90}",
            f"tiers: {{window: {{rolling_months: 1}}, {TIERS}}}",
        ).program()
    )
    ledger.happens(bought("100.00", "2026-05-04T10:00Z"))

    drafts = ledger.settle(on("2026-12-01"))

    assert [(draft.type, draft.points, draft.occurred_at) for draft in drafts] == [
        (EntryType.ACTIVATE, 0, moment("2026-05-17T22:00Z")),
        (EntryType.EXPIRE, -100, moment("2026-08-02T22:00Z")),
        (EntryType.TIER, 0, moment("2026-05-31T22:00Z")),
    ]
    assert ledger.account.lifetime == Lifetime(earned=100, expired=100)
    assert (ledger.account.tier, ledger.account.tier_since) == ("Basic", on("2026-06-01"))
    assert ledger.settle(on("2026-12-01")) == []


def test_all_that_became_active_is_one_entry_of_the_newest_day(program: Program) -> None:
    account = an_account(
        Lot(1, None, on("2026-08-01")),
        Lot(2, on("2026-05-10"), on("2026-08-01")),
        Lot(4, on("2026-05-12"), on("2026-09-01")),
        Lot(8, on("2026-05-13"), None),
        Lot(16, on("2026-05-14"), None),
    )

    draft = decide_settling(program, account, on("2026-05-13"))

    assert draft == Draft(
        type=EntryType.ACTIVATE,
        points=0,
        occurred_at=moment("2026-05-12T22:00Z"),
        program_version=program.version,
        account=an_account(
            Lot(3, None, on("2026-08-01")),
            Lot(4, None, on("2026-09-01")),
            Lot(8, None, None),
            Lot(16, on("2026-05-14"), None),
        ),
    )


def test_all_that_expired_is_one_entry_of_the_newest_day(program: Program) -> None:
    account = an_account(
        Lot(1, None, on("2026-05-10")),
        Lot(2, None, on("2026-05-12")),
        Lot(4, None, on("2026-05-13")),
        Lot(8, None, None),
    )

    draft = decide_settling(program, account, on("2026-05-13"))

    assert draft is not None
    assert (draft.type, draft.points) == (EntryType.EXPIRE, -3)
    assert draft.occurred_at == moment("2026-05-12T22:00Z")
    assert draft.account.lots == (Lot(4, None, on("2026-05-13")), Lot(8, None, None))
    assert draft.account.lifetime == Lifetime(earned=15, expired=3)


@pytest.mark.parametrize(
    ("arrives_on", "entries"),
    [
        ("2026-05-10", []),
        ("2026-05-18", ["ACTIVATE 0"]),
        ("2026-08-02", ["ACTIVATE 0"]),
        ("2026-08-03", ["ACTIVATE 0", "EXPIRE -10"]),
        ("2027-08-03", ["ACTIVATE 0", "EXPIRE -10"]),
    ],
)
def test_a_purchase_that_arrives_late_is_settled_as_if_it_had_come_in_time(
    rules: Rules, bought: Buy, arrives_on: str, entries: list[str]
) -> None:
    ledger = MemberLedger(
        rules(
            "earning: {points_per_unit: 1, pending_days: 14}", "expiry: {after_days: 90}"
        ).program()
    )
    ledger.happens(bought("10.00", "2026-05-04T10:00Z"), today=on(arrives_on))
    ledger.happens(bought("7.00", arrives_on + "T10:00Z", order="B-1"))

    drafts = ledger.settle(on(arrives_on))

    assert [f"{draft.type} {draft.points}" for draft in drafts] == entries
    assert sum(lot.points for lot in ledger.account.lots) == (7 if len(entries) > 1 else 17)


def test_an_account_without_an_entry_has_nothing_to_settle(program: Program) -> None:
    assert decide_settling(program, Account(), on("2026-05-04")) is None
    assert due_days(program, Account()) == set()
