"""Spend points, and give spent ones back."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from loyalty_api.bodies_in import read_body
from loyalty_api.commands_in import answer_done, asking_of, command
from loyalty_api.paths import IdInPath, identifier_in
from loyalty_api.services import Services
from loyalty_shared.contracts.wishes import NoWish, RedemptionWish, read_wish
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service.redemptions import redeem, restore


def router(services: Services) -> APIRouter:
    """Make the routes of spending."""
    routes = APIRouter(prefix="/loyalty/members/{memberId}", tags=["spending"])
    ledger = services.ledger

    @routes.post("/redemptions", **command("redeem", RedemptionWish))
    async def post_redemption(request: Request, memberId: IdInPath) -> Response:  # noqa: N803 - its name on the wire
        """Spend points of a member."""
        asking = asking_of(request, identifier_in(memberId, "memberId"))
        wish = read_wish(RedemptionWish, await read_body(request))
        redemption = Redemption(wish.points, wish.order_id, wish.description)
        done = await services.write(lambda: redeem(ledger, asking, redemption))
        return await answer_done(services, done)

    @routes.post("/transactions/{transactionId}/reversal", **command("reverse", NoWish))
    async def post_reversal(request: Request, memberId: IdInPath, transactionId: str) -> Response:  # noqa: N803 - as above
        """Give back the points that a transaction spent, once."""
        asking = asking_of(request, identifier_in(memberId, "memberId"))
        read_wish(NoWish, await read_body(request))
        done = await services.write(lambda: restore(ledger, asking, transactionId))
        return await answer_done(services, done)

    return routes
