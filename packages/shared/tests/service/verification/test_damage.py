"""Harm done to a ledger in its file: each kind is found, where it is, and called by its name."""

from __future__ import annotations

from typing import Any

import pytest
from packages.shared.tests.service.verification.damage import Change, Damaged

from loyalty_shared.service.verification.report import FaultCode


def test_a_healthy_ledger_with_all_that_may_happen_is_whole(damaged: Damaged) -> None:
    report = damaged.report()

    assert (report.faults, report.is_whole()) == ([], True)
    assert (report.members, report.entries, report.references) == (3, 24, 12)
    totals = report.totals["default"]
    assert totals.add_up()
    assert (totals.issued, totals.available, totals.pending) == (1705, 622, 18)
    assert (totals.redeemed, totals.expired, totals.reversed, totals.debt) == (300, 330, 435, 0)


@pytest.mark.parametrize("member", ["ann", "bob", "cat"])
def test_a_healthy_member_is_whole(damaged: Damaged, member: str) -> None:
    report = damaged.report(member)

    assert report.is_whole()
    assert (report.members, report.entries) == (1, damaged.last_seq(member))


def test_a_byte_that_flips_in_a_middle_entry_breaks_the_chain(damaged: Damaged) -> None:
    damaged.flip("ann", 3, "12:00:00")

    assert ("chain_broken", "ann", 4) in damaged.found()


def test_a_byte_that_is_no_text_any_more_is_found_and_the_rest_is_looked_at(
    damaged: Damaged,
) -> None:
    damaged.flip("ann", 3, "A-2", bit=0x80)
    damaged.remove("bob", 7)

    found = damaged.found()

    assert ("unreadable", "ann", 3) in found
    assert any(member == "bob" for _, member, _ in found)


def test_a_byte_that_flips_in_the_newest_entrys_points_is_found(damaged: Damaged) -> None:
    last = damaged.last_seq("ann")
    damaged.flip("ann", last, '8,"previous"')  # 18 becomes 19

    assert ("points_differ", "ann", last) in damaged.found()


def test_any_byte_of_a_newest_entry_that_flips_is_found_but_in_when_it_was_recorded(
    damaged: Damaged,
) -> None:
    last = damaged.last_seq("bob")
    body = damaged.body("bob", last)
    start = body.index('"recordedAt":"') + len('"recordedAt":"')
    nobody_knows = range(start, body.index('"', start))
    for place in range(len(body)):
        flipped = bytearray(body.encode())
        flipped[place] ^= 1
        damaged.write("bob", last, bytes(flipped))
        assert damaged.report("bob").faults or place in nobody_knows, flipped


def test_a_removed_first_entry_is_missing(damaged: Damaged) -> None:
    damaged.remove("ann", 1)

    assert {("entry_missing", "ann", 2), ("entry_missing", "ann", 1)} <= damaged.found()


def test_a_removed_middle_entry_is_missing(damaged: Damaged) -> None:
    damaged.remove("ann", 6)

    assert damaged.found() == {("entry_missing", "ann", 7), ("entry_missing", "ann", 6)}


def test_a_removed_last_entry_is_missing_by_its_reference(damaged: Damaged) -> None:
    last = damaged.last_seq("ann")
    damaged.remove("ann", last)

    assert ("entry_missing", "ann", last) in damaged.found()


def test_a_member_without_any_entry_left_is_found(damaged: Damaged) -> None:
    for seq in range(1, damaged.last_seq("cat") + 1):
        damaged.remove("cat", seq)

    assert ("entry_missing", "cat", None) in damaged.found("cat")
    assert ("entry_missing", "cat", None) in damaged.found()


def _richer(fields: dict[str, Any]) -> None:
    fields["account"]["lots"][-1][0] += 1000


def _richer_by_earning(fields: dict[str, Any]) -> None:
    _richer(fields)
    fields["account"]["lifetime"]["earned"] += 1000


def _richer_all_along(fields: dict[str, Any]) -> None:
    _richer_by_earning(fields)
    fields["points"] += 1000
    fields["account"]["qualifying"] += 1000
    fields["account"]["months"][-1] += 1000


def _richer_and_computed(fields: dict[str, Any]) -> None:
    _richer_all_along(fields)
    fields["earning"]["amount"] *= 100


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_richer, "not_conserved"),
        (_richer_by_earning, "points_differ"),
        (_richer_all_along, "arithmetic_differs"),
        (_richer_and_computed, "reference_differs"),
    ],
)
def test_a_forged_balance_is_found_though_every_hash_after_it_was_written_anew(
    damaged: Damaged, change: Change, code: str
) -> None:
    damaged.forge("ann", 10, change)

    found = damaged.found()

    assert (code, "ann", 10) in found
    assert not any(each == "chain_broken" for each, _, _ in found)


def test_a_forged_redemption_is_found(damaged: Damaged) -> None:
    seq = damaged.seq_of("bob", "REDEEM")

    def cheaper(fields: dict[str, Any]) -> None:
        fields["points"] += 100

    damaged.forge("bob", seq, cheaper)

    assert ("points_differ", "bob", seq) in damaged.found()


def test_a_forged_tier_is_found(damaged: Damaged) -> None:
    def raised(fields: dict[str, Any]) -> None:
        fields["account"]["tier"] = "Gold"

    last = damaged.last_seq("ann")
    damaged.forge("ann", last, raised)

    assert ("account_differs", "ann", last) in damaged.found()
    assert ("record_differs", "ann", last) in damaged.found()


def test_an_order_that_earned_twice_is_doubled(damaged: Damaged) -> None:
    def again(fields: dict[str, Any]) -> None:
        fields["order"] = "A-3"

    last = damaged.last_seq("ann")
    damaged.forge("ann", last, again)

    assert ("order_doubled", "ann", last) in damaged.found()
    assert ("order_doubled", "ann", last) in damaged.found("ann")


def test_members_that_were_swapped_are_found(damaged: Damaged) -> None:
    for name, other in (("ann", "-"), ("bob", "ann"), ("-", "bob")):
        damaged.run("UPDATE member SET member = ? WHERE member = ?", other, name)

    assert {("chain_broken", "ann", 1), ("chain_broken", "bob", 1)} <= damaged.found()


def test_a_member_who_is_gone_from_the_index_is_found(damaged: Damaged) -> None:
    damaged.run("UPDATE member SET tier = NULL WHERE member = 'ann'")

    assert ("record_differs", "ann", damaged.last_seq("ann")) in damaged.found()


def test_a_member_who_is_gone_leaves_entries_of_nobody(damaged: Damaged) -> None:
    damaged.run("DELETE FROM member WHERE member = 'cat'")

    found = damaged.found()

    assert ("entry_missing", "cat", 1) in found
    assert ("chain_broken", "(row 3, which is no member)", 1) in found


def test_a_member_shown_in_another_tier_is_found(damaged: Damaged) -> None:
    damaged.run("UPDATE member SET tier = 'Basic' WHERE member = 'bob'")

    assert damaged.found() == {("record_differs", "bob", damaged.last_seq("bob"))}


def test_a_day_that_nobody_looks_at_is_found_unless_it_is_over(damaged: Damaged) -> None:
    damaged.run("DELETE FROM due WHERE member = 'ann' AND day = '2026-05-30'")
    damaged.run("INSERT INTO due VALUES ('default', '2026-02-01', 'ann')")

    assert damaged.found() == {("due_missing", "ann", damaged.last_seq("ann"))}


def test_rules_that_were_changed_or_are_gone_are_found(damaged: Damaged) -> None:
    damaged.run("UPDATE program SET body = replace(body, '3/2', '2')")

    codes = {code for code, _, _ in damaged.found()}
    assert {"program_differs", "program_missing"} <= codes

    damaged.run("DELETE FROM program")

    assert ("program_missing", "ann", 1) in damaged.found()


def test_an_entry_that_is_not_written_as_entries_are_is_found(damaged: Damaged) -> None:
    last = damaged.last_seq("ann")
    damaged.write("ann", last, damaged.body("ann", last).replace('"points":', '"points": '))

    assert damaged.found() == {("not_canonical", "ann", last)}


def test_entries_that_changed_places_are_found(damaged: Damaged) -> None:
    first, second = damaged.body("ann", 4), damaged.body("ann", 5)
    damaged.write("ann", 4, second)
    damaged.write("ann", 5, first)

    assert {("out_of_place", "ann", 4), ("chain_broken", "ann", 4)} <= damaged.found()


def test_time_that_runs_back_is_found(damaged: Damaged) -> None:
    def sooner(fields: dict[str, Any]) -> None:
        fields["recordedAt"] = "2020-01-01T00:00:00Z"

    damaged.forge("ann", 10, sooner)

    assert ("out_of_time", "ann", 10) in damaged.found()


def test_an_entry_of_no_type_is_found(damaged: Damaged) -> None:
    damaged.write("ann", 12, damaged.body("ann", 12).replace("EARN", "GIFT"))

    assert ("unreadable", "ann", 12) in damaged.found()


def test_of_a_ledger_damaged_from_end_to_end_all_is_counted(damaged: Damaged) -> None:
    damaged.run("UPDATE entry SET body = 'x'")

    report = damaged.report()

    assert report.fault_count >= 24
    assert {fault.code for fault in report.faults} >= {FaultCode.UNREADABLE}
