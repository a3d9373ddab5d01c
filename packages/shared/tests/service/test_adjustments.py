"""Adjustments that wait, when others ask at the same moment."""

from __future__ import annotations

from datetime import date

import pytest
from packages.shared.tests.service.back_office import BackOffice

from loyalty_shared.domain.adjustments import Adjustment
from loyalty_shared.service.adjustments import adjust, approve, asked_by_command, waiting_approvals
from loyalty_shared.service.commands import Asking
from loyalty_shared.service.ports import MemberKey


def test_who_asks_while_another_one_is_decided_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    office = BackOffice("adjustments: {approval_above: 100}")
    asking = office.asking("ann")
    approval = asked_by_command(
        office.ledger, asking, adjust(office.ledger, asking, Adjustment(500, "goodwill"))
    )
    forget_due = office.store.forget_due

    def overtaken(member: MemberKey, day: date) -> None:
        office.gives("ann", 600)
        forget_due(member, day)

    monkeypatch.setattr(office.store, "forget_due", overtaken)
    approve(office.ledger, Asking("ann", "yes", "eva"), approval)

    [waiting] = waiting_approvals(office.ledger, after=None, limit=10).approvals
    assert waiting.request.adjustment.points == 600
