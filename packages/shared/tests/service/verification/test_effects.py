"""Every type of entry has a row in the table of what entries do."""

from __future__ import annotations

from loyalty_shared.domain.entries import EntryType
from loyalty_shared.service.verification.effects import EFFECTS


def test_it_is_known_of_every_type_what_it_does() -> None:
    assert set(EFFECTS) == set(EntryType)
