"""Give or take points by hand."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from loyalty_api.bodies_in import read_body
from loyalty_api.commands_in import answer_done, asking_of, command, replayable, said_by
from loyalty_api.paths import IdInPath, identifier_in
from loyalty_api.routes.answers import answer
from loyalty_api.services import Services
from loyalty_api.views import approval_body
from loyalty_shared.contracts.approval_bodies import ApprovalBody
from loyalty_shared.contracts.wishes import AdjustmentWish, read_wish
from loyalty_shared.domain.adjustments import Adjustment
from loyalty_shared.domain.entries import EntryType
from loyalty_shared.service.adjustments import adjust, asked_by_command

_WAITS: dict[str, Any] = {"model": ApprovalBody, "description": "It waits for a second person"}


def add_routes(app: FastAPI, services: Services) -> None:
    """Add the route of adjustments."""
    ledger = services.ledger

    @app.post(
        "/loyalty/members/{memberId}/adjustments",
        tags=["adjustments"],
        **command("adjust", AdjustmentWish, also={HTTPStatus.ACCEPTED.value: _WAITS}),
    )
    async def post_adjustment(request: Request, memberId: IdInPath) -> Response:  # noqa: N803 - its name on the wire
        """Give points to a member or take some; large amounts wait for a second person."""
        asking = asking_of(request, identifier_in(memberId, "memberId"))
        wish = read_wish(AdjustmentWish, await read_body(request))
        asking = said_by(asking, wish.actor)
        adjustment = Adjustment(wish.points, wish.reason)
        done = await services.write(lambda: adjust(ledger, asking, adjustment))
        if done.entry.type is EntryType.REQUEST:
            body = approval_body(asked_by_command(ledger, asking, done))
            return replayable(answer(body, HTTPStatus.ACCEPTED), done)
        return await answer_done(services, done)
