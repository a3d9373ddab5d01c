"""Members who are merged, forgotten, or want to see all that is held of them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from loyalty_api.bodies_in import read_body
from loyalty_api.commands_in import answer_done, asking_of, command, marked_replayed
from loyalty_api.cursors import Listing, decode_cursor, encode_cursor
from loyalty_api.paths import IdInPath, identifier_in
from loyalty_api.routes.answers import answer, problems
from loyalty_api.services import Services
from loyalty_shared.contracts.lifecycle_bodies import ErasureBody, MemberRowsBody, shown_row
from loyalty_shared.contracts.wishes import MergeWish, NoWish, read_wish
from loyalty_shared.service.archive import encode_row
from loyalty_shared.service.erasing import erase
from loyalty_shared.service.member_export import rows_of_member
from loyalty_shared.service.merging import merge, undo_merge

MOST_ENTRIES = 500

_PROBLEMS = problems(
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def add_routes(app: FastAPI, services: Services) -> None:
    """Add the routes of a member's beginning and end."""
    ledger = services.ledger
    _add_merging(app, services)

    @app.post(
        "/loyalty/members/{memberId}/erasure",
        tags=["lifecycle"],
        **command("erase", NoWish, ErasureBody),
    )
    async def post_erasure(request: Request, memberId: IdInPath) -> Response:  # noqa: N803 - its name on the wire
        """Forget a member: all that is held goes, and a record stays that names nobody."""
        asking = asking_of(request, identifier_in(memberId, "memberId"))
        read_wish(NoWish, await read_body(request))
        erasure = await services.write(lambda: erase(ledger, asking))
        body = ErasureBody.of(erasure.forgotten, erasure.erased_at)
        response = answer(body, HTTPStatus.CREATED)
        return marked_replayed(response) if erasure.is_replayed else response

    @app.get(
        "/loyalty/members/{memberId}/export",
        tags=["lifecycle"],
        response_model=MemberRowsBody,
        responses=_PROBLEMS,
        operation_id="exportMember",
    )
    async def get_export(
        memberId: IdInPath,  # noqa: N803 - its name on the wire
        limit: Annotated[int, Query(ge=1, le=MOST_ENTRIES, description="Entries a page")] = 100,
        cursor: Annotated[str | None, Query(description="`nextCursor` of a page")] = None,
    ) -> Response:
        """Give all that is held of a member, row by row, the oldest entry first."""
        member_id = identifier_in(memberId, "memberId")
        after = decode_cursor(Listing.ROWS, cursor) if cursor is not None else 0
        page = await services.read(
            lambda: rows_of_member(ledger, member_id, after=after, limit=limit)
        )
        items = [shown_row(encode_row(row)) for row in page.rows]
        following = encode_cursor(Listing.ROWS, page.next_after) if page.next_after else None
        return answer(MemberRowsBody(items=items, next_cursor=following))


def _add_merging(app: FastAPI, services: Services) -> None:
    ledger = services.ledger

    @app.post(
        "/loyalty/members/{memberId}/merge", tags=["lifecycle"], **command("merge", MergeWish)
    )
    async def post_merge(request: Request, memberId: IdInPath) -> Response:  # noqa: N803 - its name on the wire
        """Let all that a member has be another one's, and what comes under its id from now on."""
        asking = asking_of(request, identifier_in(memberId, "memberId"))
        wish = read_wish(MergeWish, await read_body(request))
        return await answer_done(
            services, await services.write(lambda: merge(ledger, asking, wish.into))
        )

    @app.post(
        "/loyalty/members/{memberId}/merge/undo", tags=["lifecycle"], **command("undoMerge", NoWish)
    )
    async def post_undo(request: Request, memberId: IdInPath) -> Response:  # noqa: N803 - as above
        """Give a member that was merged back what it brought, and what came under its id since."""
        asking = asking_of(request, identifier_in(memberId, "memberId"))
        read_wish(NoWish, await read_body(request))
        return await answer_done(services, await services.write(lambda: undo_merge(ledger, asking)))
