from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loyalty_publisher.events import POINTS_EVENTS, SOURCE, TIER_CHANGED, Event
from loyalty_publisher.schemas import documents
from loyalty_shared.domain.orders import Purchase

COMMITTED = Path(__file__).parents[3] / "docs" / "events"

_EXAMPLE = re.compile(r"```json\n(.*?)```", re.DOTALL)


def _examples() -> dict[str, dict[str, Any]]:
    text = (COMMITTED / "README.md").read_text("utf-8")
    found = [json.loads(block) for block in _EXAMPLE.findall(text)]
    return {example["detail-type"]: example for example in found}


def test_the_committed_schemas_are_those_of_the_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "loyalty_publisher.schemas", str(tmp_path)]
    subprocess.run(command, check=True)  # noqa: S603 - our own interpreter and program

    committed = {path.name: path.read_text("utf-8") for path in COMMITTED.glob("*.json")}
    written = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert committed == written, "run: python -m loyalty_publisher.schemas docs/events"


def test_every_event_has_a_schema_and_an_example() -> None:
    published = {*POINTS_EVENTS.values(), TIER_CHANGED}

    assert set(documents()) == published
    assert set(_examples()) == published


def test_the_example_of_a_purchase_and_its_tier_is_what_is_published(
    events: Callable[..., list[Event]], purchase: Callable[..., Purchase]
) -> None:
    events(purchase(member="M-1", order="A-16", amount="480"))

    for event in events(purchase(member="M-1", order="A-17", amount="125")):
        example = _examples()[event.detail_type]
        assert example["detail"] == json.loads(event.detail.model_dump_json())
        assert example["source"] == SOURCE
        assert example["time"] == f"{event.time:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("detail_type", sorted(documents()))
def test_a_schema_requires_what_is_always_sent_and_says_what_it_is(detail_type: str) -> None:
    schema = json.loads(documents()[detail_type])

    assert schema["title"] == detail_type
    assert set(schema["required"]) == set(schema["properties"])
    assert set(_examples()[detail_type]["detail"]) == set(schema["properties"])
    assert all(field["description"] for field in schema["properties"].values())


@pytest.mark.parametrize(("entry_type", "detail_type"), POINTS_EVENTS.items())
def test_a_schema_names_its_type_of_entry(entry_type: str, detail_type: str) -> None:
    assert json.loads(documents()[detail_type])["properties"]["type"]["const"] == entry_type
