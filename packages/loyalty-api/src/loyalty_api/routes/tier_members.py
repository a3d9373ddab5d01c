"""Members by tier: for campaigns and reports."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import Response

from loyalty_api.cursors import Listing, decode_id_cursor
from loyalty_api.routes.answers import answer, problems
from loyalty_api.services import Services
from loyalty_api.views import tier_member_page_body
from loyalty_shared.contracts.account_bodies import TierMemberPageBody
from loyalty_shared.service import queries

MOST_MEMBERS = 100


def add_routes(app: FastAPI, services: Services) -> None:
    """Add the route that lists members."""
    ledger = services.ledger

    @app.get(
        "/loyalty/members",
        tags=["members"],
        response_model=TierMemberPageBody,
        responses=problems(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
        operation_id="listMembers",
    )
    async def list_members(
        tier: Annotated[str, Query(description="The name of a tier of the program")],
        limit: Annotated[int, Query(ge=1, le=MOST_MEMBERS)] = 20,
        cursor: Annotated[str | None, Query(description="`nextCursor` of a page")] = None,
    ) -> Response:
        """List the members of a tier by id, as of the newest entry of each."""
        after = decode_id_cursor(Listing.MEMBERS, cursor) if cursor is not None else None
        page = await services.read(
            lambda: queries.members_in_tier(ledger, tier, after=after, limit=limit)
        )
        return answer(tier_member_page_body(page))
