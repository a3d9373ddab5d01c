"""A member's account and its history."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import Response

from loyalty_api.cursors import Listing, decode_cursor
from loyalty_api.moments import moment_in
from loyalty_api.paths import IdInPath, identifier_in
from loyalty_api.routes.answers import answer, problems
from loyalty_api.services import Services
from loyalty_api.views import account_body, transaction_body, transaction_page_body
from loyalty_shared.contracts.account_bodies import AccountBody
from loyalty_shared.contracts.transaction_bodies import TransactionBody, TransactionPageBody
from loyalty_shared.service import queries, statements

MOST_TRANSACTIONS = 100

_PROBLEMS = problems(
    HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
)
_MOMENT = {"format": "date-time"}
_AS_OF = "Business time: what had occurred by then; in the future, if nothing more happens"
_KNOWN_AT = "Recorded time: what the ledger knew then; `asOf` is then the same moment, if not given"
_PAGE_PROBLEMS = problems(HTTPStatus.BAD_REQUEST) | _PROBLEMS


def add_routes(app: FastAPI, services: Services) -> None:
    """Add the routes under `/loyalty/members`."""
    ledger = services.ledger

    @app.get(
        "/loyalty/members/{memberId}",
        tags=["members"],
        response_model=AccountBody,
        responses=_PROBLEMS,
        operation_id="getMember",
    )
    async def get_member(
        memberId: IdInPath,  # noqa: N803 - its name on the wire
        asOf: Annotated[str | None, Query(description=_AS_OF, json_schema_extra=_MOMENT)] = None,  # noqa: N803 - as above
        knownAt: Annotated[  # noqa: N803 - as above
            str | None, Query(description=_KNOWN_AT, json_schema_extra=_MOMENT)
        ] = None,
    ) -> Response:
        """Give a member's account as of now, or as of another moment."""
        member_id = identifier_in(memberId, "memberId")
        as_of, known_at = moment_in(asOf, "asOf"), moment_in(knownAt, "knownAt")
        found = await services.read(
            lambda: statements.account(ledger, member_id, as_of=as_of, known_at=known_at)
        )
        return answer(account_body(ledger.program, found))

    @app.get(
        "/loyalty/members/{memberId}/transactions",
        tags=["members"],
        response_model=TransactionPageBody,
        responses=_PAGE_PROBLEMS,
        operation_id="listTransactions",
    )
    async def list_transactions(
        memberId: IdInPath,  # noqa: N803 - its name on the wire
        limit: Annotated[int, Query(ge=1, le=MOST_TRANSACTIONS)] = 20,
        cursor: Annotated[str | None, Query(description="`nextCursor` of a page")] = None,
    ) -> Response:
        """List a member's transactions, newest first."""
        member_id = identifier_in(memberId, "memberId")
        before = decode_cursor(Listing.TRANSACTIONS, cursor) if cursor is not None else None
        page = await services.read(
            lambda: queries.history(ledger, member_id, before=before, limit=limit)
        )
        return answer(transaction_page_body(page))

    @app.get(
        "/loyalty/members/{memberId}/transactions/{transactionId}",
        tags=["members"],
        response_model=TransactionBody,
        responses=_PROBLEMS,
        operation_id="getTransaction",
    )
    async def get_transaction(memberId: IdInPath, transactionId: str) -> Response:  # noqa: N803 - as above
        """Give one transaction with its breakdown."""
        member_id = identifier_in(memberId, "memberId")
        found = await services.read(lambda: queries.transaction(ledger, member_id, transactionId))
        return answer(transaction_body(found))
