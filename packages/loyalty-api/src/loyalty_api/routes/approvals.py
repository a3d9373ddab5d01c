"""Adjustments that wait for a second person."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from loyalty_api.bodies_in import read_body
from loyalty_api.commands_in import answer_done, asking_of, command, said_by
from loyalty_api.cursors import Listing, decode_id_cursor
from loyalty_api.paths import IdInPath, identifier_in
from loyalty_api.routes.answers import answer, problems
from loyalty_api.services import Services
from loyalty_api.views import approval_body, approval_page_body
from loyalty_shared.contracts.approval_bodies import ApprovalBody, ApprovalPageBody
from loyalty_shared.contracts.wishes import VerdictWish, read_wish
from loyalty_shared.service.adjustments import (
    Approval,
    approve,
    decline,
    find_approval,
    waiting_approvals,
)
from loyalty_shared.service.commands import Asking, Done
from loyalty_shared.service.ledger import Ledger

MOST_MEMBERS = 100

_PROBLEMS = problems(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)


def add_routes(app: FastAPI, services: Services) -> None:
    """Add the routes under `/loyalty/approvals`."""
    ledger = services.ledger
    _add_verdicts(app, services)

    @app.get(
        "/loyalty/approvals",
        tags=["adjustments"],
        response_model=ApprovalPageBody,
        responses=problems(HTTPStatus.BAD_REQUEST) | _PROBLEMS,
        operation_id="listApprovals",
    )
    async def list_approvals(
        limit: Annotated[
            int, Query(ge=1, le=MOST_MEMBERS, description="Of so many members at the most")
        ] = 20,
        cursor: Annotated[str | None, Query(description="`nextCursor` of a page")] = None,
    ) -> Response:
        """List the adjustments that wait for a second person, by member."""
        after = decode_id_cursor(Listing.APPROVALS, cursor) if cursor is not None else None
        page = await services.read(lambda: waiting_approvals(ledger, after=after, limit=limit))
        return answer(approval_page_body(page))

    @app.get(
        "/loyalty/approvals/{approvalId}",
        tags=["adjustments"],
        response_model=ApprovalBody,
        responses=problems(HTTPStatus.NOT_FOUND) | _PROBLEMS,
        operation_id="getApproval",
    )
    async def get_approval(approvalId: IdInPath) -> Response:  # noqa: N803 - its name on the wire
        """Give an adjustment that waits, or waited."""
        approval_id = identifier_in(approvalId, "approvalId")
        found = await services.read(lambda: find_approval(ledger, approval_id))
        return answer(approval_body(found))


def _add_verdicts(app: FastAPI, services: Services) -> None:
    @app.post(
        "/loyalty/approvals/{approvalId}/approve",
        tags=["adjustments"],
        **command("approve", VerdictWish),
    )
    async def post_approval(request: Request, approvalId: IdInPath) -> Response:  # noqa: N803 - its name on the wire
        """Agree to an adjustment, which takes place by it; not as the one who asked for it."""
        return await _decided(request, approvalId, services, approve)

    @app.post(
        "/loyalty/approvals/{approvalId}/decline",
        tags=["adjustments"],
        **command("decline", VerdictWish),
    )
    async def post_decline(request: Request, approvalId: IdInPath) -> Response:  # noqa: N803 - as above
        """Refuse an adjustment, or take one back."""
        return await _decided(request, approvalId, services, decline)


async def _decided(
    request: Request,
    approval_id: str,
    services: Services,
    decide: Callable[[Ledger, Asking, Approval], Done],
) -> Response:
    approval_id = identifier_in(approval_id, "approvalId")
    asking = asking_of(request, "")
    wish = read_wish(VerdictWish, await read_body(request))
    approval = await services.read(lambda: find_approval(services.ledger, approval_id))
    asking = said_by(Asking(approval.member_id, asking.key, asking.actor), wish.actor)
    done = await services.write(lambda: decide(services.ledger, asking, approval))
    return await answer_done(services, done)
