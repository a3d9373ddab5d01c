"""Ids in paths: an id may hold any printable character, a slash too.

Servers decode a path before it is routed, and then `a%2Fb` is two segments. So routing works on
the path as it was sent, and each id is decoded on its own.
"""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

from loyalty_shared.contracts.identifiers import checked_identifier
from loyalty_shared.domain.errors import Fault, InvalidInput


class EncodedPaths:
    """Middleware that routes by the path as it was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""
        if scope["type"] == "http":
            raw = scope.get("raw_path")
            # Mangum has the decoded path only.
            path = raw.decode("ascii", "replace") if raw else quote(scope["path"])
            scope = {**scope, "path": path}
        await self._app(scope, receive, send)


def identifier_in(segment: str, name: str) -> str:
    """Decode and check an id that a path holds under a name.

    Raises:
        InvalidInput: with code `invalid_id`.
    """
    location = f"path/{name}"
    try:
        text = unquote_to_bytes(segment).decode()
    except UnicodeDecodeError as error:
        fault = Fault(location, "must be UTF-8")
        raise InvalidInput("the id is not valid", code="invalid_id", faults=(fault,)) from error
    return checked_identifier(text, location)
