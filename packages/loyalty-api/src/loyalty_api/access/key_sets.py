"""The issuer's public keys: found by OIDC discovery, and only those that can sign a token here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from loyalty_api.access.fetching import CannotFetch, Fetch
from loyalty_shared.contracts import strict_json
from loyalty_shared.domain.errors import InvalidInput

Key = RSAKey | ECKey

ALGORITHMS = ("RS256", "ES256")

# The members of a JWK that make a public key. Nothing else of it is used, a private part least.
_PARTS = {"RS256": ("kty", "n", "e"), "ES256": ("kty", "crv", "x", "y")}
_KINDS: dict[str, type[Key]] = {"RS256": RSAKey, "ES256": ECKey}
_SHORTEST_MODULUS = 342  # characters of base64url: 2,048 bits, as RFC 7518 requires for RS256


@dataclass(frozen=True, slots=True)
class KeyName:
    """What a token says of the key that signed it."""

    key_id: str
    algorithm: str


KeySet = Mapping[KeyName, Key]


def load_keys(issuer: str, fetch: Fetch) -> KeySet:
    """Get the keys that an issuer signs with now.

    Raises:
        CannotFetch: when it does not answer, or what it answers is not to be used.
    """
    configuration = _document(fetch, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if configuration.get("issuer") != issuer:
        raise CannotFetch(f"what {issuer} says of itself is for another issuer")
    address = configuration.get("jwks_uri")
    if not isinstance(address, str):
        raise CannotFetch(f"what {issuer} says of itself has no jwks_uri")
    keys = keys_in(_document(fetch, address))
    if not keys:
        raise CannotFetch(f"{address} has no key for {' or '.join(ALGORITHMS)}")
    return keys


def keys_in(document: Mapping[str, object]) -> KeySet:
    """Read a JWK set (RFC 7517); what is not understood or not for signing is left out."""
    listed = document.get("keys")
    found: dict[KeyName, Key] = {}
    for each in listed if isinstance(listed, list) else []:
        for algorithm in ALGORITHMS:
            key = _key(each, algorithm) if isinstance(each, dict) else None
            if key is not None:
                found.setdefault(KeyName(each["kid"], algorithm), key)
    return found


def _key(jwk: Mapping[str, object], algorithm: str) -> Key | None:
    parts = _PARTS[algorithm]
    values: dict[str, str | list[str]] = {
        name: value for name in parts if isinstance(value := jwk.get(name), str)
    }
    if len(values) != len(parts) or not _is_for(jwk, algorithm):
        return None
    try:
        return _KINDS[algorithm].import_key(values)
    except (JoseError, ValueError):
        return None


def _is_for(jwk: Mapping[str, object], algorithm: str) -> bool:
    """Say whether a key is one to check this algorithm's signatures with."""
    return (
        jwk["kty"] == _KINDS[algorithm].key_type
        and jwk.get("crv", "P-256") == "P-256"
        and len(str(jwk.get("n", "n" * _SHORTEST_MODULUS))) >= _SHORTEST_MODULUS
        and isinstance(jwk.get("kid"), str)
        and jwk.get("use", "sig") == "sig"
        and jwk.get("alg", algorithm) == algorithm
    )


def _document(fetch: Fetch, url: str) -> dict[str, object]:
    try:
        document = strict_json.decode(strict_json.text_of(fetch(url)))
    except InvalidInput as error:
        raise CannotFetch(f"{url} answers no JSON: {error.detail}") from error
    if not isinstance(document, dict):
        raise CannotFetch(f"{url} answers no JSON object")
    return document
