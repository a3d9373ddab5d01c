"""What became of an order."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI
from fastapi.responses import Response

from loyalty_api.paths import IdInPath, identifier_in
from loyalty_api.routes.answers import answer, problems
from loyalty_api.services import Services
from loyalty_shared.contracts.order_bodies import OrderBody
from loyalty_shared.service import queries


def add_routes(app: FastAPI, services: Services) -> None:
    """Add the routes under `/loyalty/orders`."""

    @app.get(
        "/loyalty/orders/{orderId}",
        tags=["orders"],
        response_model=OrderBody,
        responses=problems(
            HTTPStatus.NOT_FOUND,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
        operation_id="getOrder",
    )
    async def get_order(orderId: IdInPath) -> Response:  # noqa: N803 - its name on the wire
        """Give what the ledger remembers of an order."""
        order_id = identifier_in(orderId, "orderId")
        found = await services.read(lambda: queries.order(services.ledger, order_id))
        return answer(OrderBody.of(found.order, found.transaction_id))
