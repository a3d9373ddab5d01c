"""Set points aside at the checkout, then spend them, or let go of them."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response

from loyalty_api.bodies_in import read_body
from loyalty_api.commands_in import answer_done, asking_of, command, replayable
from loyalty_api.paths import IdInPath, identifier_in
from loyalty_api.routes.answers import answer, problems
from loyalty_api.services import Services
from loyalty_api.views import hold_body
from loyalty_shared.contracts.hold_bodies import HoldBody, HoldListBody
from loyalty_shared.contracts.wishes import CaptureWish, HoldWish, NoWish, read_wish
from loyalty_shared.domain.holds import Capture, Holding
from loyalty_shared.service.holds import (
    capture_hold,
    find_hold,
    hold_points,
    made_by,
    open_holds,
    release_hold,
)

_PROBLEMS = problems(
    HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
)


def add_routes(app: FastAPI, services: Services) -> None:
    """Add the routes of holds."""
    _add_commands(app, services)
    ledger = services.ledger

    @app.get(
        "/loyalty/members/{memberId}/holds",
        tags=["spending"],
        response_model=HoldListBody,
        responses=_PROBLEMS,
        operation_id="listHolds",
    )
    async def list_holds(memberId: IdInPath) -> Response:  # noqa: N803 - its name on the wire
        """List the open holds of a member."""
        member_id = identifier_in(memberId, "memberId")
        found = await services.read(lambda: open_holds(ledger, member_id))
        items = [hold_body(ledger.program, member_id, each) for each in found]
        return answer(HoldListBody(items=items))

    @app.get(
        "/loyalty/members/{memberId}/holds/{holdId}",
        tags=["spending"],
        response_model=HoldBody,
        responses=_PROBLEMS,
        operation_id="getHold",
    )
    async def get_hold(memberId: IdInPath, holdId: str) -> Response:  # noqa: N803 - as above
        """Give a hold, and what has become of it."""
        member_id = identifier_in(memberId, "memberId")
        found = await services.read(lambda: find_hold(ledger, member_id, holdId))
        return answer(hold_body(ledger.program, member_id, found))


def _add_commands(app: FastAPI, services: Services) -> None:
    ledger = services.ledger

    @app.post(
        "/loyalty/members/{memberId}/holds",
        tags=["spending"],
        **command("hold", HoldWish, HoldBody),
    )
    async def post_hold(request: Request, memberId: IdInPath) -> Response:  # noqa: N803 - its name on the wire
        """Set points of a member aside, until they are captured or released, or time is over."""
        asking = asking_of(request, identifier_in(memberId, "memberId"))
        wish = read_wish(HoldWish, await read_body(request))
        lasts = timedelta(seconds=wish.expires_in_seconds)
        holding = Holding(wish.points, lasts, wish.order_id, wish.description)
        done = await services.write(lambda: hold_points(ledger, asking, holding))
        body = hold_body(ledger.program, done.member_id, made_by(ledger, done))
        return replayable(answer(body, HTTPStatus.CREATED), done)

    @app.post(
        "/loyalty/members/{memberId}/holds/{holdId}/capture",
        tags=["spending"],
        **command("captureHold", CaptureWish),
    )
    async def post_capture(request: Request, memberId: IdInPath, holdId: str) -> Response:  # noqa: N803 - as above
        """Spend points of a hold; the rest of it can be used again."""
        asking = asking_of(request, identifier_in(memberId, "memberId"))
        wish = read_wish(CaptureWish, await read_body(request))
        capture = Capture(holdId, wish.points, wish.order_id, wish.description)
        done = await services.write(lambda: capture_hold(ledger, asking, capture))
        return await answer_done(services, done)

    @app.post(
        "/loyalty/members/{memberId}/holds/{holdId}/release",
        tags=["spending"],
        **command("releaseHold", NoWish),
    )
    async def post_release(request: Request, memberId: IdInPath, holdId: str) -> Response:  # noqa: N803 - as above
        """Let go of a hold: its points can be used again."""
        asking = asking_of(request, identifier_in(memberId, "memberId"))
        read_wish(NoWish, await read_body(request))
        done = await services.write(lambda: release_hold(ledger, asking, holdId))
        return await answer_done(services, done)
