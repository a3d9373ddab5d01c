"""Requests of every kind, as a server hands them over."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import quote

from tests.fuzz import documents, nasty
from tests.fuzz.damage import damaged, maybe_damaged

_DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text("utf-8"))
_ROUTES = [
    (method.upper(), path, operation)
    for path, operations in _DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
MEMBERS = ("ann", "bob", "#", "а/b", "ENTRY#")  # noqa: RUF001 - a Cyrillic a


@dataclass(frozen=True)
class Asked:
    """A request as a server hands it over."""

    method: str
    path: bytes
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    is_guarded: bool = False
    is_on_aws: bool = False


def asked(random: Random) -> Asked:
    """Make up a request."""
    method, template, operation = random.choice(_ROUTES)
    path = re.sub(r"\{\w+\}", lambda _: _segment(random), template).encode("latin-1", "replace")
    if random.random() < 0.1:
        path = b"/" + damaged(path, random)[:2_000]
    if random.random() < 0.05:
        method = random.choice(("PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "G\u00c9T", ""))
    query = b""
    if operation.get("parameters") or random.random() < 0.1:
        query = _query(random)
    headers = [(b"host", b"localhost"), (b"idempotency-key", _key(random))]
    if random.random() < 0.05:
        headers += [(b"idempotency-key", _key(random))]
    if random.random() < 0.1:
        headers += [(b"authorization", maybe_damaged("Bearer a.b.c", random))]
    if random.random() < 0.1:
        headers += [(b"content-type", maybe_damaged("application/json", random))]
    body = _body(template, random) if method == "POST" else b""
    is_guarded = random.random() < 0.2
    is_on_aws = random.random() < 0.2
    return Asked(method, path, query, tuple(headers), body, is_guarded, is_on_aws)


def _segment(random: Random) -> str:
    kind = random.random()
    if kind < 0.5:
        return quote(random.choice((*MEMBERS, "o-1", "o-0")), safe="")
    if kind < 0.8:
        return quote(nasty.text(random).encode("utf-8", "surrogatepass"), safe="")
    return "".join(random.choice("abc/%#?.;=&+\\ \t01ÿ") for _ in range(random.randrange(8)))


def _query(random: Random) -> bytes:
    names = ("limit", "cursor", "tier", "asOf", "knownAt", "x", "")
    values = (*nasty.IDS, *nasty.NUMBERS, *nasty.TIMES, "Gold", "Basic", "YmVmb3JlOjI", "1", "20")
    pairs = []
    for _ in range(random.randrange(4)):
        value = random.choice(values).encode("utf-8", "surrogatepass")
        encoded = quote(value, safe="").encode() if random.random() < 0.8 else value
        pairs.append(random.choice(names).encode() + b"=" + encoded)
    return b"&".join(pairs)


def _key(random: Random) -> bytes:
    if random.random() < 0.8:
        return str(random.randrange(10**6)).encode()
    return nasty.text(random).encode("utf-8", "surrogatepass")


def _body(template: str, random: Random) -> bytes:
    if template.endswith("/events"):
        return maybe_damaged(documents.event(random), random)
    if template.endswith("/quotes"):
        return maybe_damaged(documents.quote(random), random)
    if random.random() < 0.3:
        return b'{"points": 5}'
    known = ("points", "reason", "into") if random.random() < 0.5 else ()
    return maybe_damaged(documents.command(random, known), random)
