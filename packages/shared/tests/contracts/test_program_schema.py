"""The published schema: what an editor takes for a program is what the service takes for one."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from loyalty_shared.contracts.program_schema import document

COMMITTED = Path(__file__).parents[4] / "docs" / "program.schema.json"

DEFAULT = files("loyalty_shared.contracts").joinpath("default_program.yaml").read_text("utf-8")
SCHEMA: dict[str, Any] = json.loads(document())
OBJECTS = [SCHEMA, *(each for each in SCHEMA["$defs"].values() if each["type"] == "object")]
ASSERTS = {"type", "enum", "const", "anyOf", "pattern", "minimum", "maximum", "required"}


def faults(text: str) -> list[str]:
    found = Draft7Validator(SCHEMA).iter_errors(yaml.safe_load(text))
    return [".".join(map(str, each.absolute_path)) for each in found]


def changed(line: str, to: str) -> str:
    assert DEFAULT.count(line) == 1, line
    return DEFAULT.replace(line, to)


def nodes(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from nodes(child)


def test_the_committed_schema_is_that_of_the_code(tmp_path: Path) -> None:
    written = tmp_path / "schema.json"
    command = [sys.executable, "-m", "loyalty_shared.contracts.program_schema", str(written)]
    subprocess.run(command, check=True)  # noqa: S603 - our own interpreter and program

    assert COMMITTED.read_text("utf-8") == written.read_text("utf-8"), "run: poe program-schema"


def test_it_is_a_schema_that_editors_know() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert SCHEMA["$id"].startswith("urn:loyalty:")
    assert SCHEMA["title"]


def test_nothing_is_let_in_that_is_not_known() -> None:
    assert len(OBJECTS) == 10
    assert all(each["additionalProperties"] is False for each in OBJECTS)


def test_every_field_says_what_it_is() -> None:
    for each in OBJECTS:
        for name, field in each["properties"].items():
            part = SCHEMA["$defs"].get(field.get("$ref", "").removeprefix("#/$defs/"), {})
            assert field.get("description") or part.get("description"), name
            assert "title" not in field | part


def test_nothing_is_asked_beside_a_reference_where_it_would_not_be_seen() -> None:
    for node in nodes(SCHEMA):
        assert "$ref" not in node or not ASSERTS & set(node), node


def test_an_editor_can_complete_what_there_is_to_choose_from() -> None:
    choices = SCHEMA["$defs"]

    assert "EUR" in SCHEMA["properties"]["currency"]["enum"]
    assert choices["Rounding"]["enum"] == ["floor", "nearest", "ceiling"]
    assert choices["ExpiryPoint"]["enum"] == ["same_day", "month_end", "year_end"]
    assert choices["WhenSpent"]["enum"] == ["debt", "forgive"]
    window = choices["TiersPart"]["properties"]["window"]["anyOf"]
    assert {"enum": ["lifetime", "calendar_year"], "type": "string"} in window
    assert SCHEMA["properties"]["expiry"]["default"] == "never"


@pytest.mark.parametrize(
    ("line", "to"),
    [
        ("expiry: never", "expiry: never"),
        ("expiry: never", "expiry: {after_days: 90}"),
        ("expiry: never", "expiry: {after_months: 12}"),
        ("expiry: never", "expiry: {after_months: 12, at: month_end}"),
        ("{rolling_months: 12}", "lifetime"),
        ("{rolling_months: 12}", "calendar_year"),
        ("grace_months: 0", "grace_months: 12"),
        ("points_per_unit: 1,", "points_per_unit: 1/10,"),
        ("points_per_unit: 1,", "points_per_unit: 0.1,"),
        ("points_per_unit: 1,", "points_per_unit: '0.1',"),
        ("when_spent: debt", "when_spent: forgive"),
        ("currency: EUR", "currency: JPY"),
        ("currency: EUR", "currency: EUR\nadjustments: {below_zero: true, approval_above: 500}"),
        ("currency: EUR", "currency: EUR\nadjustments: {approval_above: null}"),
    ],
)
def test_what_a_program_may_say_is_let_in(line: str, to: str) -> None:
    assert faults(changed(line, to)) == []


@pytest.mark.parametrize(
    ("line", "to", "place"),
    [
        ("id: default", "id: My Shop", "id"),
        ("name: Default", "title: Default", ""),
        ("currency: EUR", "currency: euro", "currency"),
        ("expiry: never", "expiry: sometimes", "expiry"),
        ("expiry: never", "expiry: {after_days: 0}", "expiry"),
        ("expiry: never", "expiry: {after_days: 9, at: month_end}", "expiry"),
        ("expiry: never", "expiry: {after_months: 12, at: full_moon}", "expiry"),
        ("{rolling_months: 12}", "{rolling_months: 25}", "tiers.window"),
        ("{rolling_months: 12}", "forever", "tiers.window"),
        ("grace_months: 0", "grace_months: 13", "tiers.grace_months"),
        ("points_per_unit: 1,", "points_per_unit: 0,", "earning.points_per_unit"),
        ("points_per_unit: 1,", "points_per_unit: one,", "earning.points_per_unit"),
        ("points_per_unit: 1,", "points_per_unit: true,", "earning.points_per_unit"),
        ("pending_days: 0", "pending_days: 1.5", "earning.pending_days"),
        ("rounding: floor", "rounding: up", "earning.rounding"),
        ("when_spent: debt", "when_spent: never", "refunds.when_spent"),
        ("minimum: 1", "minimum: 0", "redemption.minimum"),
        (
            "currency: EUR",
            "currency: EUR\nadjustments: {approval_above: -1}",
            "adjustments.approval_above",
        ),
        (
            "currency: EUR",
            "currency: EUR\nadjustments: {below_zero: 1}",
            "adjustments.below_zero",
        ),
        ("name: Gold", "name: '#1'", "tiers.levels.3.name"),
        ("from: 5000", "from: -1", "tiers.levels.3.from"),
        ("from: 5000, multiplier: 1.5", "from: 5000", "tiers.levels.3"),
    ],
)
def test_what_a_program_may_not_say_is_marked(line: str, to: str, place: str) -> None:
    assert place in faults(changed(line, to))
