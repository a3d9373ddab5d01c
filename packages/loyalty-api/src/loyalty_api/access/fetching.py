"""Get a document of the issuer over HTTP: bounded in size and patience, and never redirected."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit, urlunsplit

from loyalty_api.addresses import is_secure_url

# Gives what an address answers, or raises `CannotFetch`.
Fetch = Callable[[str], bytes]

LARGEST_DOCUMENT_BYTES = 256 * 1024  # an issuer's keys are a few kilobytes
_PATIENCE_SECONDS = 5.0


class CannotFetch(Exception):
    """An address did not answer, or not with what was asked for."""


def fetch(url: str, patience_seconds: float = _PATIENCE_SECONDS) -> bytes:
    """Get what an address answers; no wait for a byte of it is longer than the patience.

    A proxy that the environment names is not used, and a redirect is not followed: both would let
    somebody else say whose tokens are good.

    Raises:
        CannotFetch: when it is not secure, does not answer 200, or answers too much.
    """
    if not is_secure_url(url):
        raise CannotFetch(f"{url} is neither https nor on a loopback address")
    try:
        with closing(_connection(url, patience_seconds)) as connection:
            connection.request("GET", _target(url), headers={"Accept": "application/json"})
            with connection.getresponse() as response:
                body = response.read(LARGEST_DOCUMENT_BYTES + 1)
    except (OSError, HTTPException) as error:
        raise CannotFetch(f"{url} does not answer: {error!r}") from error
    if response.status != HTTPStatus.OK:
        raise CannotFetch(f"{url} answers {response.status}")
    if len(body) > LARGEST_DOCUMENT_BYTES:
        raise CannotFetch(f"{url} answers more than {LARGEST_DOCUMENT_BYTES} bytes")
    return body


def _connection(url: str, patience_seconds: float) -> HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http":
        return HTTPConnection(host, parts.port, timeout=patience_seconds)
    context = ssl.create_default_context()
    return HTTPSConnection(host, parts.port, timeout=patience_seconds, context=context)


def _target(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))
