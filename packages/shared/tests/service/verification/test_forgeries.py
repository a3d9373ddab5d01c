"""What somebody forges who writes every hash anew: each is against one law, which finds it."""

from __future__ import annotations

from typing import Any

import pytest
from packages.shared.tests.service.verification.damage import Change, Damaged

from loyalty_shared.service.verification.report import Report, Totals


def _earlier_that_day(fields: dict[str, Any]) -> None:
    assert "T12:00:00" in fields["recordedAt"]
    fields["recordedAt"] = fields["recordedAt"].replace("T12", "T11")


def _below_zero_in_a_month(fields: dict[str, Any]) -> None:
    newest, *months = fields["account"]["months"]
    fields["account"]["months"] = [newest, -5, *months[:-1], months[-1] + 5]


def _in_another_month(fields: dict[str, Any]) -> None:
    newest, *months = fields["account"]["months"]
    fields["account"]["months"] = [newest, 7, *months[:-1], months[-1] - 7]


def _of_another_refund(fields: dict[str, Any]) -> None:
    fields["reversal"]["refunds"] = ["R-9"]


def _gone_on_another_day(fields: dict[str, Any]) -> None:
    fields["reversal"]["expired"][1] += 1


@pytest.mark.parametrize(
    ("member", "type_", "change", "code"),
    [
        ("ann", "REVERSE", _earlier_that_day, "out_of_time"),
        ("ann", "REVERSE", _below_zero_in_a_month, "negative"),
        ("ann", "REVERSE", _in_another_month, "account_differs"),
        ("bob", "EARN", _of_another_refund, "reference_differs"),
        ("cat", "REVERSE", _gone_on_another_day, "arithmetic_differs"),
    ],
)
def test_a_forged_entry_is_found(
    damaged: Damaged, member: str, type_: str, change: Change, code: str
) -> None:
    seq = damaged.first_seq_of(member, type_)

    damaged.forge(member, seq, change)

    assert (code, member, seq) in damaged.found()


def test_lots_of_the_same_days_are_found_where_nobody_knows_what_came_before(
    damaged: Damaged,
) -> None:
    def split(fields: dict[str, Any]) -> None:
        points, *days = fields["account"]["lots"][-1]
        fields["account"]["lots"][-1:] = [[points - 1, *days], [1, *days]]

    last = damaged.last_seq("ann")
    damaged.forge("ann", last, split)
    damaged.remove("ann", last - 1)

    assert ("account_differs", "ann", last) in damaged.found()


def test_an_order_that_names_its_refund_as_its_purchase_is_found(damaged: Damaged) -> None:
    refund = damaged.first_seq_of("ann", "REVERSE")

    damaged.change_reference("order:A-1", lambda fields: fields.update(seq=refund))

    assert ("reference_differs", "ann", refund) in damaged.found()


def test_sums_of_all_members_that_do_not_add_up_are_not_whole() -> None:
    report = Report(totals={"default": Totals(issued=10, available=10)})
    assert report.is_whole()

    report.totals["other"] = Totals(issued=10, available=9)

    assert not report.is_whole()
