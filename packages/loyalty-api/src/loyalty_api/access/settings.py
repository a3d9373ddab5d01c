"""The settings that say whose tokens are accepted."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from loyalty_api.addresses import is_secure_url
from loyalty_shared.settings import LedgerSettings


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose tokens are accepted, and for whom they must be."""

    issuer: str
    audience: str


class AccessSettings(LedgerSettings):
    """Whose tokens are accepted. Without them no token is asked for."""

    jwt_issuer: str | None = Field(
        default=None,
        description=(
            "The OIDC issuer whose tokens are accepted, exactly as they name it in `iss`."
            " Without it no token is asked for."
        ),
    )
    jwt_audience: str | None = Field(
        default=None,
        description="What `aud` must hold; required with LOYALTY_JWT_ISSUER, and only then.",
    )

    @property
    def trust(self) -> Trust | None:
        """Whose tokens are accepted; None where no token is asked for."""
        if self.jwt_issuer is None or self.jwt_audience is None:
            return None
        return Trust(self.jwt_issuer, self.jwt_audience)

    @field_validator("jwt_issuer")
    @classmethod
    def _is_a_secure_address(cls, issuer: str | None) -> str | None:
        # Empty is refused, not taken for "none": a variable that was forgotten must not open it.
        if issuer is not None and not is_secure_url(issuer):
            raise _not_valid("must be an https address, or http on a loopback address")
        return issuer

    @field_validator("jwt_audience")
    @classmethod
    def _goes_with_an_issuer(cls, audience: str | None, info: ValidationInfo) -> str | None:
        if not audience and audience is not None:
            raise _not_valid("must not be empty")
        if "jwt_issuer" in info.data and (audience is None) != (info.data["jwt_issuer"] is None):
            raise _not_valid("LOYALTY_JWT_ISSUER and LOYALTY_JWT_AUDIENCE are set together or not")
        return audience


def _not_valid(reason: str) -> PydanticCustomError:
    return PydanticCustomError("invalid_setting", "{reason}", {"reason": reason})
