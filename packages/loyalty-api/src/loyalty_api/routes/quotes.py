"""What a basket would earn, and how many points could pay for it."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response

from loyalty_api.bodies_in import read_body
from loyalty_api.routes.answers import answer, problems
from loyalty_api.services import Services
from loyalty_shared.contracts.order_details import schema_of
from loyalty_shared.contracts.quote_bodies import QuoteBody, QuoteWish, read_quote
from loyalty_shared.service.quotes import quote_purchase


def add_routes(app: FastAPI, services: Services) -> None:
    """Add the route of quotes."""
    ledger = services.ledger

    @app.post(
        "/loyalty/quotes",
        tags=["quotes"],
        response_model=QuoteBody,
        responses=problems(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.CONFLICT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": schema_of(QuoteWish)}},
            }
        },
        operation_id="quote",
    )
    async def post_quote(request: Request) -> Response:
        """Say what a basket would earn now, and what could be redeemed on it."""
        body = await read_body(request)
        asked = read_quote(body, ledger.program.currency, ledger.clock())
        found = await services.read(lambda: quote_purchase(ledger, asked.purchase, asked.points))
        return answer(QuoteBody.of(asked.purchase.member_id, found))
