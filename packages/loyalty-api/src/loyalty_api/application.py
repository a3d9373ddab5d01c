"""The HTTP application: every route, and one form for every error."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.types import Lifespan

from loyalty_api import problems
from loyalty_api.paths import EncodedPaths
from loyalty_api.routes import events, health, members, orders, points
from loyalty_api.routes.answers import problem_schemas
from loyalty_api.services import Services

VERSION = "0.1.0"


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """Describe the API, with the problem documents that every route refers to."""
        document = super().openapi()
        document["components"]["schemas"].update(problem_schemas())
        return document


def create_app(services: Services, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """Make the application that answers from the given services.

    `lifespan` is entered before the first request and left after the last one.
    """
    app = _Application(
        title="Loyalty",
        version=VERSION,
        description="What a member has, how they got it, and order events in.",
        # Paths are exact: a redirect would lose the body of a POST.
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.add_middleware(EncodedPaths)
    problems.install(app)
    for resource in (points, members, orders, events, health):
        app.include_router(resource.router(services))
    return app
