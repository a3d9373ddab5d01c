"""Whether the service lives, and whether it can serve."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI
from fastapi.responses import Response

from loyalty_api.routes.answers import answer, problems
from loyalty_api.services import Services
from loyalty_shared.contracts.bodies import HealthBody


def add_routes(app: FastAPI, services: Services) -> None:
    """Add the routes under `/health`."""

    @app.get("/health/live", tags=["health"], response_model=HealthBody, operation_id="getLive")
    async def get_live() -> Response:
        """Answer if the process does."""
        return answer(HealthBody(status="ok"))

    @app.get(
        "/health/ready",
        tags=["health"],
        response_model=HealthBody,
        responses=problems(HTTPStatus.SERVICE_UNAVAILABLE),
        operation_id="getReady",
    )
    async def get_ready() -> Response:
        """Answer if the ledger can be read."""
        await services.read(services.ledger.store.check)
        return answer(HealthBody(status="ok"))
