"""Tokens: none but those that the issuer gave let anybody in, whatever is done to one."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from random import Random

from starlette.datastructures import Headers
from tests.fuzz import documents, nasty
from tests.fuzz.damage import damaged
from tests.fuzz.reading import NOW
from tests.fuzz.target import ACCEPTED, REFUSED, Target, require
from tests.token_issuer import AUDIENCE, SigningKey, TokenIssuer, ec_key, encoded, rsa_key, signed

from loyalty_api.access.errors import AccessRefused
from loyalty_api.access.guard import bearer_token
from loyalty_api.access.issuer_keys import IssuerKeys
from loyalty_api.access.key_sets import KeySet, keys_in
from loyalty_api.access.settings import Trust
from loyalty_api.access.tokens import TokenVerifier
from loyalty_api.services import run_inline

_ISSUER = "https://issuer.example"


class Tokens(Target[list[str]]):
    """What stands in `Authorization`. The keys are made anew in each run, and tokens with them."""

    def __init__(self) -> None:
        self._issuer = TokenIssuer(_ISSUER, [rsa_key("key-1"), ec_key("key-2")])
        self._loop = asyncio.new_event_loop()
        self._good = [
            signed(key, self._claims(**claims))
            for key in self._issuer.keys
            for claims in (
                {},
                {"sub": "bob"},
                {"scope": "loyalty:admin"},
                {"scp": ["loyalty:read"]},
            )
        ]
        self._bad = [*_forged(self._issuer), *self._not_for_us()]
        self._parts = {_parts(each) for each in self._good}
        keys = IssuerKeys(self._load, run_inline, lambda: NOW)
        self._verifier = TokenVerifier(Trust(_ISSUER, AUDIENCE), keys, lambda: NOW)

    def make(self, random: Random) -> list[str]:
        kind = random.random()
        if kind < 0.05:
            return [f"Bearer {random.choice(self._good)}"]
        if kind < 0.1:
            return [nasty.text(random), nasty.text(random)][: random.randrange(3)]
        if kind < 0.2:
            return [f"Bearer {random.choice(self._bad)}"]
        token = random.choice(self._good)
        if kind < 0.3:  # the parts of several
            token = ".".join(
                random.choice(self._good + self._bad).split(".")[at % 3]
                for at in range(random.choice((2, 3, 3, 3, 5)))
            )
        elif kind < 0.5:  # another header or other claims, under a signature that was for others
            parts = token.split(".")
            parts[random.randrange(2)] = encoded(documents.value(random).encode(errors="replace"))
            token = ".".join(parts)
        else:
            token = damaged(token.encode(), random).decode("latin-1")
        return [f"{random.choice(('Bearer', 'Bearer', 'bearer', 'Basic', ''))} {token}"]

    def check(self, given: list[str]) -> str:
        pairs = [(b"authorization", each.encode("latin-1", "replace")) for each in given]
        try:
            token = bearer_token(Headers(raw=pairs))
            self._loop.run_until_complete(self._verifier.verify(token))
        except AccessRefused as refused:
            require(refused.code in {"invalid_token", "unauthenticated"}, refused.code)
            refused.challenge.encode("latin-1")
            return REFUSED
        require(_parts(token) in self._parts, "a token was accepted that nobody gave")
        return ACCEPTED

    def close(self) -> None:
        self._loop.close()

    def _claims(self, **changes: object) -> dict[str, object]:
        return self._issuer.claims(NOW.timestamp(), **changes)

    def _load(self) -> KeySet:
        return keys_in(self._issuer.documents()["/keys"])

    def _not_for_us(self) -> list[str]:
        [rsa, _] = self._issuer.keys
        now = int(NOW.timestamp())
        changes: list[dict[str, object]] = [
            {"exp": now - 3600},
            {"exp": None},
            {"exp": "never"},
            {"nbf": now + 3600},
            {"iss": f"{_ISSUER}/"},
            {"iss": None},
            {"aud": "another"},
            {"aud": []},
        ]
        contents = (b"[]", b"{", b"[" * 5_000, b"1e999", b'{"sub": "ann", "sub": "bob"}')
        return [
            *(signed(rsa, self._claims(**each)) for each in changes),
            *(signed(rsa, each) for each in contents),
        ]


def _forged(issuer: TokenIssuer) -> list[str]:
    claims = issuer.claims(NOW.timestamp(), scope="loyalty:admin")
    [rsa, _] = issuer.keys
    stranger = rsa_key("stranger")
    jwk = rsa.public_jwk()
    start = f"{encoded(json.dumps({'alg': 'none', 'kid': 'key-1'}).encode())}."
    return [
        signed(stranger, claims, kid="key-1"),
        signed(stranger, claims),
        signed(stranger, claims, kid="key-1", jwk=stranger.public_jwk()),
        signed(rsa, claims, alg="none"),
        signed(rsa, claims, alg="HS256"),
        signed(rsa, claims, crit=["exp"]),
        signed(rsa, claims, typ="logout+jwt"),
        signed(SigningKey("key-2", rsa.private), claims),
        start + f"{encoded(json.dumps(claims).encode())}.",
        start + f"{encoded(json.dumps(claims).encode())}.{jwk['n']}",
    ]


def _parts(token: str) -> tuple[str, str, bytes]:
    """What a token says, and its signature, of which base64 may write the last bits otherwise."""
    try:
        header, claims, signature = token.split(".")
        return header, claims, base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (ValueError, binascii.Error):
        return "", "", b""
