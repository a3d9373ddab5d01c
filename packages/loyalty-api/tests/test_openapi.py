from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loyalty_api.openapi import document

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document())
    return found


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


def test_the_committed_description_is_that_of_the_code() -> None:
    assert COMMITTED.read_text("utf-8") == document(), "run: poe openapi"


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    references = set(_references(described))
    assert "#/components/schemas/ProblemBody" in references
    for reference in references:
        found: Any = described
        for name in reference.removeprefix("#/").split("/"):
            assert name in found, reference
            found = found[name]


def test_every_route_that_reads_the_ledger_may_find_it_away(described: dict[str, Any]) -> None:
    reading = {path: verbs["get"] for path, verbs in described["paths"].items() if "get" in verbs}
    for without_a_ledger in ("/health/live", "/loyalty/program"):
        del reading[without_a_ledger]
    assert len(reading) == 12
    for path, route in reading.items():
        assert "503" in route["responses"], path
