"""Order events over HTTP: accepted once they are durably queued."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from loyalty_api.bodies_in import MOST_EVENTS, read_body, read_events
from loyalty_api.routes.answers import answer, problems
from loyalty_api.services import Services
from loyalty_shared.contracts.bodies import AcceptedBody
from loyalty_shared.contracts.events import event_schema


def add_routes(app: FastAPI, services: Services) -> None:
    """Add the routes under `/loyalty/events`."""
    ledger = services.ledger

    @app.post(
        "/loyalty/events",
        tags=["events"],
        status_code=HTTPStatus.ACCEPTED,
        response_model=AcceptedBody,
        responses=problems(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
        openapi_extra=_body_description(),
        operation_id="postEvents",
    )
    async def post_events(request: Request) -> Response:
        """Accept one order event or an array of them, all or none."""
        body = await read_body(request)
        events = read_events(body, ledger.program.currency, ledger.clock())
        await services.accept(events)
        return answer(AcceptedBody(accepted=len(events)), HTTPStatus.ACCEPTED)


def _body_description() -> dict[str, Any]:
    # The body is read by hand, so that no number in it ever becomes a float.
    event = event_schema()
    many = {"type": "array", "items": event, "maxItems": MOST_EVENTS}
    schema = {"oneOf": [event, many]}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
