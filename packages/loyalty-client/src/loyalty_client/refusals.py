"""Answers that are no success, as exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx2

from loyalty_client.problems import (
    Conflict,
    Fault,
    Forbidden,
    InsufficientPoints,
    KeyReused,
    LoyaltyProblem,
    NotFound,
    ServiceUnavailable,
    Unauthorized,
)
from loyalty_client.retrying import retry_after_seconds

_BY_CODE: dict[str, type[LoyaltyProblem]] = {
    "insufficient_points": InsufficientPoints,
    "idempotency_key_reused": KeyReused,
}
_BY_STATUS: dict[int, type[LoyaltyProblem]] = {
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.TOO_MANY_REQUESTS: ServiceUnavailable,
    HTTPStatus.BAD_GATEWAY: ServiceUnavailable,
    HTTPStatus.SERVICE_UNAVAILABLE: ServiceUnavailable,
    HTTPStatus.GATEWAY_TIMEOUT: ServiceUnavailable,
}


def refusal(response: httpx2.Response, document: object, key: str | None) -> LoyaltyProblem:
    """Make an exception of an answer: `document` is its JSON, None where it has none."""
    said: Mapping[str, Any] = document if isinstance(document, Mapping) else {}
    code, title = _text(said.get("code")), _text(said.get("title"))
    # A gateway says `message` where a problem document says `detail`.
    detail = said.get("detail") or said.get("message") or "the answer is no problem document"
    return _kind(response.status_code, code)(
        str(detail),
        status=response.status_code,
        code=code,
        title=title,
        errors=_faults(said.get("errors")),
        key=key,
        retry_after_seconds=retry_after_seconds(response.headers),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _kind(status: int, code: str | None) -> type[LoyaltyProblem]:
    if status == HTTPStatus.INTERNAL_SERVER_ERROR and code is None:
        # The service's own 500 has a code, and would come again; this one is a gateway's.
        return ServiceUnavailable
    return _BY_CODE.get(code or "") or _BY_STATUS.get(status, LoyaltyProblem)


def _faults(errors: object) -> tuple[Fault, ...]:
    return tuple(
        Fault(str(each.get("location", "")), str(each.get("reason", "")))
        for each in (errors if isinstance(errors, list) else ())
        if isinstance(each, Mapping)
    )
