"""The program in force, for whoever wants to know the terms."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from loyalty_api.routes.answers import answer
from loyalty_api.services import Services
from loyalty_shared.contracts.program_bodies import ProgramBody


def router(services: Services) -> APIRouter:
    """Make the route `/loyalty/program`."""
    routes = APIRouter(prefix="/loyalty/program", tags=["program"])
    body = ProgramBody.of(services.ledger.rules)  # it is the same for as long as this runs

    @routes.get("", response_model=ProgramBody, operation_id="getProgram")
    async def get_program() -> Response:
        """Give the rules that purchases earn by now, and what they say in plain sentences."""
        return answer(body)

    return routes
