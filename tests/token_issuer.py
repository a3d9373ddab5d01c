"""An issuer of tokens for tests: real keys, and its documents on a real server of this machine.

Tokens are put together and signed here by hand, so that what checks them is not what made them.
Whoever can reach the issuer gets any token: it is for this machine alone.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

AUDIENCE = "loyalty-tests"

_TOKENS = "/token"


@dataclass(frozen=True)
class SigningKey:
    """A private key under a name."""

    key_id: str
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @property
    def algorithm(self) -> str:
        return "RS256" if isinstance(self.private, rsa.RSAPrivateKey) else "ES256"

    def sign(self, content: bytes) -> bytes:
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(content, padding.PKCS1v15(), SHA256())
        size = (self.private.key_size + 7) // 8
        numbers = decode_dss_signature(self.private.sign(content, ec.ECDSA(SHA256())))
        return b"".join(number.to_bytes(size, "big") for number in numbers)

    def public_jwk(self) -> dict[str, Any]:
        """Give what the issuer publishes of the key."""
        about = {"kid": self.key_id, "use": "sig", "alg": self.algorithm}
        if isinstance(self.private, rsa.RSAPrivateKey):
            public = self.private.public_key().public_numbers()
            return {**about, "kty": "RSA", "n": _number(public.n), "e": _number(public.e)}
        point = self.private.public_key().public_numbers()
        return {**about, "kty": "EC", "crv": "P-256", "x": _number(point.x), "y": _number(point.y)}


@cache
def rsa_key(key_id: str, bits: int = 2048) -> SigningKey:
    """Give the RSA key of a name, the same one each time."""
    return SigningKey(key_id, rsa.generate_private_key(65537, bits))


@cache
def ec_key(key_id: str) -> SigningKey:
    """Give the P-256 key of a name, the same one each time."""
    return SigningKey(key_id, ec.generate_private_key(ec.SECP256R1()))


@dataclass
class TokenIssuer:
    """What the issuer publishes can be changed while it runs; `asked` is what it was asked for."""

    url: str
    keys: list[SigningKey] = field(default_factory=lambda: [rsa_key("key-1"), ec_key("key-2")])
    is_away: bool = False
    asked: list[str] = field(default_factory=list)

    @property
    def token_url(self) -> str:
        """Where it gives a token for the changes in its claims, posted as a JSON object."""
        return f"{self.url}{_TOKENS}"

    def documents(self) -> dict[str, Any]:
        """Give what it publishes, by path."""
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
            },
            "/keys": {"keys": [key.public_jwk() for key in self.keys]},
        }

    def claims(self, now: float, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Give the claims of a good token, with changes; a change to None takes a claim away."""
        good = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ann",
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now) + 300,
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def token(self, now: float, **changes: Any) -> str:  # noqa: ANN401 - any JSON
        """Give a good token, with changes in its claims."""
        return signed(self.keys[0], self.claims(now, **changes))


def signed(key: SigningKey, claims: Mapping[str, Any] | bytes, **header: Any) -> str:  # noqa: ANN401 - any JSON
    """Sign a token; a header parameter that is None is left out."""
    about = {"alg": key.algorithm, "typ": "JWT", "kid": key.key_id} | header
    start = unsigned({name: value for name, value in about.items() if value is not None}, claims)
    return f"{start}.{encoded(key.sign(start.encode()))}"


def unsigned(header: Mapping[str, Any], claims: Mapping[str, Any] | bytes) -> str:
    """Give what a signature is made over: header and claims."""
    content = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return f"{encoded(json.dumps(header).encode())}.{encoded(content)}"


def encoded(content: bytes) -> str:
    """Encode a part of a token."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@contextmanager
def running_issuer() -> Iterator[TokenIssuer]:
    """Run an issuer on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Documents)
    server.issuer = issuer = TokenIssuer(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined] # read below
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Documents(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        document = self._issuer().documents().get(self.path)
        self._answer(HTTPStatus.OK if document else HTTPStatus.NOT_FOUND, json.dumps(document))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != _TOKENS:
            self._answer(HTTPStatus.NOT_FOUND, "")
            return
        try:
            token = self._issuer().token(time.time(), **json.loads(body or b"{}"))
        except (ValueError, TypeError):
            self._answer(HTTPStatus.BAD_REQUEST, "the body must be a JSON object of claims\n")
        else:
            self._answer(HTTPStatus.OK, token)

    def _issuer(self) -> TokenIssuer:
        issuer: TokenIssuer = self.server.issuer  # type: ignore[attr-defined] # set above
        return issuer

    def _answer(self, status: HTTPStatus, text: str) -> None:
        issuer = self._issuer()
        issuer.asked.append(self.path)
        self.send_response(HTTPStatus.SERVICE_UNAVAILABLE if issuer.is_away else status)
        self.end_headers()
        self.wfile.write(b"" if issuer.is_away else text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))
