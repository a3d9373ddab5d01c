from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.token_issuer import SigningKey, ec_key, rsa_key

from loyalty_api.access.fetching import CannotFetch
from loyalty_api.access.key_sets import KeyName, keys_in, load_keys

ISSUER = "https://login.example/shop/"
CONFIGURATION = "https://login.example/shop/.well-known/openid-configuration"
KEYS = "https://keys.example/of/shop"

RSA = rsa_key("key-1").public_jwk()
EC = ec_key("key-2").public_jwk()


def _serving(documents: dict[str, Any]) -> Callable[[str], bytes]:
    def fetch(url: str) -> bytes:
        document = documents[url]
        return document if isinstance(document, bytes) else json.dumps(document).encode()

    return fetch


def test_keys_are_where_the_issuer_says() -> None:
    documents = {
        CONFIGURATION: {"issuer": ISSUER, "jwks_uri": KEYS, "other": 1},
        KEYS: {"keys": [RSA, EC]},
    }

    found = load_keys(ISSUER, _serving(documents))

    assert set(found) == {KeyName("key-1", "RS256"), KeyName("key-2", "ES256")}


@pytest.mark.parametrize(
    ("configuration", "keys"),
    [
        (b"<html>", None),
        (b"\xff", None),
        ([], None),
        ({}, None),
        ({"issuer": ISSUER}, None),
        ({"issuer": ISSUER, "jwks_uri": 7}, None),
        ({"issuer": "https://login.example/shop", "jwks_uri": KEYS}, {"keys": [RSA]}),
        ({"issuer": "https://other.example/", "jwks_uri": KEYS}, {"keys": [RSA]}),
        ({"issuer": ISSUER, "jwks_uri": KEYS}, b"[" * 100_000),
        ({"issuer": ISSUER, "jwks_uri": KEYS}, {}),
        ({"issuer": ISSUER, "jwks_uri": KEYS}, {"keys": {}}),
        ({"issuer": ISSUER, "jwks_uri": KEYS}, {"keys": []}),
        ({"issuer": ISSUER, "jwks_uri": KEYS}, {"keys": [7, None, [], {}]}),
    ],
)
def test_an_issuer_that_does_not_make_sense_gives_no_keys(configuration: Any, keys: Any) -> None:  # noqa: ANN401 - any JSON
    with pytest.raises(CannotFetch):
        load_keys(ISSUER, _serving({CONFIGURATION: configuration, KEYS: keys}))


_P384 = SigningKey("key-1", ec.generate_private_key(ec.SECP384R1()))

UNUSABLE: list[tuple[str, dict[str, Any]]] = [
    ("for encryption", RSA | {"use": "enc"}),
    ("for another algorithm", RSA | {"alg": "RS512"}),
    ("for encryption by its algorithm", RSA | {"alg": "RSA-OAEP"}),
    ("of another kind", RSA | {"kty": "OKP"}),
    ("of two kinds", RSA | {"kty": "EC"}),
    ("without a kind", {name: RSA[name] for name in RSA if name != "kty"}),
    ("without a name", {name: RSA[name] for name in RSA if name != "kid"}),
    ("with a number for a name", RSA | {"kid": 7}),
    ("too short", rsa_key("short", 1024).public_jwk()),
    ("without a modulus", {name: RSA[name] for name in RSA if name != "n"}),
    ("with a modulus in words", RSA | {"n": "é" * 342}),
    ("with an exponent of one", RSA | {"e": "AQ"}),
    ("on another curve", _P384.public_jwk() | {"crv": "P-384"}),
    ("on a curve that it is not on", _P384.public_jwk()),
    ("on no curve", EC | {"x": EC["y"], "y": EC["x"]}),
    ("a shared secret", {"kty": "oct", "k": "c2VjcmV0", "kid": "key-1"}),
    ("a shared secret for RS256", {"kty": "oct", "k": "c2VjcmV0", "kid": "key-1", "alg": "RS256"}),
]


@pytest.mark.parametrize("jwk", [row[1] for row in UNUSABLE], ids=[row[0] for row in UNUSABLE])
def test_a_key_that_cannot_check_a_token_is_left_out(jwk: dict[str, Any]) -> None:
    good = ec_key("good").public_jwk()

    assert set(keys_in({"keys": [jwk, good]})) == {KeyName("good", "ES256")}


def test_a_key_need_not_say_what_it_is_for() -> None:
    plain = {name: RSA[name] for name in ("kty", "kid", "n", "e")}

    assert set(keys_in({"keys": [plain]})) == {KeyName("key-1", "RS256")}


def test_of_two_keys_of_one_name_the_first_counts_for_each_algorithm() -> None:
    other = rsa_key("other").public_jwk() | {"kid": "key-1"}

    found = keys_in({"keys": [RSA, other, EC | {"kid": "key-1"}]})

    assert set(found) == {KeyName("key-1", "RS256"), KeyName("key-1", "ES256")}
    assert found[KeyName("key-1", "RS256")]["n"] == RSA["n"]


def test_a_private_part_that_slipped_out_is_not_kept() -> None:
    [key] = keys_in({"keys": [EC | {"d": EC["x"]}]}).values()

    assert not key.is_private
