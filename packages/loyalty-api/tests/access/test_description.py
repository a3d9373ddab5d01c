from __future__ import annotations

import json
from typing import Any

import pytest

from loyalty_api.access.rules import Anybody, WithScope
from loyalty_api.access.table import ACCESS
from loyalty_api.application import create_app
from loyalty_api.openapi import document
from loyalty_api.services import Inbox, Services, run_inline
from loyalty_shared.service.ledger import Ledger


@pytest.fixture
def described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document())
    return found


@pytest.fixture
def open_to_all(ledger: Ledger, inbox: Inbox) -> dict[str, Any]:
    """Give the description of an API that asks for no tokens."""
    return create_app(Services(ledger, inbox, run_inline, run_inline)).openapi()


def _operations(described: dict[str, Any]) -> dict[str, Any]:
    return {
        operation["operationId"]: operation
        for path in described["paths"].values()
        for operation in path.values()
    }


def test_each_operation_says_what_its_row_asks(described: dict[str, Any]) -> None:
    for name, operation in _operations(described).items():
        rule, security = ACCESS[name], operation.get("security")
        answers = set(operation["responses"])
        if isinstance(rule, Anybody):
            assert security is None
            assert not answers & {"401", "403"}
        elif isinstance(rule, WithScope):
            assert security == [{"bearer": [rule.scope]}]
            assert {"401", "403", "503"} <= answers
        else:
            assert security == [{"bearer": []}, {"bearer": [rule.scope]}]
            assert {"401", "404", "503"} <= answers
            assert "403" not in answers


def test_the_scheme_is_a_bearer_token(described: dict[str, Any]) -> None:
    scheme = described["components"]["securitySchemes"]["bearer"]

    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")


def test_an_api_that_asks_for_no_token_does_not_say_that_it_does(
    described: dict[str, Any], open_to_all: dict[str, Any]
) -> None:
    assert "securitySchemes" not in open_to_all["components"]
    del described["components"]["securitySchemes"]
    without = _operations(open_to_all)
    for name, operation in _operations(described).items():
        operation.pop("security", None)
        for status in set(operation["responses"]) - set(without[name]["responses"]):
            assert status in {"401", "403", "404", "503"}
            del operation["responses"][status]
    assert described == json.loads(json.dumps(open_to_all))


def test_describing_it_twice_says_the_same(ledger: Ledger, inbox: Inbox) -> None:
    async def nobody(_request: object) -> None:
        """Let nobody in."""

    app = create_app(Services(ledger, inbox, run_inline, run_inline), guard=nobody)
    first = json.dumps(app.openapi())

    assert json.dumps(app.openapi()) == first
