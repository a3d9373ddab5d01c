"""What every command brings: a key that makes sending it again harmless, and who sends it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from loyalty_api.routes.answers import answer, problems
from loyalty_api.services import Services
from loyalty_api.views import transaction_body
from loyalty_shared.contracts.bodies import Body
from loyalty_shared.contracts.transaction_bodies import TransactionBody
from loyalty_shared.contracts.wishes import Wish
from loyalty_shared.domain.errors import Fault, InvalidInput
from loyalty_shared.service import queries
from loyalty_shared.service.commands import Asking, Done

KEY_HEADER = "Idempotency-Key"
_REPLAYED_HEADER = "Idempotency-Replayed"
_LONGEST_KEY = 255
_KEY = re.compile("^[!-~][ -~]*$")  # other characters do not come through every gateway alike

_PROBLEMS = problems(
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def command(
    operation_id: str,
    wish: type[Wish],
    answers: type[Body] = TransactionBody,
    also: Mapping[int | str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Give the arguments for the route of a command; `also` are answers beside the created one."""
    return {
        "status_code": HTTPStatus.CREATED,
        "response_model": answers,
        "responses": {**_PROBLEMS, **(also or {})},
        "openapi_extra": _described(wish),
        "operation_id": operation_id,
    }


def asking_of(request: Request, member_id: str) -> Asking:
    """Say who asks for something for a member, under which key.

    Raises:
        InvalidInput: with code `idempotency_key_required`, where there is no key that can be kept.
    """
    caller = getattr(request.state, "caller", None)  # the guard's, where there is one
    return Asking(member_id, _key_of(request), caller.subject if caller else None)


def said_by(asking: Asking, actor: str | None) -> Asking:
    """Let a body say who asks, where no token does.

    Raises:
        InvalidInput: with code `invalid_request`, where a token says somebody else.
    """
    if actor is None or actor == asking.actor:
        return asking
    if asking.actor is not None:
        fault = Fault("body/actor", "the token says who asks, and it is somebody else")
        raise InvalidInput("the request is not valid", code="invalid_request", faults=(fault,))
    return replace(asking, actor=actor)


def _key_of(request: Request) -> str:
    given = request.headers.getlist(KEY_HEADER)
    key = given[0] if len(given) == 1 else ""
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        reason = f"must be there once, with 1 to {_LONGEST_KEY} printable characters of ASCII"
        raise InvalidInput(
            "a command needs a key of its own",
            code="idempotency_key_required",
            faults=(Fault(f"header/{KEY_HEADER}", reason),),
        )
    return key


async def answer_done(services: Services, done: Done) -> Response:
    """Answer with the transaction of a command, the same each time it is sent."""
    found = await services.read(
        lambda: queries.explained(services.ledger, done.member_id, done.entry)
    )
    return replayable(answer(transaction_body(found), HTTPStatus.CREATED), done)


def replayable(response: Response, done: Done) -> Response:
    """Say with an answer whether it was given before."""
    return marked_replayed(response) if done.is_replayed else response


def marked_replayed(response: Response) -> Response:
    """Say with an answer that it was given before."""
    response.headers[_REPLAYED_HEADER] = "true"
    return response


def _described(model: type[Wish]) -> dict[str, Any]:
    # The body is read by hand, so that no number in it ever becomes a float.
    schema = {"schema": model.model_json_schema()}
    is_required = any(field.is_required() for field in model.model_fields.values())
    return {
        "parameters": [_described_key()],
        "requestBody": {"required": is_required, "content": {"application/json": schema}},
    }


def _described_key() -> dict[str, object]:
    return {
        "name": KEY_HEADER,
        "in": "header",
        "required": True,
        "description": "Any text of your own; the same request under it is done once, for good.",
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": _LONGEST_KEY,
            "pattern": _KEY.pattern,
        },
    }
