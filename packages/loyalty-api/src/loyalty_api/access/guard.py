"""Apply the access table to a request, before its route sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import assert_never

from fastapi import Request
from starlette.datastructures import Headers

from loyalty_api.access.caller import Caller
from loyalty_api.access.errors import InsufficientScope, InvalidToken, Unauthenticated
from loyalty_api.access.rules import Anybody, OwnData, OwnOrder, WithScope
from loyalty_api.access.table import rule_of
from loyalty_api.paths import identifier_in
from loyalty_api.services import Services
from loyalty_shared.service import queries

# Gives whom a token was given to, or raises `InvalidToken`.
Verify = Callable[[str], Awaitable[Caller]]
# Lets a request through, or raises.
Guard = Callable[[Request], Awaitable[None]]


def make_guard(verify: Verify, services: Services) -> Guard:
    """Make the guard of an application: a dependency of every route."""

    async def guard(request: Request) -> None:
        rule = rule_of(request.scope["route"])
        if not isinstance(rule, Anybody):
            caller = await verify(bearer_token(request.headers))
            request.state.caller = caller  # for what is written down of who asked
            await _admit(caller, rule, request, services)

    return guard


def bearer_token(headers: Headers) -> str:
    """Give the token that a request brings.

    Raises:
        Unauthenticated: when it brings none.
        InvalidToken: when it brings several, so that another reader may have seen another one.
    """
    given = headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if given else ("", "", "")
    if scheme.lower() != "bearer":
        raise Unauthenticated("a bearer token is required")
    if len(given) > 1:
        raise InvalidToken("there is more than one Authorization header")
    return token.strip()


async def _admit(
    caller: Caller, rule: WithScope | OwnData | OwnOrder, request: Request, services: Services
) -> None:
    if caller.may(rule.scope):
        return
    match rule:
        case WithScope(scope):
            raise InsufficientScope(scope)
        case OwnData(parameter, hidden=hidden):
            if caller.subject != identifier_in(request.path_params[parameter], parameter):
                raise hidden()
        case OwnOrder(parameter):
            order_id = identifier_in(request.path_params[parameter], parameter)
            found = await services.read(lambda: queries.order(services.ledger, order_id))
            if caller.subject != found.order.member_id:
                raise queries.no_order()
        case _:
            assert_never(rule)
