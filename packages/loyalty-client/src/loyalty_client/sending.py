"""What both clients do to send a call, but for the sending itself."""

from __future__ import annotations

from typing import TypeVar

import httpx2

from loyalty_client.calls.call import Answer, Call
from loyalty_client.decoding import read_json
from loyalty_client.encoding import json_text
from loyalty_client.problems import LoyaltyProblem, ServiceUnavailable
from loyalty_client.refusals import refusal

T = TypeVar("T")

# Whether the service did what it was asked for is not known then. A request that is no request,
# such as to an address without a scheme, is not among them.
NO_ANSWER = (
    httpx2.TimeoutException,
    httpx2.NetworkError,
    httpx2.RemoteProtocolError,
    httpx2.ProxyError,
    httpx2.DecodingError,
)


def request_of(
    http: httpx2.Client | httpx2.AsyncClient, call: Call[T], token: str | None
) -> httpx2.Request:
    """Write a call as a request."""
    headers = {"Accept": "application/json, application/problem+json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if call.key is not None:
        headers["Idempotency-Key"] = call.key
    content = None
    if call.body is not None:
        headers["Content-Type"] = "application/json"
        content = json_text(call.body)
    return http.build_request(
        call.method, call.path, params=call.query or None, headers=headers, content=content
    )


def result_of(call: Call[T], response: httpx2.Response) -> T:
    """Read what came back.

    Raises:
        LoyaltyProblem: when it is no success, or not what the call asked for.
    """
    document = _document(response)
    if not response.is_success:
        raise refusal(response, document, call.key)
    is_replayed = response.headers.get("Idempotency-Replayed", "").lower() == "true"
    try:
        return call.read(Answer(response.status_code, document, is_replayed))
    except (ValueError, TypeError, KeyError) as error:
        raise LoyaltyProblem(
            f"the answer is not what it should be: {error}",
            status=response.status_code,
            key=call.key,
        ) from error


def no_answer(call: Call[T], error: Exception) -> ServiceUnavailable:
    """Say that nothing came back."""
    detail = f"no answer to {call.method} {call.path}: {str(error) or type(error).__name__}"
    return ServiceUnavailable(detail, key=call.key)


def _document(response: httpx2.Response) -> object:
    try:
        return read_json(response.content)
    except ValueError:
        return None
