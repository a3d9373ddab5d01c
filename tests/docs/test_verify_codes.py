"""The table of faults in docs/Operations.md, compared with what a verification can find."""

from __future__ import annotations

import re
from pathlib import Path

from loyalty_shared.service.verification.report import FaultCode


def test_every_fault_that_a_verification_finds_is_documented(root: Path) -> None:
    text = (root / "docs" / "Operations.md").read_text("utf-8")
    _, _, section = text.partition("## Verify a ledger")
    section, _, _ = section.partition("\n## ")
    rows = re.findall(r"^\| (`.*`) \|", section, re.MULTILINE)
    assert {code for row in rows for code in re.findall(r"`([a-z_]+)`", row)} == set(FaultCode)
