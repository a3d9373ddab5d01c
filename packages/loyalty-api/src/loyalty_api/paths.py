"""Ids in paths: an id may hold any printable character, a slash too.

Servers decode a path before it is routed, and then `a%2Fb` is two segments. So routing works on
the path as it was sent, and each id is decoded on its own, once. An HTTP API of API Gateway has
decoded the path, once, before we see it; so it is encoded again, but for the slashes, of which
nobody can tell any more which were part of an id.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, unquote_to_bytes

from fastapi import Path
from starlette.types import ASGIApp, Receive, Scope, Send

from loyalty_shared.contracts.identifiers import IDENTIFIER_SCHEMA, checked_identifier
from loyalty_shared.domain.errors import Fault, InvalidInput

_ASCII = bytes(range(128))

# An id that a path holds as it was sent; `identifier_in` decodes it and checks what this describes.
IdInPath = Annotated[str, Path(json_schema_extra=IDENTIFIER_SCHEMA)]


class EncodedPaths:
    """Middleware that routes by the path as it was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""
        if scope["type"] == "http":
            path = _encoded_path(scope)
            if path != scope["path"]:
                scope = {**scope, "path": path}
        await self._app(scope, receive, send)


def _encoded_path(scope: Scope) -> str:
    raw: bytes | None = scope.get("raw_path")
    if raw:
        # Bytes that should have been percent-encoded are taken as if they were.
        return raw.decode() if raw.isascii() else quote(raw, safe=_ASCII)
    # Not the path that Mangum gives: it has decoded once more what was decoded before.
    path: str = scope.get("aws.event", {}).get("rawPath", scope["path"])
    # By some accounts the gateway leaves a percent sign encoded, by others it does not. Taken for
    # one either way, every id is read right but those that have the characters `%25` themselves.
    return quote(path.replace("%25", "%"), errors="surrogatepass")


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
