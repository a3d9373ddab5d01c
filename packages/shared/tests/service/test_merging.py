"""Merged members in time: what is due, what expired, and who owes what when they are parted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from packages.shared.tests.service.back_office import BackOffice

from loyalty_shared.domain.entries import EntryType

EXPIRES = "expiry: {after_days: 30}"


def test_time_settles_each_ledger_for_itself() -> None:
    # The marks of who is merged are there still, and come first in a run.
    office = BackOffice("expiry: {after_months: 1, at: month_end}")
    office.buys("ann", "o-1", 100)
    office.buys("bob", "o-2", 100)
    office.at("2026-01-10").merges("ann", "bob")

    office.at("2026-03-05").settles()
    office.parts("ann")

    for member in ("ann", "bob"):
        office.settles()
        account = office.account(member)
        assert (account.points_on(office.ledger.today()).available, account.debt) == (0, 0)
        assert account.lifetime.expired == 100
    assert EntryType.EXPIRE in [entry.type for entry in office.entries("bob")]


@pytest.mark.parametrize("chain", [("bob",), ("bob", "cid")])
def test_points_that_expired_in_any_of_the_ledgers_are_not_owed(chain: tuple[str, ...]) -> None:
    office = BackOffice(EXPIRES)
    office.buys("ann", "o-1", 100)
    first, *others = chain
    office.merges("ann", first)
    office.at("2026-03-01").settles()
    for other in others:
        office.merges(first, other)

    office.gets_back("ann", "o-1", 100)

    assert office.account(chain[-1]).debt == 0


def test_what_was_spent_before_it_could_expire_is_owed_when_they_are_parted() -> None:
    office = BackOffice(EXPIRES)
    office.gives("ann", 100)
    office.merges("ann", "bob")
    office.spends("bob", 100)

    office.at("2026-03-01").parts("ann")

    bob = office.account("bob")
    assert (bob.debt, bob.lifetime.expired, bob.lifetime.redeemed) == (100, 0, 100)


def test_nobody_owes_points_and_has_some_when_they_are_parted() -> None:
    office = BackOffice()
    office.buys("ann", "o-1", 50)
    office.spends("ann", 50)
    office.gets_back("ann", "o-1", 50)
    office.gives("bob", 100)
    office.merges("ann", "bob")
    office.buys("ann", "o-2", 100)

    office.parts("ann")

    assert office.account("ann").inside == 50
    assert office.account("bob").inside == 100


def test_a_hold_that_has_lapsed_is_no_longer_held_when_they_are_parted() -> None:
    office = BackOffice()
    office.gives("ann", 100)
    office.merges("ann", "bob")
    office.holds("ann", 30, days=1)

    office.at("2026-01-03").parts("ann")  # which is the first to write that it lapsed

    ann, bob = office.account("ann"), office.account("bob")
    assert (ann.points_on(office.ledger.today()).available, ann.held) == (100, 0)
    assert bob.inside == 0


def test_a_capture_answers_the_same_for_good_though_its_hold_is_another_ledgers() -> None:
    office = BackOffice()
    office.gives("ann", 100)
    office.merges("ann", "bob")
    hold = office.holds("ann", 30)
    first = office.captures("ann", hold, key="capture")

    office.parts("ann")

    again = office.captures("ann", hold, key="capture")
    assert (again.is_replayed, again.entry) == (True, first.entry)


def test_a_member_with_very_many_lots_is_merged_and_settled_in_bounded_writes() -> None:
    office = BackOffice("expiry: {after_days: 365}")
    for day in range(90):
        office.at(f"2026-{1 + day // 28:02}-{1 + day % 28:02}").buys("ann", f"o-{day}", 1)
    office.at("2026-05-01").holds("ann", 90, days=1)

    office.at("2026-05-03").buys("ann", "o-last", 1)
    office.merges("ann", "bob")
    for month in range(1, 8):
        for day in range(1, 29):
            office.at(f"2027-{month:02}-{day:02}").settles()

    assert max(office.store.rows_of_appends) < 60
    assert office.account("bob").lots == ()
    assert office.account("bob").lifetime.expired == 91


def test_what_came_while_the_other_was_merged_twice_goes_back_whole() -> None:
    office = BackOffice()
    office.buys("ann", "o-1", 100)
    office.buys("bob", "o-2", 1)
    office.buys("cid", "o-3", 1)
    office.merges("ann", "bob")
    for order, euros in (("o-4", 20), ("o-5", 3)):
        office.merges("bob", "cid")
        office.buys("ann", order, euros)
        office.parts("bob")

    office.parts("ann")

    assert [office.account(each).inside for each in ("ann", "bob", "cid")] == [123, 1, 1]


def test_of_very_many_lots_the_first_days_are_marked() -> None:
    office = BackOffice("expiry: {after_days: 600}")
    for week in range(60):
        office.at(str(date(2026, 1, 1) + timedelta(weeks=week))).buys("ann", f"o-{week}", 1)
    office.merges("ann", "bob")

    office.at("2027-08-26").settles()  # the last day of the first was the 24th

    assert office.account("bob").lifetime.expired == 1


@pytest.mark.parametrize("lots", [40, 41, 42, 60])
def test_all_lots_of_a_merged_member_expire_however_many_they_are(lots: int) -> None:
    office = BackOffice("expiry: {after_days: 400}")
    for week in range(lots):
        office.at(str(date(2026, 1, 1) + timedelta(weeks=week))).buys("ann", f"o-{week}", 1)
    office.merges("ann", "bob")

    for day in range(900):
        office.at(str(date(2027, 2, 1) + timedelta(days=day))).settles()

    assert office.account("bob").lots == ()


def test_a_hold_that_another_id_captured_was_spent_by_who_made_it() -> None:
    office = BackOffice()
    office.buys("ann", "o-1", 100)
    office.buys("bob", "o-2", 100)
    office.merges("ann", "bob")
    office.captures("bob", office.holds("ann", 30))

    office.parts("ann")

    assert [office.account(each).inside for each in ("ann", "bob")] == [70, 100]
