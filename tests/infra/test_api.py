"""Who gets in at the API, and how much of it."""

from __future__ import annotations

import json
import re

import pytest
from tests.infra.template_reading import attribute, of_type, properties, written

from loyalty_api.access.rules import Anybody
from loyalty_api.access.table import ACCESS
from loyalty_api.addresses import is_secure_url
from loyalty_api.openapi import document


def test_nothing_but_health_and_the_terms_answers_somebody_unknown() -> None:
    routes = of_type(written()["Resources"], "AWS::ApiGatewayV2::Route").values()

    assert {each["RouteKey"]: each["AuthorizationType"] for each in routes} == {
        "ANY /loyalty/{path+}": {"Fn::If": ["TakesTokens", "JWT", "AWS_IAM"]},
        "GET /loyalty/program": "NONE",
        "GET /health/live": "NONE",
        "GET /health/ready": "NONE",
    }


def test_without_an_issuer_a_request_must_be_signed_with_iam() -> None:
    # Both sides of the one condition: the route, and the function, which then asks for no token.
    assert written()["Conditions"]["TakesTokens"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "JwtIssuer"}, ""]}]
    }
    assert written()["Parameters"]["JwtIssuer"]["Default"] == ""
    none = {"Ref": "AWS::NoValue"}
    assert properties("LoyaltyRoute")["AuthorizationType"]["Fn::If"][2] == "AWS_IAM"
    assert properties("LoyaltyRoute")["AuthorizerId"]["Fn::If"][2] == none
    assert written()["Resources"]["TokenAuthorizer"]["Condition"] == "TakesTokens"
    variables = properties("ApiFunction")["Environment"]["Variables"]
    for name in ("LOYALTY_JWT_ISSUER", "LOYALTY_JWT_AUDIENCE"):
        assert variables[name]["Fn::If"][::2] == ["TakesTokens", none]


@pytest.mark.parametrize(
    "issuer",
    [
        *("https://login.shop.example", "https://login.shop.example/", "http://localhost:9000"),
        *("http://127.0.0.1:9000", "http://login.shop.example", "login.shop.example"),
    ],
)
def test_an_issuer_is_taken_where_the_function_takes_it(issuer: str) -> None:
    pattern = written()["Parameters"]["JwtIssuer"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, issuer)) == is_secure_url(issuer)


def test_a_token_is_from_the_issuer_that_was_named_and_for_us() -> None:
    assert properties("TokenAuthorizer")["JwtConfiguration"] == {
        "Issuer": {"Ref": "JwtIssuer"},
        "Audience": [{"Ref": "JwtAudience"}],
    }
    assert written()["Rules"]["AnIssuerHasAnAudience"]


def test_every_route_is_throttled() -> None:
    stage = properties("ApiStage")

    rates = {route: each["ThrottlingRateLimit"] for route, each in stage["RouteSettings"].items()}
    assert rates == {
        "GET /loyalty/program": 10,
        "GET /health/live": 10,
        "GET /health/ready": 10,
    }
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == {"Ref": "ApiRequestsPerSecond"}
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] == {"Ref": "ApiBurst"}


def test_a_route_that_is_open_has_a_rate_of_its_own_and_is_there_before_it() -> None:
    routes = of_type(written()["Resources"], "AWS::ApiGatewayV2::Route")
    opened = {name: each for name, each in routes.items() if each["AuthorizationType"] == "NONE"}

    stage = written()["Resources"]["ApiStage"]
    assert set(stage["DependsOn"]) == set(opened)
    rates = stage["Properties"]["RouteSettings"]
    assert set(rates) == {each["RouteKey"] for each in opened.values()}


def test_what_is_open_is_what_the_application_lets_anybody_have() -> None:
    operations = {
        f"{method.upper()} {path}": operation["operationId"]
        for path, methods in json.loads(document())["paths"].items()
        for method, operation in methods.items()
    }
    anybodys = {route for route, name in operations.items() if isinstance(ACCESS[name], Anybody)}

    assert set(properties("ApiStage")["RouteSettings"]) == anybodys


def test_every_request_is_logged_as_json() -> None:
    log = properties("ApiStage")["AccessLogSettings"]

    assert log["DestinationArn"] == attribute("AccessLogGroup")
    assert json.loads(log["Format"])["status"] == "$context.status"


def test_only_this_api_calls_the_function() -> None:
    permission = properties("ApiPermission")

    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${HttpApi}/$default/*")
