"""Errors as HTTP answers: RFC 9457 problem documents with a stable code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from loyalty_shared.contracts.bodies import ErrorBody, ProblemBody
from loyalty_shared.domain.errors import (
    LedgerDamaged,
    LoyaltyError,
    NotFound,
    OrderDiffers,
    OrderOfAnotherMember,
    TryAgain,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 1

_STATUS_BY_CODE = {
    "malformed_json": HTTPStatus.BAD_REQUEST,
    "invalid_cursor": HTTPStatus.BAD_REQUEST,
    "body_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
_STATUS_BY_CLASS: dict[type[LoyaltyError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    OrderOfAnotherMember: HTTPStatus.CONFLICT,
    OrderDiffers: HTTPStatus.CONFLICT,
    TryAgain: HTTPStatus.SERVICE_UNAVAILABLE,
    LedgerDamaged: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def problem(
    status: HTTPStatus,
    code: str,
    detail: str,
    errors: Sequence[ErrorBody] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write a problem document."""
    body = ProblemBody(
        type=f"urn:loyalty:problem:{code}",
        title=status.phrase,
        status=status.value,
        detail=detail,
        code=code,
        errors=list(errors),
    )
    return Response(body.model_dump_json(), status.value, headers, MEDIA_TYPE)


def status_of(error: LoyaltyError) -> HTTPStatus:
    """Give the status that an error answers with."""
    if error.code in _STATUS_BY_CODE:
        return _STATUS_BY_CODE[error.code]
    matching = (status for kind, status in _STATUS_BY_CLASS.items() if isinstance(error, kind))
    return next(matching, HTTPStatus.UNPROCESSABLE_ENTITY)


def install(app: FastAPI) -> None:
    """Answer every error of an application with a problem document."""
    app.add_exception_handler(LoyaltyError, _loyalty_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


async def _loyalty_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, LoyaltyError)  # noqa: S101 - tells mypy what it was registered for
    errors = [ErrorBody(location=each.location, reason=each.reason) for each in error.faults]
    again = {"Retry-After": str(RETRY_AFTER_SECONDS)} if isinstance(error, TryAgain) else None
    return problem(status_of(error), error.code, error.detail, errors, again)


async def _invalid_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    errors = [
        ErrorBody(location="/".join(str(part) for part in each["loc"]), reason=each["msg"])
        for each in error.errors()
    ]
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return problem(status, "invalid_request", "the request is not valid", errors)


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    status = HTTPStatus(error.status_code)
    detail = status.description or status.phrase
    return problem(status, status.name.lower(), detail, headers=error.headers)


async def _unexpected(_request: Request, _error: Exception) -> Response:
    # Starlette raises it on, so the server logs it; the caller gets no details of ours.
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return problem(status, "unexpected_error", "something went wrong on our side")
