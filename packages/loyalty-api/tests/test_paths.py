from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from loyalty_api.paths import EncodedPaths, identifier_in
from loyalty_shared.domain.errors import InvalidInput


def _routed_by(scope: dict[str, Any]) -> str:
    seen: list[str] = []

    async def app(inner: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(inner["path"])

    async def nothing(*_: object) -> Any:  # noqa: ANN401 - nobody asks
        raise AssertionError

    asyncio.run(EncodedPaths(app)({"type": "http", "path": "/", **scope}, nothing, nothing))
    [path] = seen
    return path


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/points/a%2Fb", "/points/a%2Fb"),
        (b"/points/a%252Fb", "/points/a%252Fb"),
        ("/points/Zo\u00eb".encode(), "/points/Zo%C3%AB"),  # not every server refuses it
        (b"/points/Zo\xeb", "/points/Zo%EB"),
        (b"/points/%zz?#[]", "/points/%zz?#[]"),
    ],
)
def test_a_path_is_routed_as_it_was_sent(raw: bytes, path: str) -> None:
    assert _routed_by({"raw_path": raw}) == path


def test_half_a_character_from_a_gateway_is_no_id() -> None:
    path = _routed_by({"raw_path": None, "aws.event": {"rawPath": "/points/\ud800"}})

    with pytest.raises(InvalidInput, match="the id is not valid"):
        identifier_in(path.rpartition("/")[2], "userId")
