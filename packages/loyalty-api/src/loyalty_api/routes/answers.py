"""How a route answers: bodies that check themselves, written once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi.responses import Response

from loyalty_api.problems import MEDIA_TYPE, title_of
from loyalty_shared.contracts.bodies import Body, ProblemBody


def answer(body: Body, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Write a body. It was validated when it was made, so the framework need not do it again."""
    return Response(body.model_dump_json(), status.value, media_type="application/json")


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Describe the problems that a route may answer with, for its OpenAPI."""
    content = {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model=ProblemBody.__name__)}}}
    return {each.value: {"description": title_of(each), "content": content} for each in statuses}


def problem_schemas() -> dict[str, Any]:
    """Describe what `problems` refers to, by name: the framework sees no model of it in a route."""
    schema = ProblemBody.model_json_schema(ref_template=_REFERENCE)
    return {**schema.pop("$defs"), ProblemBody.__name__: schema}


_REFERENCE = "#/components/schemas/{model}"
