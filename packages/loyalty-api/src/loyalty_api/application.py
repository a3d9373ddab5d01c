"""The HTTP application: every route, who may use it, and one form for every error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp

from loyalty_api import problems
from loyalty_api.access.description import describe_access
from loyalty_api.access.guard import Guard
from loyalty_api.access.table import require_rules
from loyalty_api.answer_headers import AnswerHeaders
from loyalty_api.paths import EncodedPaths
from loyalty_api.rates import CountedRequests, RequestRates, limited
from loyalty_api.routes import (
    adjustments,
    approvals,
    events,
    health,
    holds,
    lifecycle,
    members,
    orders,
    points,
    program,
    quotes,
    redemptions,
    tier_members,
)
from loyalty_api.routes.answers import problem_schemas
from loyalty_api.services import Services

VERSION = "0.1.0"

# Else the framework asks at each request who watches it, and may set that up by the environment.
# What is counted and written down here is ours, and the same in every place that this runs in.
_NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}

AddRoutes = Callable[[FastAPI, Services], None]


class LoyaltyApi(FastAPI):
    """An application whose description is whole: with problems, and with what its guard asks."""

    guard: Guard | None = None

    def openapi(self) -> dict[str, Any]:
        """Describe the API."""
        document = super().openapi()
        document["components"]["schemas"] |= problem_schemas()
        return describe_access(document) if self.guard else document

    def build_middleware_stack(self) -> ASGIApp:
        """Put the headers of answers around everything, what answers for mistakes of ours too."""
        return AnswerHeaders(super().build_middleware_stack(), self.title, self.docs_url)


def create_app(
    services: Services,
    *,
    guard: Guard | None = None,
    rates: RequestRates | None = None,
    more: Sequence[AddRoutes] = (),
) -> FastAPI:
    """Make the application that answers from the given services, and with `more` routes.

    Without a guard everybody is let in, and nothing of access is described. Without rates everybody
    may ask as often as they like.

    Raises:
        NoRule: when a route has no row in the access table.
    """
    gate = limited(guard, rates) if rates else guard
    app = LoyaltyApi(
        title="Loyalty",
        version=VERSION,
        description="What a member has, how they got it, and order events in.",
        # Paths are exact: a redirect would lose the body of a POST.
        redirect_slashes=False,
        # One page of docs: a second one, and one to log in with, would only be more to protect.
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        dependencies=[Depends(gate)] if gate else None,
        telemetry=_NO_TELEMETRY,
    )
    app.guard = guard
    app.add_middleware(EncodedPaths)
    if rates:
        app.add_middleware(CountedRequests, rates=rates, refusal=problems.refusal)
    problems.install(app)
    resources = (
        points,  # first what is asked for most: each request is held against one after the other
        events,
        tier_members,
        members,
        redemptions,
        holds,
        adjustments,
        approvals,
        quotes,
        lifecycle,
        orders,
        program,
        health,
    )
    of_framework = len(app.routes)  # the description, and the page that shows it
    # Straight into the application: it would look at each route of a router of theirs twice.
    for add_routes in (*(resource.add_routes for resource in resources), *more):
        add_routes(app, services)
    require_rules(app.routes[of_framework:])
    return app
