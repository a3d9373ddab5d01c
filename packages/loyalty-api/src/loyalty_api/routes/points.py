"""The balance as clients have always read it: two fields, and 0 for whoever is not known."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI
from fastapi.responses import Response

from loyalty_api.paths import IdInPath, identifier_in
from loyalty_api.routes.answers import answer, problems
from loyalty_api.services import Services
from loyalty_shared.contracts.bodies import BalanceBody
from loyalty_shared.service import queries


def add_routes(app: FastAPI, services: Services) -> None:
    """Add the routes under `/loyalty/points`."""

    @app.get(
        "/loyalty/points/{userId}",
        tags=["points"],
        response_model=BalanceBody,
        responses=problems(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
        operation_id="getPoints",
    )
    async def get_points(userId: IdInPath) -> Response:  # noqa: N803 - its name on the wire
        """Give the points that a user can spend now."""
        user_id = identifier_in(userId, "userId")
        points = await services.read(lambda: queries.balance(services.ledger, user_id))
        return answer(BalanceBody(user_id=user_id, points=points))
