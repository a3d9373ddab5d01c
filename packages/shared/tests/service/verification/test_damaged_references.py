"""Harm done to references in a ledger's file, and to what they name."""

from __future__ import annotations

from typing import Any

import pytest
from packages.shared.tests.service.verification.damage import Damaged


@pytest.mark.parametrize("member", [None, "ann"])
def test_an_order_without_its_reference_is_found(damaged: Damaged, member: str | None) -> None:
    damaged.run("DELETE FROM reference WHERE key = 'default#order:A-1'")

    assert damaged.found(member) == {
        ("reference_missing", "ann", 1),
        ("reference_missing", "ann", 4),
    }


def test_a_reference_that_names_another_entry_is_found(damaged: Damaged) -> None:
    damaged.change_reference("order:A-3", lambda fields: fields.update(seq=12))

    assert {("reference_differs", "ann", 12), ("order_doubled", "ann", 10)} <= damaged.found()


def test_a_reference_that_names_another_member_is_found(damaged: Damaged) -> None:
    damaged.change_reference("order:A-3", lambda fields: fields.update(member="cat"))

    assert {("entry_missing", "cat", 10), ("reference_differs", "ann", 10)} <= damaged.found()


def test_a_reference_whose_points_were_changed_is_found(damaged: Damaged) -> None:
    damaged.change_reference("order:A-1", lambda fields: fields.update(points=150))

    assert ("arithmetic_differs", "ann", 1) in damaged.found()


def test_a_reference_that_lost_a_refund_is_found(damaged: Damaged) -> None:
    def forget(fields: dict[str, Any]) -> None:
        fields["points"] = fields.pop("earned")
        del fields["refunds"]

    damaged.change_reference("order:A-1", forget)

    assert ("reference_differs", "ann", 4) in damaged.found()


def test_a_reference_that_cannot_be_read_is_found(damaged: Damaged) -> None:
    damaged.run("UPDATE reference SET body = '{' WHERE key = 'default#order:A-3'")

    assert damaged.found() == {("unreadable", None, None)}


@pytest.mark.parametrize("seq", [99, 0])
def test_a_key_that_names_no_entry_is_found(damaged: Damaged, seq: int) -> None:
    damaged.change_reference("key:key-1", lambda fields: fields.update(seq=seq))

    assert damaged.found() == {("entry_missing", "ann", seq), ("reference_differs", "ann", 6)}


def test_a_key_that_names_what_nobody_asked_for_is_found(damaged: Damaged) -> None:
    damaged.change_reference("key:key-1", lambda fields: fields.update(seq=5))

    assert damaged.found() == {("reference_differs", "ann", 5), ("reference_differs", "ann", 6)}


@pytest.mark.parametrize("key", ["key:key-2", "restored:%"])
def test_what_a_command_took_with_its_entry_and_is_gone_is_found(
    damaged: Damaged, key: str
) -> None:
    damaged.run("DELETE FROM reference WHERE key LIKE ?", f"default#{key}")

    assert damaged.found() == {("reference_missing", "ann", 7)}
