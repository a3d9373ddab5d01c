"""A client of few microseconds a request: what is measured is the server, not who asks."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - any JSON
        return json.loads(self.body)


class Client:
    """One kept connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, url: str) -> Self:
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def ask(self, method: str, path: str, body: str | None = None, key: str = "") -> Answer:
        content = (body or "").encode()
        head = [f"{method} {path} HTTP/1.1", "Host: loyalty.example"]
        head += [f"Content-Length: {len(content)}"] if body is not None else []
        head += [f"Idempotency-Key: {key}"] if key else []
        self._writer.write("\r\n".join([*head, "", ""]).encode() + content)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        status, *headers = answer.rstrip().split("\r\n")
        lengths = [each[15:] for each in headers if each.lower().startswith("content-length:")]
        return Answer(int(status.split()[1]), await self._reader.readexactly(int(lengths[0])))

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()
