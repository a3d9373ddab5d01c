"""When a request is sent again, by both clients."""

from __future__ import annotations

import httpx2
import pytest
from tests.scripted_service import Ask, ScriptedService

from loyalty_client import LoyaltyClient, LoyaltyProblem, ServiceUnavailable

BALANCE = {"userId": "ann", "points": 5}
SPENT = {
    "transactionId": "t1",
    "seq": 2,
    "type": "REDEEM",
    "points": -5,
    "occurredAt": "2026-05-04T10:00:00Z",
    "recordedAt": "2026-05-04T10:00:00Z",
    "available": 0,
}


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_refusal_is_tried_again(ask: Ask, service: ScriptedService, status: int) -> None:
    service.will_say("<html>later</html>", status).will(BALANCE)

    assert ask("points", "ann").points == 5
    assert len(service.requests) == 2


@pytest.mark.parametrize(
    "error",
    [
        httpx2.ConnectError("refused"),
        httpx2.ConnectTimeout("slow"),
        httpx2.ReadTimeout("slow"),
        httpx2.ReadError("reset"),
        httpx2.RemoteProtocolError("hung up"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_silence_is_tried_again(ask: Ask, service: ScriptedService, error: Exception) -> None:
    service.will_fail(error).will(BALANCE)

    assert ask("points", "ann").points == 5


def test_a_command_is_sent_again_under_the_same_key_which_is_new_each_time(
    ask: Ask, service: ScriptedService
) -> None:
    for _ in range(2):
        service.will_fail(httpx2.ReadTimeout("slow")).will({}, 503)
        service.will(SPENT, 201, {"Idempotency-Replayed": "true"})
        assert ask("redeem", "ann", 5).replayed

    keys = [each.headers["Idempotency-Key"] for each in service.requests]
    assert [len(set(keys[:3])), len(set(keys[3:])), len(set(keys))] == [1, 1, 2]
    assert {each.content for each in service.requests} == {b'{"points": 5}'}


def test_a_command_says_when_it_was_not_done_before(ask: Ask, service: ScriptedService) -> None:
    service.will(SPENT, 201)

    assert not ask("redeem", "ann", 5, key="k").replayed


def test_events_are_sent_again_since_they_take_effect_once(
    ask: Ask, service: ScriptedService
) -> None:
    service.will_fail(httpx2.ReadTimeout("slow")).will({"accepted": 1}, 202)

    assert ask("send_event", {"userId": "ann"}) == 1


def test_when_retries_are_used_up_it_says_so_with_the_key_to_go_on_with(
    ask: Ask, service: ScriptedService
) -> None:
    for _ in range(2):
        service.will_fail(httpx2.ConnectError("refused"))
    service.will({"code": "store_unavailable", "detail": "not now"}, 503, {"Retry-After": "1"})

    with pytest.raises(ServiceUnavailable) as caught:
        ask("redeem", "ann", 5, client={"retries": 2})

    problem = caught.value
    assert (problem.status, problem.code, problem.detail) == (503, "store_unavailable", "not now")
    assert problem.key == service.requests[0].headers["Idempotency-Key"]
    assert problem.retry_after_seconds == 1
    assert len(service.requests) == 3


def test_silence_to_the_end_has_no_status(ask: Ask, service: ScriptedService) -> None:
    service.will_fail(httpx2.ConnectError("refused"))

    with pytest.raises(
        ServiceUnavailable, match="no answer to GET /loyalty/points/ann: refused"
    ) as e:
        ask("points", "ann", client={"retries": 0})
    assert (e.value.status, e.value.code, e.value.key) == (None, None, None)


@pytest.mark.parametrize(
    ("status", "code"),
    [(500, "ledger_damaged"), (500, "unexpected_error"), (409, "insufficient_points"), (404, "x")],
)
def test_what_would_come_again_is_not_tried_again(
    ask: Ask, service: ScriptedService, status: int, code: str
) -> None:
    service.will({"code": code, "detail": "no"}, status)

    with pytest.raises(LoyaltyProblem) as caught:
        ask("redeem", "ann", 5)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert not isinstance(caught.value, ServiceUnavailable)
    assert service.pauses == []


def test_pauses_grow_and_hold_chance(ask: Ask, service: ScriptedService) -> None:
    for _ in range(8):
        service.will({}, 503)
    service.will(BALANCE)

    ask("points", "ann", client={"retries": 8})

    longest = [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]
    assert len(service.pauses) == 8
    for pause, most in zip(service.pauses, longest, strict=True):
        assert most / 2 <= pause <= most


DATE = "Mon, 04 May 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "Mon, 04 May 2026 10:00:30 GMT", "Date": DATE}, 30),
        ({"Retry-After": "Mon, 04 May 2026 09:00:00 GMT", "Date": DATE}, 0),
        ({"Retry-After": "Mon, 04 May 2026 10:00:30 GMT"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "-5"}, 0),
    ],
)
def test_what_the_service_asks_to_wait_is_waited(
    ask: Ask, service: ScriptedService, headers: dict[str, str], seconds: int
) -> None:
    service.will({}, 503, headers).will(BALANCE)

    ask("points", "ann")

    [pause] = service.pauses
    assert seconds + 0.1 <= pause <= seconds + 0.2


def test_nobody_is_held_up_for_long(ask: Ask, service: ScriptedService) -> None:
    service.will({}, 429, {"Retry-After": "3600"})

    with pytest.raises(ServiceUnavailable) as caught:
        ask("points", "ann")
    assert (caught.value.retry_after_seconds, service.pauses) == (3600, [])


@pytest.mark.parametrize("method", ["live", "ready"])
def test_health_is_asked_for_once(ask: Ask, service: ScriptedService, method: str) -> None:
    service.will({"status": "ok"})
    assert ask(method) is True
    service.will({"code": "store_unavailable", "detail": "not now"}, 503)
    assert ask(method) is False
    service.will_fail(httpx2.ConnectError("refused"))
    assert ask(method) is False
    assert service.pauses == []


def test_a_request_that_is_none_is_not_tried_again() -> None:
    pauses: list[float] = []
    with (
        LoyaltyClient("loyalty.test", sleep=pauses.append) as client,
        pytest.raises(httpx2.UnsupportedProtocol),
    ):
        client.points("ann")
    assert pauses == []
