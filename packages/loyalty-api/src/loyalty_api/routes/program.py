"""The program in force, for whoever wants to know the terms."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import Response

from loyalty_api.routes.answers import answer
from loyalty_api.services import Services
from loyalty_shared.contracts.program_bodies import ProgramBody


def add_routes(app: FastAPI, services: Services) -> None:
    """Add the route `/loyalty/program`."""
    body = ProgramBody.of(services.ledger.rules)  # it is the same for as long as this runs

    @app.get(
        "/loyalty/program", tags=["program"], response_model=ProgramBody, operation_id="getProgram"
    )
    async def get_program() -> Response:
        """Give the rules that purchases earn by now, and what they say in plain sentences."""
        return answer(body)
