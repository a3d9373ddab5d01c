"""Every way to forge a token that we know of, with real keys, against a real issuer."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import anyio
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.token_issuer import (
    AUDIENCE,
    SigningKey,
    TokenIssuer,
    ec_key,
    encoded,
    rsa_key,
    signed,
    unsigned,
)

from loyalty_api.access.caller import Caller
from loyalty_api.access.errors import InvalidToken
from loyalty_api.access.fetching import fetch
from loyalty_api.access.issuer_keys import IssuerKeys
from loyalty_api.access.key_sets import load_keys
from loyalty_api.access.settings import Trust
from loyalty_api.access.tokens import LONGEST_TOKEN, TokenVerifier
from loyalty_api.services import run_inline

MOMENT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
NOW = int(MOMENT.timestamp())

Verify = Callable[[str], Caller]


@pytest.fixture
def verify(issuer: TokenIssuer) -> Verify:
    def clock() -> datetime:
        return MOMENT

    keys = IssuerKeys(lambda: load_keys(issuer.url, fetch), run_inline, clock)
    verifier = TokenVerifier(Trust(issuer.url, AUDIENCE), keys, clock)
    return lambda token: anyio.run(verifier.verify, token)


@pytest.mark.parametrize("key", [rsa_key("key-1"), ec_key("key-2")], ids=["RS256", "ES256"])
def test_a_token_of_the_issuer_names_its_caller(
    issuer: TokenIssuer, verify: Verify, key: SigningKey
) -> None:
    token = signed(key, issuer.claims(NOW, sub="ann", scope="openid loyalty:read"))

    caller = verify(token)

    assert (caller.subject, sorted(caller.scopes)) == ("ann", ["loyalty:read"])


GOOD: list[tuple[str, dict[str, Any]]] = [
    ("among several audiences", {"aud": ["other", AUDIENCE]}),
    ("no nbf", {"nbf": None}),
    ("no iat", {"iat": None}),
    ("no subject", {"sub": None, "scope": "loyalty:read"}),
    ("expired within the leeway", {"exp": NOW - 59}),
    ("not yet valid within the leeway", {"nbf": NOW + 60}),
    ("a fraction of a second", {"exp": NOW + 1.5}),
    ("an access token of Amazon Cognito", {"aud": None, "client_id": AUDIENCE}),
    ("another client_id beside our aud", {"client_id": "other"}),
]


@pytest.mark.parametrize("changes", [row[1] for row in GOOD], ids=[row[0] for row in GOOD])
def test_what_issuers_write_is_accepted(
    issuer: TokenIssuer, verify: Verify, changes: dict[str, Any]
) -> None:
    verify(issuer.token(NOW, **changes))


BAD_CLAIMS: list[tuple[str, dict[str, Any], str]] = [
    ("expired", {"exp": NOW - 60}, "expired"),
    ("expired long ago", {"exp": 0}, "expired"),
    ("no expiry", {"exp": None}, "exp"),
    ("an expiry in words", {"exp": str(NOW + 300)}, "exp"),
    ("an expiry that is true", {"exp": True}, "exp"),
    ("an endless expiry", {"exp": float("inf")}, "exp"),
    ("an expiry that is no number", {"exp": float("nan")}, "exp"),
    ("not yet valid", {"nbf": NOW + 61}, "nbf"),
    ("issued in the future", {"iat": NOW + 61}, "iat"),
    ("another issuer", {"iss": "https://issuer.example"}, "iss"),
    ("an issuer that begins alike", {"iss": "http://127.0.0.1"}, "iss"),
    ("no issuer", {"iss": None}, "iss"),
    ("issuers in a list", {"iss": ["http://127.0.0.1"]}, "iss"),
    ("another audience", {"aud": "other"}, "aud"),
    ("other audiences", {"aud": ["other", AUDIENCE + "2"]}, "aud"),
    ("an audience that begins alike", {"aud": AUDIENCE[:-1]}, "aud"),
    ("an empty audience", {"aud": ""}, "aud"),
    ("no audience in a list", {"aud": []}, "aud"),
    ("an audience in an object", {"aud": {AUDIENCE: True}}, "aud"),
    ("no audience at all", {"aud": None}, "aud"),
    ("another client", {"aud": None, "client_id": "other"}, "aud"),
    ("our client, but another audience", {"aud": "other", "client_id": AUDIENCE}, "aud"),
    ("a subject that is a number", {"sub": 7}, "sub"),
]


@pytest.mark.parametrize(
    ("changes", "reason"), [row[1:] for row in BAD_CLAIMS], ids=[row[0] for row in BAD_CLAIMS]
)
def test_a_token_that_does_not_hold_here_and_now_is_refused(
    issuer: TokenIssuer, verify: Verify, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidToken, match=reason):
        verify(issuer.token(NOW, **changes))


def test_alg_none_is_refused_with_and_without_a_signature(
    issuer: TokenIssuer, verify: Verify
) -> None:
    for name in ("none", "None", "NONE", ""):
        for key_id in ("key-1", "key-2", None):
            start = unsigned({"alg": name, "kid": key_id}, issuer.claims(NOW))
            for token in (start, f"{start}.", f"{start}.{encoded(b'x')}"):
                with pytest.raises(InvalidToken):
                    verify(token)


@pytest.mark.parametrize("form", ["PEM", "DER", "JWK", "modulus"])
def test_a_public_key_is_no_shared_secret(issuer: TokenIssuer, verify: Verify, form: str) -> None:
    key = issuer.keys[0]
    public = key.private.public_key()
    secret = {
        "PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "JWK": json.dumps(key.public_jwk()).encode(),
        "modulus": key.public_jwk()["n"].encode(),
    }[form]
    start = unsigned({"alg": "HS256", "kid": "key-1"}, issuer.claims(NOW))
    token = f"{start}.{encoded(hmac.digest(secret, start.encode(), hashlib.sha256))}"

    with pytest.raises(InvalidToken):
        verify(token)


@pytest.mark.parametrize(
    "algorithm", ["HS256", "HS512", "RS384", "RS512", "PS256", "ES384", "ES512", "EdDSA", "rs256"]
)
def test_no_other_algorithm_is_taken(issuer: TokenIssuer, verify: Verify, algorithm: str) -> None:
    with pytest.raises(InvalidToken):
        verify(signed(issuer.keys[0], issuer.claims(NOW), alg=algorithm))


def test_a_key_checks_only_its_own_algorithm(issuer: TokenIssuer, verify: Verify) -> None:
    claims = issuer.claims(NOW)
    for token in (
        signed(rsa_key("key-1"), claims, kid="key-2"),
        signed(ec_key("key-2"), claims, kid="key-1"),
        signed(rsa_key("key-1"), claims, alg="ES256"),
        signed(ec_key("key-2"), claims, alg="RS256"),
        signed(rsa_key("key-1"), claims, alg="ES256", kid="key-2"),
    ):
        with pytest.raises(InvalidToken):
            verify(token)


@pytest.mark.parametrize("key", [rsa_key("stranger"), ec_key("stranger")], ids=["RSA", "EC"])
def test_a_strangers_key_is_refused_under_whatever_name(
    issuer: TokenIssuer, verify: Verify, key: SigningKey
) -> None:
    names = (
        "stranger",
        "key-1",
        "key-2",
        "",
        "../keys/key-1",
        "key-1' OR '1'='1",
        None,
        1,
        ["key-1"],
    )
    for name in names:
        with pytest.raises(InvalidToken):
            verify(signed(key, issuer.claims(NOW), kid=name))


def test_a_token_cannot_bring_its_own_key(issuer: TokenIssuer, verify: Verify) -> None:
    stranger = rsa_key("key-1-of-a-stranger")
    issuer.keys.append(rsa_key("served-elsewhere"))
    for brought in (
        {"jwk": stranger.public_jwk()},
        {"jku": f"{issuer.url}/other-keys"},
        {"x5u": f"{issuer.url}/certificate"},
        {"x5c": [encoded(b"certificate")]},
    ):
        with pytest.raises(InvalidToken):
            verify(signed(stranger, issuer.claims(NOW), kid="key-1", **brought))
    assert set(issuer.asked) == {"/.well-known/openid-configuration", "/keys"}


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"], "exp": NOW},
        {"crit": []},
        {"crit": 5},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"typ": "logout+jwt"},
        {"typ": "secevent+jwt"},
        {"typ": ["JWT"]},
    ],
    ids=str,
)
def test_a_header_that_asks_for_what_is_not_understood_is_refused(
    issuer: TokenIssuer, verify: Verify, header: dict[str, Any]
) -> None:
    with pytest.raises(InvalidToken):
        verify(signed(issuer.keys[0], issuer.claims(NOW), **header))


@pytest.mark.parametrize(
    "header", [{"typ": None}, {"typ": "at+jwt"}, {"typ": "jwt"}, {"cat": "x"}], ids=str
)
def test_a_header_that_issuers_write_is_accepted(
    issuer: TokenIssuer, verify: Verify, header: dict[str, Any]
) -> None:
    assert verify(signed(issuer.keys[0], issuer.claims(NOW), **header)).subject == "ann"


def test_a_token_may_be_long_but_not_endless(issuer: TokenIssuer, verify: Verify) -> None:
    assert verify(issuer.token(NOW, groups="x" * 10_000)).subject == "ann"
    with pytest.raises(InvalidToken):
        verify(issuer.token(NOW, groups="x" * LONGEST_TOKEN))


def test_claims_that_were_changed_are_refused(issuer: TokenIssuer, verify: Verify) -> None:
    header, _, signature = issuer.token(NOW, sub="ann").split(".")
    _, others, _ = issuer.token(NOW, sub="bob", scope="loyalty:admin").split(".")

    with pytest.raises(InvalidToken):
        verify(f"{header}.{others}.{signature}")


@pytest.mark.parametrize("key", [rsa_key("key-1"), ec_key("key-2")], ids=["RS256", "ES256"])
def test_every_changed_bit_of_a_signature_is_noticed(
    issuer: TokenIssuer, verify: Verify, key: SigningKey
) -> None:
    start = unsigned({"alg": key.algorithm, "kid": key.key_id}, issuer.claims(NOW))
    signature = key.sign(start.encode())
    others = [
        b"",
        bytes(len(signature)),
        signature[:-1],
        signature + b"\0",
        b"\xff" * len(signature),
        *(_flipped(signature, bit) for bit in range(0, len(signature) * 8, 37)),
    ]
    for each in others:
        with pytest.raises(InvalidToken):
            verify(f"{start}.{encoded(each)}")
    verify(f"{start}.{encoded(signature)}")


def test_a_signature_in_another_form_is_refused(issuer: TokenIssuer, verify: Verify) -> None:
    private = ec_key("key-2").private
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    start = unsigned({"alg": "ES256", "kid": "key-2"}, issuer.claims(NOW))
    as_der = private.sign(start.encode(), ec.ECDSA(SHA256()))

    with pytest.raises(InvalidToken):
        verify(f"{start}.{encoded(as_der)}")


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "x",
        "x.y.z",
        "é.é.é",
        "\ud800.a.b",
        encoded(b"[]") + ".a.b",
        encoded(b"null") + ".a.b",
        encoded(b'"RS256"') + ".a.b",
        encoded(b'{"alg": ["RS256"], "kid": "key-1"}') + ".a.b",
        encoded(b'{"alg": "RS256", "alg": "none", "kid": "key-1"}') + ".a.b",
        encoded(b'{"alg": "RS256", "kid": "key-1"}'),
        encoded(b'{"alg": "RS256", "kid": "key-1"}') + ".a",
        encoded(b'{"alg": "RS256", "kid": "key-1"}') + ".a.b",
        encoded(b'{"alg": "RS256", "kid": "key-1"}') + ".a.b.c.d",
        encoded(b"[" * 9_000) + ".a.b",
        encoded(b'{"alg": "RS256", "kid": "key-1", "x": ' + b"[" * 9_000) + ".a.b",
        encoded(b'{"alg": "RS256", "kid": "key-1", "x": ' + b"9" * 9_000 + b"}") + ".a.b",
        "x" * (LONGEST_TOKEN + 1),
        "x" * 1_000_000,
    ],
    ids=lambda token: token[:40],
)
def test_what_is_no_token_is_refused(verify: Verify, token: str) -> None:
    with pytest.raises(InvalidToken):
        verify(token)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"nonsense", b"\xff", b"[" * 9_000])
def test_what_the_issuer_signed_but_is_no_claims_is_refused(
    issuer: TokenIssuer, verify: Verify, content: bytes
) -> None:
    with pytest.raises(InvalidToken):
        verify(signed(issuer.keys[0], content))


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.one_of(st.text(), st.lists(st.binary().map(encoded), max_size=5).map(".".join)))
def test_whatever_comes_is_refused_and_nothing_else_happens(verify: Verify, token: str) -> None:
    with pytest.raises(InvalidToken):
        verify(token)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
_HEADERS = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "jku", "x5c", "x5u", "cty"]),
    _JSON | st.sampled_from(["RS256", "ES256", "none", "HS256", "key-1", "key-2"]),
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_HEADERS, st.binary(max_size=300))
def test_no_header_makes_a_false_signature_true(
    issuer: TokenIssuer, verify: Verify, header: dict[str, Any], signature: bytes
) -> None:
    for about in (header, header | {"alg": "RS256", "kid": "key-1"}):
        with pytest.raises(InvalidToken):
            verify(f"{unsigned(about, issuer.claims(NOW))}.{encoded(signature)}")


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(
        st.sampled_from(
            ["exp", "nbf", "iat", "iss", "aud", "sub", "client_id", "scope", "scp", "jti"]
        ),
        _JSON,
    )
)
def test_claims_of_any_kind_are_accepted_or_refused_and_nothing_else_happens(
    issuer: TokenIssuer, verify: Verify, changes: dict[str, Any]
) -> None:
    try:
        caller = verify(signed(ec_key("key-2"), issuer.claims(NOW) | changes))
    except InvalidToken:
        return
    assert caller.subject is None or isinstance(caller.subject, str)


def _flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
