"""Who gets in at the API, and how much of it."""

from __future__ import annotations

import json

from tests.infra.template_reading import attribute, of_type, properties, written


def test_nothing_but_health_answers_somebody_unknown() -> None:
    routes = of_type(written()["Resources"], "AWS::ApiGatewayV2::Route").values()

    assert {each["RouteKey"]: each["AuthorizationType"] for each in routes} == {
        "ANY /loyalty/{path+}": {"Fn::If": ["TakesTokens", "JWT", "AWS_IAM"]},
        "GET /health/live": "NONE",
        "GET /health/ready": "NONE",
    }


def test_a_token_is_from_the_issuer_that_was_named_and_for_us() -> None:
    assert properties("TokenAuthorizer")["JwtConfiguration"] == {
        "Issuer": {"Ref": "JwtIssuer"},
        "Audience": [{"Ref": "JwtAudience"}],
    }
    assert written()["Rules"]["AnIssuerHasAnAudience"]


def test_every_route_is_throttled() -> None:
    stage = properties("ApiStage")

    rates = {route: each["ThrottlingRateLimit"] for route, each in stage["RouteSettings"].items()}
    assert rates == {"GET /health/live": 10, "GET /health/ready": 10}
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == {"Ref": "ApiRequestsPerSecond"}
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] == {"Ref": "ApiBurst"}


def test_every_request_is_logged_as_json() -> None:
    log = properties("ApiStage")["AccessLogSettings"]

    assert log["DestinationArn"] == attribute("AccessLogGroup")
    assert json.loads(log["Format"])["status"] == "$context.status"


def test_only_this_api_calls_the_function() -> None:
    permission = properties("ApiPermission")

    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${HttpApi}/$default/*")
