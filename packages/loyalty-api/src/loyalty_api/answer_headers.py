"""The headers that every answer has, whoever gives it: they tell browsers to trust it with little.

As the OWASP REST Security Cheat Sheet has them. An answer is data for programs: it is not kept, not
shown inside of other pages, and nothing in it is ever run.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from http import HTTPStatus

from fastapi.openapi.docs import get_swagger_ui_html
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = tuple[tuple[bytes, bytes], ...]

_COMMON: Headers = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_NOTHING_RUNS = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
# Over plain HTTP it means nothing, and RFC 6797 forbids it.
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")

ANSWER_HEADERS: Headers = (*_COMMON, _NOTHING_RUNS)


class AnswerHeaders:
    """Middleware around all others, that of the framework for errors too."""

    def __init__(self, app: ASGIApp, title: str, docs_path: str | None) -> None:
        self._app = app
        self._docs_path = docs_path
        self._of_docs: Headers = (
            *_COMMON,
            (b"content-security-policy", _policy_of_docs(title).encode()),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and add to the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_complete = False

        async def send_with_headers(message: Message) -> None:
            nonlocal is_complete
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers(scope, message)]
            else:
                is_complete = not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            # The framework raises once more what it has answered, and `problems` has logged.
            if not is_complete:
                raise

    def _headers(self, scope: Scope, message: Message) -> Headers:
        is_docs = scope["path"] == self._docs_path and message["status"] == HTTPStatus.OK
        headers = self._of_docs if is_docs else ANSWER_HEADERS
        return (*headers, _HTTPS_ONLY) if scope.get("scheme") == "https" else headers


def _policy_of_docs(title: str) -> str:
    """Let the page of `/docs` load and run what it names, to the letter, and nothing else."""
    page = get_swagger_ui_html(openapi_url="/openapi.json", title=f"{title} - Swagger UI")
    scripts = re.findall(r"<script>(.*?)</script>", bytes(page.body).decode(), re.DOTALL)
    hashes = [f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in scripts]
    library = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join([library, *hashes])}",
            f"style-src {library} 'unsafe-inline'",  # the library styles its elements one by one
            "img-src https://fastapi.tiangolo.com/img/ data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
