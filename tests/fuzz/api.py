"""The API: whatever a request is, the answer is a documented one, and never a mistake of ours."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.types import Message
from tests.fuzz.reading import CURRENCY, NOW
from tests.fuzz.requests import MEMBERS, Asked, asked
from tests.fuzz.target import Target, Wrong, require

from loyalty_api.access.errors import InvalidToken
from loyalty_api.access.guard import make_guard
from loyalty_api.application import create_app
from loyalty_api.services import Services, run_inline
from loyalty_shared.contracts.events import decode_event
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.order_events import record_happening
from loyalty_shared.storage.memory import MemoryLedgerStore

_CODES = set(
    re.findall(
        r"^\| `([a-z_]+)` \|",
        (Path(__file__).parents[2] / "docs" / "API.md").read_text("utf-8"),
        re.MULTILINE,
    )
)
_WITHOUT_TOKEN = {"/loyalty/program", "/health/live", "/health/ready", "/docs", "/openapi.json"}


@dataclass
class Answered:
    """What came back."""

    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""


class _Inbox:
    def put(self, bodies: Sequence[str]) -> None:
        for body in bodies:
            body.encode()  # as whoever stores them would


class Api(Target[Asked]):
    """Requests of every kind, some of them with a token that is none."""

    def __init__(self) -> None:
        store = MemoryLedgerStore()
        ledger = Ledger(store, default_program(), lambda: NOW, lambda _seconds: None)
        for number, member in enumerate(MEMBERS):
            document = {"userId": member, "orderId": f"o-{number}", "transactionId": "t"}
            event = decode_event({**document, "totalAmount": 100_000})
            record_happening(ledger, event.happening(CURRENCY, NOW))
        self._store = store
        self._kept = _copied(vars(store))
        services = Services(ledger, _Inbox(), run_inline, run_inline)
        self._open = create_app(services)
        self._guarded = create_app(services, guard=make_guard(_nobody, services))
        self._loop = asyncio.new_event_loop()

    def make(self, random: Random) -> Asked:
        return asked(random)

    def check(self, given: Asked) -> str:
        vars(self._store).update(_copied(self._kept))  # so an input depends on none before it
        answered = self._loop.run_until_complete(self._ask(given))
        require(answered.status < 500, f"{answered.status} {answered.body!r}")
        if given.method == "HEAD":
            return str(answered.status)
        kind = answered.headers.get(b"content-type", b"")
        if answered.status >= 400:
            require(kind == b"application/problem+json", f"a problem as {kind!r}")
            problem = json.loads(answered.body)
            require(problem["status"] == answered.status, "a problem of another status")
            require(problem["code"] in _CODES, f"the code {problem['code']} is not documented")
        elif given.is_guarded:
            path = given.path.decode("latin-1")
            require(path in _WITHOUT_TOKEN, f"{path} answers {answered.status} without a token")
        elif kind == b"application/json" and not given.is_on_aws:
            _check_whose(given, json.loads(answered.body))
        return str(answered.status)

    def close(self) -> None:
        self._loop.close()

    async def _ask(self, asked: Asked) -> Answered:
        answered = Answered()

        async def receive() -> Message:
            return {"type": "http.request", "body": asked.body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.status = message["status"]
                answered.headers = {name.lower(): value for name, value in message["headers"]}
            else:
                answered.body += message.get("body", b"")

        decoded = unquote_to_bytes(asked.path).decode("utf-8", "surrogateescape")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "method": asked.method,
            "path": decoded,
            "raw_path": None if asked.is_on_aws else asked.path,
            "aws.event": {"rawPath": decoded} if asked.is_on_aws else {},
            "root_path": "",
            "query_string": asked.query,
            "headers": list(asked.headers),
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        await (self._guarded if asked.is_guarded else self._open)(scope, receive, send)
        return answered


async def _nobody(_token: str) -> Any:  # noqa: ANN401 - it gives nothing
    raise InvalidToken("no token is good")


def _copied(rows: dict[str, Any]) -> dict[str, Any]:
    copies = {}
    for name, held in rows.items():
        if isinstance(held, dict):
            copies[name] = copied = held.copy()
            copied |= {
                key: each.copy() for key, each in held.items() if isinstance(each, list | set)
            }
    return copies


def _check_whose(given: Asked, body: Any) -> None:  # noqa: ANN401 - any JSON
    """Who asks for a member's data gets that of the member, and of nobody who looks alike."""
    if not isinstance(body, dict):
        raise Wrong("an answer is no object")
    asked_for = re.match(rb"/loyalty/(?:points|members)/([^/]+)", given.path)
    member_id = body.get("userId") or body.get("memberId")
    if asked_for and member_id:
        asked_id = unquote_to_bytes(asked_for[1]).decode()
        require(member_id == asked_id, f"asked for {asked_id!r}, got {member_id!r}")
        is_known = "memberId" in body or body["points"] != 0
        require(not is_known or member_id in MEMBERS, f"{member_id!r} has points")
