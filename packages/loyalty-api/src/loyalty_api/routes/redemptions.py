"""Spend points, and give spent ones back."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import Response

from loyalty_api.bodies_in import read_body
from loyalty_api.commands_in import answer_done, asking_of, command
from loyalty_api.paths import IdInPath, identifier_in
from loyalty_api.services import Services
from loyalty_shared.contracts.wishes import NoWish, RedemptionWish, read_wish
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service.redemptions import redeem, restore


def add_routes(app: FastAPI, services: Services) -> None:
    """Add the routes of spending."""
    ledger = services.ledger

    @app.post(
        "/loyalty/members/{memberId}/redemptions",
        tags=["spending"],
        **command("redeem", RedemptionWish),
    )
    async def post_redemption(request: Request, memberId: IdInPath) -> Response:  # noqa: N803 - its name on the wire
        """Spend points of a member."""
        asking = asking_of(request, identifier_in(memberId, "memberId"))
        wish = read_wish(RedemptionWish, await read_body(request))
        redemption = Redemption(wish.points, wish.order_id, wish.description)
        done = await services.write(lambda: redeem(ledger, asking, redemption))
        return await answer_done(services, done)

    @app.post(
        "/loyalty/members/{memberId}/transactions/{transactionId}/reversal",
        tags=["spending"],
        **command("reverse", NoWish),
    )
    async def post_reversal(request: Request, memberId: IdInPath, transactionId: str) -> Response:  # noqa: N803 - as above
        """Give back the points that a transaction spent, once."""
        asking = asking_of(request, identifier_in(memberId, "memberId"))
        read_wish(NoWish, await read_body(request))
        done = await services.write(lambda: restore(ledger, asking, transactionId))
        return await answer_done(services, done)
