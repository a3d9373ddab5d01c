"""What the OpenAPI document says of access: made of the same table that the guard applies."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from loyalty_api.access.rules import Anybody, OwnData, OwnOrder, Rule, WithScope
from loyalty_api.access.table import ACCESS
from loyalty_api.routes.answers import problems

_SCHEME = "bearer"


def describe_access(document: dict[str, Any]) -> dict[str, Any]:
    """Add to an OpenAPI document what each operation asks of its callers."""
    schemes = document["components"].setdefault("securitySchemes", {})
    schemes[_SCHEME] = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of the configured OIDC issuer. See docs/API.md, Who may do what.",
    }
    for path in document["paths"].values():
        for operation in path.values():
            rule = ACCESS[operation["operationId"]]
            if not isinstance(rule, Anybody):
                operation["security"] = _security(rule)
                operation["responses"] = _with_refusals(operation["responses"], rule)
    return document


def _security(rule: WithScope | OwnData | OwnOrder) -> list[dict[str, list[str]]]:
    with_scope = {_SCHEME: [rule.scope.value]}
    return [with_scope] if isinstance(rule, WithScope) else [{_SCHEME: []}, with_scope]


def _with_refusals(responses: dict[str, Any], rule: Rule) -> dict[str, Any]:
    refusal = HTTPStatus.FORBIDDEN if isinstance(rule, WithScope) else HTTPStatus.NOT_FOUND
    refusals = problems(HTTPStatus.UNAUTHORIZED, refusal, HTTPStatus.SERVICE_UNAVAILABLE)
    merged = {str(status): answer for status, answer in refusals.items()} | responses
    return dict(sorted(merged.items()))
