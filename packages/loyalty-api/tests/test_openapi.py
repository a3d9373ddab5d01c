from __future__ import annotations

from pathlib import Path

from loyalty_api.openapi import document

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"


def test_the_committed_description_is_that_of_the_code() -> None:
    assert COMMITTED.read_text("utf-8") == document(), "run: poe openapi"
