"""Forgetting members while others write, merge them, or forget them too."""

from __future__ import annotations

import pytest
from packages.shared.tests.service.back_office import BackOffice

from loyalty_shared.domain.errors import (
    InsufficientPoints,
    MemberNotFound,
    MergedIntoAnother,
    StoreUnavailable,
)
from loyalty_shared.service.archive import encode_row
from loyalty_shared.service.ports import Removal


def rows_naming(office: BackOffice, text: str) -> list[str]:
    return [row for row in map(encode_row, office.store.rows()) if text in row]


def test_who_is_merged_meanwhile_is_not_forgotten_in_place_of_the_other() -> None:
    office = BackOffice()
    office.gives("ann", 100)
    office.gives("bob", 70)
    office.store.rival = lambda: office.merges("ann", "bob")

    with pytest.raises(MergedIntoAnother):
        office.forgets("ann")

    assert office.account("bob").inside == 170


def test_who_is_forgotten_meanwhile_is_not_forgotten_twice() -> None:
    office = BackOffice()
    office.gives("ann", 100)
    office.store.rival = lambda: office.forgets("ann")

    with pytest.raises(MemberNotFound):
        office.forgets("ann")

    assert rows_naming(office, "ann") == []


def test_a_writer_that_read_before_does_not_bring_the_member_back() -> None:
    office = BackOffice()
    office.gives("ann", 100)
    office.store.rival = lambda: office.forgets("ann")

    with pytest.raises(InsufficientPoints):
        office.spends("ann", 1)

    assert rows_naming(office, "ann") == []


def test_a_member_who_began_anew_is_not_forgotten_with_one_that_it_was_merged_into(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = BackOffice()
    office.gives("ann", 100)
    office.merges("ann", "bob")
    remove = office.store.remove

    def cut_off(removal: Removal) -> None:
        if removal.member.member_id == "bob":
            raise StoreUnavailable("gone")
        remove(removal)

    with monkeypatch.context() as patched:
        patched.setattr(office.store, "remove", cut_off)
        with pytest.raises(StoreUnavailable):
            office.forgets("bob", key="forget")
    office.buys("ann", "o-1", 100)  # who is gone already, and begins anew

    office.forgets("bob", key="forget")

    assert office.account("ann").inside == 100
    assert office.store.newest_entry(office.ledger.member_key("bob")) is None


def test_no_due_mark_is_left_whichever_rules_made_it() -> None:
    levels = (
        "levels: [{name: Basic, from: 0, multiplier: 1}, {name: Gold, from: 50, multiplier: 1}]"
    )
    office = BackOffice(f"tiers: {{window: {{rolling_months: 12}}, {levels}}}")
    office.buys("ann", "o-1", 100)
    office.under(f"tiers: {{window: {{rolling_months: 6}}, {levels}}}")
    office.gets_back("ann", "o-1", 1)

    office.forgets("ann")

    assert rows_naming(office, "ann") == []


def test_the_newest_entry_goes_by_itself_and_last(monkeypatch: pytest.MonkeyPatch) -> None:
    office = BackOffice()
    for number in range(5):
        office.buys("ann", f"o-{number}", 1)
    removals: list[Removal] = []
    remove = office.store.remove

    def noted(removal: Removal) -> None:
        removals.append(removal)
        remove(removal)

    monkeypatch.setattr(office.store, "remove", noted)
    office.forgets("ann")

    assert [each.seqs for each in removals if each.seqs] == [(1, 2, 3, 4, 5), (6,)]
    assert removals[-1].record
