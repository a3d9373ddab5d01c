"""Check a bearer token: a JWT that the issuer signed, for us, and that is good now."""

from __future__ import annotations

import base64
from typing import Any

from joserfc import jwt
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError
from joserfc.jws import JWSRegistry

from loyalty_api.access.caller import Caller, caller_of
from loyalty_api.access.errors import InvalidToken
from loyalty_api.access.issuer_keys import IssuerKeys
from loyalty_api.access.key_sets import ALGORITHMS, Key, KeyName
from loyalty_api.access.settings import Trust
from loyalty_shared.contracts import strict_json
from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.service.ports import Clock

LEEWAY_SECONDS = 60  # what the issuer's clock and ours may differ
LONGEST_TOKEN = 16_384  # characters

# Header parameters that are not known are ignored, as RFC 7515 says.
_REGISTRY = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
# What an issuer signs for another purpose, such as a logout token, says so in `typ`.
_TYPES = {"jwt", "at+jwt", "application/jwt", "application/at+jwt"}
_NOT_OURS = "the token is no JWT that is accepted here"


class TokenVerifier:
    """Checks tokens of one issuer for one audience."""

    def __init__(self, trust: Trust, keys: IssuerKeys, clock: Clock) -> None:
        self._audience = trust.audience
        self._keys = keys
        # It checks `nbf`, `iat` and the kind of `sub`, too.
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": trust.issuer},
            exp={"essential": True},
            aud={"value": trust.audience},
        )

    async def verify(self, token: str) -> Caller:
        """Give whom a token was given to.

        Raises:
            InvalidToken: when it is not to be trusted.
            IssuerUnavailable: when that cannot be known now.
        """
        key = await self._keys.find(_key_name(token))
        if key is None:
            raise InvalidToken("the token names no key of the issuer")
        claims = _signed_claims(token, key)
        self._check(claims)
        return caller_of(claims)

    def _check(self, claims: dict[str, Any]) -> None:
        try:
            self._claims.validate(claims)
        except ExpiredTokenError as error:
            raise InvalidToken("the token has expired") from error
        except ClaimError as error:
            raise InvalidToken(
                f"the claim {error.claim} of the token is not accepted here"
            ) from error
        # As API Gateway does: an access token of Amazon Cognito has `client_id` instead of `aud`.
        if "aud" not in claims and claims.get("client_id") != self._audience:
            raise InvalidToken("the claim aud of the token is not accepted here")


def _key_name(token: str) -> KeyName:
    """Read which key a token says that it was signed with; nothing else in it is believed yet."""
    if len(token) > LONGEST_TOKEN:
        raise InvalidToken(_NOT_OURS)
    encoded = token.partition(".")[0]
    try:
        text = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        header = strict_json.decode(strict_json.text_of(text))
    except (ValueError, InvalidInput) as error:
        raise InvalidToken(_NOT_OURS) from error
    match header:
        # `crit` names extensions that must be understood, and none is.
        case {"alg": "RS256" | "ES256" as algorithm, "kid": str(key_id), **others} if (
            str(others.get("typ", "JWT")).lower() in _TYPES and "crit" not in others
        ):
            return KeyName(key_id, algorithm)
        case _:
            raise InvalidToken(_NOT_OURS)


def _signed_claims(token: str, key: Key) -> dict[str, Any]:
    try:
        return jwt.decode(token, key, registry=_REGISTRY).claims
    except (JoseError, RecursionError) as error:
        raise InvalidToken("the signature of the token is not the issuer's") from error
