"""What a request may be before its body. The limit of a body is in `loyalty_api.bodies_in`."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from fastapi.responses import Response

from loyalty_api.problems import problem

LONGEST_TARGET_BYTES = 8_192
LARGEST_HEAD_BYTES = 49_152  # room for the longest token, twice
MOST_HEADERS = 100
_MARKS_BYTES = 4  # colon, blank, and the end of the line


def refusal_of_head(target_bytes: int, headers: Sequence[tuple[bytes, bytes]]) -> Response | None:
    """Refuse a request whose head came whole, and is too large or contradicts itself.

    What is larger than this and comes in pieces is refused by the parser, before it is whole.
    """
    if target_bytes > LONGEST_TARGET_BYTES:
        detail = f"path and query have at most {LONGEST_TARGET_BYTES} bytes"
        return problem(HTTPStatus.REQUEST_URI_TOO_LONG, detail=detail, code="uri_too_long")
    head_bytes = target_bytes
    for name, value in headers:
        head_bytes += len(name) + len(value) + _MARKS_BYTES
    if head_bytes > LARGEST_HEAD_BYTES or len(headers) > MOST_HEADERS:
        return headers_too_large()
    if {b"content-length", b"transfer-encoding"} <= {name for name, _ in headers}:
        # A proxy that goes by the other one would take what follows for something else (RFC 9112,
        # 6.1): nothing on this connection can be trusted any more.
        detail = "there are both Content-Length and Transfer-Encoding"
        return problem(HTTPStatus.BAD_REQUEST, detail=detail, code="malformed_request")
    return None


def headers_too_large() -> Response:
    """Refuse headers."""
    return problem(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        detail=f"there are at most {MOST_HEADERS} headers, of {LARGEST_HEAD_BYTES} bytes in all",
        code="headers_too_large",
    )
