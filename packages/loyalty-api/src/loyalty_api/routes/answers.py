"""How a route answers: bodies that check themselves, written once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi.responses import Response

from loyalty_api.problems import MEDIA_TYPE
from loyalty_shared.contracts.bodies import Body, ProblemBody


def answer(body: Body, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Write a body. It was validated when it was made, so the framework need not do it again."""
    return Response(body.model_dump_json(), status.value, media_type="application/json")


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Describe the problems that a route may answer with, for its OpenAPI."""
    content = {MEDIA_TYPE: {"schema": ProblemBody.model_json_schema(ref_template=_REFERENCE)}}
    return {each.value: {"description": each.phrase, "content": content} for each in statuses}


_REFERENCE = "#/components/schemas/{model}"
