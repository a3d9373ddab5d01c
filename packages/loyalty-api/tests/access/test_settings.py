from __future__ import annotations

import pytest
from pydantic import ValidationError

from loyalty_api.access.settings import AccessSettings, Trust


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOYALTY_JWT_ISSUER", raising=False)
    monkeypatch.delenv("LOYALTY_JWT_AUDIENCE", raising=False)


def test_without_an_issuer_no_token_is_asked_for() -> None:
    assert AccessSettings().trust is None


@pytest.mark.parametrize(
    "issuer",
    [
        "https://login.example",
        "https://login.example/shop/",
        "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc",
        "http://127.0.0.1:8080",
        "http://localhost:8080/realms/shop",
        "http://[::1]:8080",
    ],
)
def test_an_issuer_and_an_audience_say_whose_tokens_are_accepted(
    monkeypatch: pytest.MonkeyPatch, issuer: str
) -> None:
    monkeypatch.setenv("LOYALTY_JWT_ISSUER", issuer)
    monkeypatch.setenv("LOYALTY_JWT_AUDIENCE", "loyalty")

    assert AccessSettings().trust == Trust(issuer, "loyalty")


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"LOYALTY_JWT_ISSUER": "https://login.example"}, "jwt_audience"),
        ({"LOYALTY_JWT_AUDIENCE": "loyalty"}, "jwt_audience"),
        (
            {"LOYALTY_JWT_ISSUER": "https://login.example", "LOYALTY_JWT_AUDIENCE": ""},
            "jwt_audience",
        ),
        ({"LOYALTY_JWT_ISSUER": "", "LOYALTY_JWT_AUDIENCE": "loyalty"}, "jwt_issuer"),
        ({"LOYALTY_JWT_ISSUER": "", "LOYALTY_JWT_AUDIENCE": ""}, "jwt_issuer"),
        (
            {"LOYALTY_JWT_ISSUER": "http://login.example", "LOYALTY_JWT_AUDIENCE": "loyalty"},
            "jwt_issuer",
        ),
        ({"LOYALTY_JWT_ISSUER": "login.example", "LOYALTY_JWT_AUDIENCE": "loyalty"}, "jwt_issuer"),
    ],
)
def test_half_of_it_is_refused_and_never_taken_for_none(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], name: str
) -> None:
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)

    with pytest.raises(ValidationError) as refused:
        AccessSettings()

    assert refused.value.errors()[0]["loc"] == (name,)
