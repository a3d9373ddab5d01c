"""What every command brings: a key that makes sending it again harmless, and who sends it."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response

from loyalty_api.routes.answers import answer
from loyalty_api.services import Services
from loyalty_api.views import transaction_body
from loyalty_shared.domain.errors import Fault, InvalidInput
from loyalty_shared.service import queries
from loyalty_shared.service.commands import Done
from loyalty_shared.service.redemptions import Asking

KEY_HEADER = "Idempotency-Key"
_REPLAYED_HEADER = "Idempotency-Replayed"
_LONGEST_KEY = 255


def asking_of(request: Request, member_id: str) -> Asking:
    """Say who asks for something for a member, under which key.

    Raises:
        InvalidInput: with code `idempotency_key_required`, where there is no key that can be kept.
    """
    given = request.headers.getlist(KEY_HEADER)
    key = given[0] if len(given) == 1 else ""
    if not key.strip() or len(key) > _LONGEST_KEY or not key.isprintable():
        reason = f"must be there once, with 1 to {_LONGEST_KEY} printable characters"
        raise InvalidInput(
            "a command needs a key of its own",
            code="idempotency_key_required",
            faults=(Fault(f"header/{KEY_HEADER}", reason),),
        )
    caller = getattr(request.state, "caller", None)  # the guard's, where there is one
    return Asking(member_id, key, caller.subject if caller else None)


async def answer_done(services: Services, member_id: str, done: Done) -> Response:
    """Answer with the transaction of a command, the same each time it is sent."""
    found = await services.read(lambda: queries.explained(services.ledger, member_id, done.entry))
    response = answer(transaction_body(found), HTTPStatus.CREATED)
    if done.is_replayed:
        response.headers[_REPLAYED_HEADER] = "true"
    return response


def described_key() -> dict[str, object]:
    """Describe the header of the key, for OpenAPI."""
    return {
        "name": KEY_HEADER,
        "in": "header",
        "required": True,
        "description": "Any text of your own; the same request under it is done once, for good.",
        "schema": {"type": "string", "minLength": 1, "maxLength": _LONGEST_KEY},
    }
