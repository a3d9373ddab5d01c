"""What the documents say beside the code, compared with it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from loyalty_api.access.rules import Anybody, OwnData, OwnOrder, Rule, WithScope
from loyalty_api.access.table import ACCESS
from loyalty_api.openapi import document
from loyalty_api.settings import ApiSettings
from loyalty_event_processor.settings import ProcessorSettings
from loyalty_publisher.settings import PublisherSettings
from loyalty_server.settings import ServerSettings
from loyalty_settler.settings import SettlerSettings

_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")


MODELS = (ApiSettings, ProcessorSettings, PublisherSettings, SettlerSettings, ServerSettings)


@pytest.mark.parametrize("settings", MODELS)
def test_every_setting_is_documented(root: Path, settings: type[BaseSettings]) -> None:
    rows = (root / "docs" / "Configuration.md").read_text("utf-8").splitlines()
    for name in settings.model_fields:
        variable = f"`LOYALTY_{name.upper()}`"
        assert any(row.startswith(f"| {variable} |") for row in rows), variable


def test_no_setting_is_documented_that_nothing_reads(root: Path) -> None:
    text = (root / "docs" / "Configuration.md").read_text("utf-8")
    read = {f"LOYALTY_{name.upper()}" for settings in MODELS for name in settings.model_fields}
    assert set(re.findall(r"^\| `(LOYALTY_[A-Z_]+)`", text, re.MULTILINE)) == read


def test_every_error_code_is_documented_and_every_documented_one_exists(root: Path) -> None:
    code = "\n".join(path.read_text("utf-8") for path in (root / "packages").glob("*/src/**/*.py"))
    raised = set(re.findall(r'code="([a-z0-9_]+)"', code))
    raised |= set(re.findall(r'^    code = "([a-z0-9_]+)"', code, re.MULTILINE))
    raised |= set(re.findall(r'_(?:fault|invalid)\(\s*"([a-z0-9_]+)"', code))
    raised |= {"invalid_request", "not_found", "method_not_allowed", "unexpected_error"}
    # Names of groups, of which only the members are ever raised.
    raised -= {"loyalty_error", "invalid_input", "try_again"}
    _, _, text = (root / "docs" / "API.md").read_text("utf-8").partition("## Errors")
    assert set(re.findall(r"^\| `([a-z0-9_]+)` \|", text, re.MULTILINE)) == raised


def test_who_may_do_what_is_documented_as_the_access_table_has_it(root: Path) -> None:
    _, _, text = (root / "docs" / "API.md").read_text("utf-8").partition("## Who may do what")
    text, _, _ = text.partition("\n## ")
    shown = {
        route: who
        for routes, who in re.findall(r"^\| (`(?:GET|POST) .*`) \| (.*) \|$", text, re.MULTILINE)
        for route in re.findall(r"`([^`]+)`", routes)
    }
    routes = {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, operations in json.loads(document())["paths"].items()
        for method, operation in operations.items()
    } | {"getMetrics": "GET /metrics"}
    assert shown == {routes[name]: _who_may(rule) for name, rule in ACCESS.items()}


def _who_may(rule: Rule) -> str:
    match rule:
        case Anybody():
            return "anybody"
        case WithScope(scope):
            return f"`{scope}`"
        case OwnData(scope=scope):
            return f"the member, or `{scope}`"
        case OwnOrder(scope=scope):
            return f"the order's member, or `{scope}`"


def test_every_link_in_the_documents_leads_somewhere(root: Path) -> None:
    documents = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    broken = [
        f"{document.relative_to(root)}: {target}"
        for document in documents
        for target in _LINK.findall(document.read_text("utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []


def test_the_default_program_is_shown_as_it_is(root: Path) -> None:
    contracts = root / "packages" / "shared" / "src" / "loyalty_shared" / "contracts"
    program = (contracts / "default_program.yaml").read_text("utf-8")
    rules = "".join(line for line in program.splitlines(keepends=True) if line[0] != "#")
    assert rules in (root / "docs" / "Program.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["uv.lock"])
def test_nothing_of_one_machine_is_committed(root: Path, name: str) -> None:
    assert name in (root / ".gitignore").read_text("utf-8").splitlines()
