"""What a refusal is as an exception, by both clients."""

from __future__ import annotations

import pickle

import pytest
from tests.scripted_service import Ask, ScriptedService

from loyalty_client import (
    Conflict,
    Fault,
    Forbidden,
    InsufficientPoints,
    KeyReused,
    LoyaltyProblem,
    NotFound,
    Unauthorized,
)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "invalid_token", Unauthorized),
        (403, "insufficient_scope", Forbidden),
        (404, "member_not_found", NotFound),
        (409, "insufficient_points", InsufficientPoints),
        (409, "already_restored", Conflict),
        (422, "idempotency_key_reused", KeyReused),
        (422, "points_not_redeemable", LoyaltyProblem),
        (409, "a_code_of_a_newer_service", Conflict),
    ],
)
def test_problems_have_classes_to_catch_them_by(
    ask: Ask, service: ScriptedService, status: int, code: str, kind: type[LoyaltyProblem]
) -> None:
    service.will({"code": code, "detail": "no", "title": "No", "status": status}, status)

    with pytest.raises(LoyaltyProblem) as caught:
        ask("redeem", "ann", 5, key="k")

    problem = caught.value
    assert type(problem) is kind
    assert (problem.status, problem.code, problem.detail) == (status, code, "no")
    assert (problem.title, problem.key) == ("No", "k")


def test_insufficient_points_are_a_conflict() -> None:
    assert issubclass(InsufficientPoints, Conflict)


def test_what_is_wrong_with_a_request_is_there_and_in_the_text(
    ask: Ask, service: ScriptedService
) -> None:
    errors = [{"location": "body/points", "reason": "must be more than 0", "more": 1}]
    service.will({"code": "invalid_request", "detail": "not valid", "errors": errors}, 422)

    with pytest.raises(LoyaltyProblem) as caught:
        ask("redeem", "ann", 0)

    assert caught.value.errors == (Fault("body/points", "must be more than 0"),)
    text = "422 invalid_request: not valid; body/points: must be more than 0"
    assert str(caught.value) == text
    assert str(pickle.loads(pickle.dumps(caught.value))) == text  # noqa: S301 - our own


@pytest.mark.parametrize("text", ["<html>Forbidden</html>", "[]", '"no"', '{"errors": 5}', ""])
def test_a_proxys_refusal_is_a_problem_with_its_status(
    ask: Ask, service: ScriptedService, text: str
) -> None:
    service.will_say(text, 403)

    with pytest.raises(Forbidden) as caught:
        ask("points", "ann")
    assert (caught.value.status, caught.value.code, caught.value.errors) == (403, None, ())


def test_what_a_gateway_says_is_kept(ask: Ask, service: ScriptedService) -> None:
    service.will({"message": "Unauthorized"}, 401)

    with pytest.raises(Unauthorized, match="401: Unauthorized"):
        ask("points", "ann")


@pytest.mark.parametrize("status", [301, 307, 404])
def test_a_redirect_is_not_followed(ask: Ask, service: ScriptedService, status: int) -> None:
    service.will_say("", status, {"Location": "http://elsewhere.test/"})

    with pytest.raises(LoyaltyProblem) as caught:
        ask("points", "ann")
    assert caught.value.status == status


@pytest.mark.parametrize(
    "text",
    ["<html>Sign in</html>", "[]", "{}", '{"userId": 5, "points": 5}', '{"items": [[]]}'],
)
@pytest.mark.parametrize("method", ["points", "transactions", "export_member", "reverse"])
def test_a_success_that_is_not_what_was_asked_for_is_a_problem(
    ask: Ask, service: ScriptedService, method: str, text: str
) -> None:
    service.will_say(text, 200)

    with pytest.raises(LoyaltyProblem, match="200: the answer is not what it should be"):
        ask(method, "ann", *(["t1"] if method == "reverse" else []))
