"""Whatever happens to members, nothing is wrong with what the service writes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import rule, run_state_machine_as_test
from packages.shared.tests.model.test_member_machine import SpendingMembers

from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.verification.report import FaultCode
from loyalty_shared.service.verifying import Verifier, verify_ledger
from loyalty_shared.storage.sqlite.snapshot import SqliteSnapshot

OpenStore = Callable[[], LedgerArchive]


class VerifiedMembers(SpendingMembers):
    """Members who spend, and whose ledger is verified now and then, and in the end."""

    def __init__(self, stores: Sequence[LedgerArchive], path: Path) -> None:
        super().__init__(stores)
        self.path = path

    @rule()
    def the_ledger_is_verified(self) -> None:
        with closing(SqliteSnapshot(self.path)) as ledger:
            verifier = Verifier(self.scene.now, lambda _: None, workers=0)
            report = verify_ledger(ledger, verifier)
        # While a clock is ahead, what is due is put on the lists of days that are too late.
        faults = [each for each in report.faults if each.code is not FaultCode.DUE_MISSING]
        assert faults == []
        assert all(totals.add_up() for totals in report.totals.values())

    def teardown(self) -> None:
        if hasattr(self, "scene") and self.scene.is_sound:
            self.the_ledger_is_verified()
        super().teardown()


def test_whatever_happens_to_members_the_ledger_is_verified_as_whole(
    new_sqlite: OpenStore, tmp_path: Path
) -> None:
    def machine() -> VerifiedMembers:
        store = new_sqlite()
        newest = max(tmp_path.iterdir(), key=lambda folder: int(folder.name))
        return VerifiedMembers([store], newest / "ledger.db")

    run_state_machine_as_test(
        machine,  # type: ignore[arg-type] # it is called
        settings=settings(max_examples=40, stateful_step_count=40),
    )
