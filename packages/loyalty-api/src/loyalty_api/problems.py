"""Errors as HTTP answers: RFC 9457 problem documents with a stable code."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from loyalty_api.access.errors import AccessRefused, InsufficientScope
from loyalty_api.rates import RateLimited
from loyalty_shared.contracts.bodies import ErrorBody, ProblemBody
from loyalty_shared.domain.errors import (
    AlreadyDecided,
    AlreadyRestored,
    CannotMerge,
    HoldNotOpen,
    HoldOfAnotherOrder,
    InsufficientPoints,
    LedgerDamaged,
    LoyaltyError,
    MergedIntoAnother,
    NotFound,
    NotMerged,
    NotRestorable,
    OrderDiffers,
    OrderOfAnotherMember,
    RedemptionExceedsOrder,
    SecondPersonNeeded,
    TooManyHolds,
    TooManyPayments,
    TooManyRequests,
    TryAgain,
)

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 1

_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

# As RFC 9110 names them. Python's own names of these changed with 3.13.
_TITLES = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Content Too Large",
    HTTPStatus.REQUEST_URI_TOO_LONG: "URI Too Long",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Unprocessable Content",
}

# What went wrong inside is for the log: it names files, tables and what else is nobody's business.
_NOT_NOW = "the service cannot do this now; sending the request again is safe"
_DAMAGED = "what is stored contradicts itself, so nothing is answered from it"
_UNEXPECTED = "something went wrong on our side"

_STATUS_BY_CODE = {
    "malformed_json": HTTPStatus.BAD_REQUEST,
    "invalid_cursor": HTTPStatus.BAD_REQUEST,
    "idempotency_key_required": HTTPStatus.BAD_REQUEST,
    "body_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
_STATUS_BY_CLASS: dict[type[LoyaltyError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    OrderOfAnotherMember: HTTPStatus.CONFLICT,
    OrderDiffers: HTTPStatus.CONFLICT,
    InsufficientPoints: HTTPStatus.CONFLICT,
    RedemptionExceedsOrder: HTTPStatus.CONFLICT,
    TooManyHolds: HTTPStatus.CONFLICT,
    TooManyPayments: HTTPStatus.CONFLICT,
    HoldNotOpen: HTTPStatus.CONFLICT,
    HoldOfAnotherOrder: HTTPStatus.CONFLICT,
    AlreadyRestored: HTTPStatus.CONFLICT,
    AlreadyDecided: HTTPStatus.CONFLICT,
    CannotMerge: HTTPStatus.CONFLICT,
    NotMerged: HTTPStatus.CONFLICT,
    MergedIntoAnother: HTTPStatus.CONFLICT,
    TooManyRequests: HTTPStatus.CONFLICT,
    SecondPersonNeeded: HTTPStatus.FORBIDDEN,
    NotRestorable: HTTPStatus.CONFLICT,
    TryAgain: HTTPStatus.SERVICE_UNAVAILABLE,
    LedgerDamaged: HTTPStatus.INTERNAL_SERVER_ERROR,
    RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    InsufficientScope: HTTPStatus.FORBIDDEN,
    AccessRefused: HTTPStatus.UNAUTHORIZED,  # every other
}


def title_of(status: HTTPStatus) -> str:
    """Give the name of a status, the same on every version of Python."""
    return _TITLES.get(status, status.phrase)


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
        title=title_of(status),
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


def refusal(error: LoyaltyError) -> Response:
    """Answer what was refused, and is no failure of ours."""
    errors = [ErrorBody(location=each.location, reason=each.reason) for each in error.faults]
    return problem(status_of(error), error.code, error.detail, errors, _headers_of(error))


def install(app: FastAPI) -> None:
    """Answer every error of an application with a problem document."""
    app.add_exception_handler(LoyaltyError, _loyalty_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(ClientDisconnect, _nobody_waits)
    app.add_exception_handler(Exception, _unexpected)


async def _loyalty_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, LoyaltyError)  # noqa: S101 - tells mypy what it was registered for
    status = status_of(error)
    if isinstance(error, TryAgain):
        _log_failure(logging.WARNING, request, error, error.code)
        again = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        return problem(status, error.code, _NOT_NOW, headers=again)
    if isinstance(error, LedgerDamaged):
        _log_failure(logging.ERROR, request, error, error.code)
        return problem(status, error.code, _DAMAGED)
    return refusal(error)


def _headers_of(error: LoyaltyError) -> Mapping[str, str]:
    if isinstance(error, AccessRefused):
        return {"WWW-Authenticate": error.challenge}
    return error.headers if isinstance(error, RateLimited) else {}


async def _invalid_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    errors = [
        ErrorBody(location="/".join(str(part) for part in each["loc"]), reason=each["msg"])
        for each in error.errors()
    ]
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return problem(status, "invalid_request", "the request is not valid", errors)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    status = HTTPStatus(error.status_code)
    detail = status.description or title_of(status)
    headers = error.headers
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(_methods_at(request))}
    return problem(status, status.name.lower(), detail, headers=headers)


def _methods_at(request: Request) -> list[str]:
    # The framework itself would name those of the first route of the path alone.
    routes = request.app.routes
    return [
        method
        for method in _METHODS
        if any(
            each.matches({**request.scope, "method": method})[0] is Match.FULL for each in routes
        )
    ]


async def _nobody_waits(_request: Request, _error: Exception) -> Response:
    # Whoever asked went away before the body was there: nobody reads this, and nothing went wrong.
    return Response(status_code=HTTPStatus.BAD_REQUEST.value)


async def _unexpected(request: Request, error: Exception) -> Response:
    code = "unexpected_error"
    _log_failure(logging.ERROR, request, error, code)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, code, _UNEXPECTED)


def _log_failure(level: int, request: Request, error: Exception, code: str) -> None:
    fields = {"code": code, "method": request.method, "path": request.url.path}
    _log.log(level, "request failed", extra=fields, exc_info=error)
