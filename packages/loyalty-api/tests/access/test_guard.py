"""The access table, row by row: whom each route lets in, and what it tells everybody else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.token_issuer import AUDIENCE, TokenIssuer

from loyalty_api.access.rules import Anybody, OwnData, OwnOrder, WithScope
from loyalty_api.access.scopes import Scope
from loyalty_api.access.settings import Trust
from loyalty_api.access.table import ACCESS, NoRule
from loyalty_api.access.wiring import guard_for
from loyalty_api.application import create_app
from loyalty_api.openapi import document
from loyalty_api.services import Inbox, Services, run_inline
from loyalty_shared import system
from loyalty_shared.contracts.program_file import ProgramFile, default_program
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.storage.memory import MemoryLedgerStore

Buy = Callable[..., None]

ROUTES = {
    operation["operationId"]: (method.upper(), path)
    for path, operations in json.loads(document())["paths"].items()
    for method, operation in operations.items()
} | {"getMetrics": ("GET", "/metrics")}

QUERIES = {"listMembers": {"tier": "Basic"}}
BODIES = {
    "postEvents": {"userId": "ann", "orderId": "o-9", "transactionId": "t-9", "totalAmount": 1},
    "redeem": {"points": 1},
    "reverse": {},
    "hold": {"points": 1},
    "captureHold": {},
    "releaseHold": {},
    "adjust": {"points": 1, "reason": "sorry"},
    "approve": {"actor": "stranger"},  # for who has a token that names nobody
    "decline": {},
    "merge": {"into": "cid"},
    "undoMerge": {},
    "erase": {},
    "quote": {"memberId": "ann", "totalAmount": 1},
}
# Ann has a hold, and an adjustment that waits, so somebody else is merged, or was.
PATHS = {"merge": {"memberId": "bob"}, "undoMerge": {"memberId": "dan"}}

GUARDED = {name: rule for name, rule in ACCESS.items() if not isinstance(rule, Anybody)}
OWN = {name: rule for name, rule in GUARDED.items() if isinstance(rule, OwnData | OwnOrder)}
OTHERS = sorted(set(GUARDED) - set(OWN))


def _add_metrics(app: FastAPI, _services: Services) -> None:
    @app.get("/metrics", operation_id="getMetrics", include_in_schema=False)
    async def get_metrics() -> dict[str, str]:
        return {}


@pytest.fixture
def ledger() -> Ledger:
    """Let large adjustments wait for a second person."""
    rules = default_program().model_dump() | {"adjustments": {"approval_above": 1000}}
    file = ProgramFile.model_validate(rules)
    return Ledger(MemoryLedgerStore(), file, system.now, lambda _seconds: None)


@pytest.fixture
def services(ledger: Ledger, inbox: Inbox) -> Services:
    return Services(ledger, inbox, run_inline, run_inline)


@pytest.fixture
def guarded(services: Services, issuer: TokenIssuer) -> Iterator[TestClient]:
    guard = guard_for(Trust(issuer.url, AUDIENCE), services)
    app = create_app(services, guard=guard, more=[_add_metrics])
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def token(issuer: TokenIssuer, ledger: Ledger) -> Callable[..., str]:
    now = ledger.clock().timestamp()
    return lambda **changes: issuer.token(now, **changes)


class Asking:
    """Asks each route for what it has of a member, with a token or without one."""

    def __init__(self, client: TestClient, token: Callable[..., str]) -> None:
        self._client = client
        self._token = token
        self._begin("bob", "adjustments", points=1, reason="to begin with")
        self._begin("dan", "adjustments", points=1, reason="to begin with")
        self._begin("dan", "merge", into="cid")
        spent = self._begin("ann", "redemptions", points=1)
        waits = self._begin("ann", "adjustments", points=5000, reason="sorry")
        self._of_ann = {
            "userId": "ann",
            "memberId": "ann",
            "orderId": "o-1",
            "transactionId": spent["transactionId"],
            "holdId": self._begin("ann", "holds", points=1)["holdId"],
            "approvalId": waits["approvalId"],
        }
        self._of_nobody = dict.fromkeys(self._of_ann, "nobody")

    def _begin(self, member: str, path: str, **body: object) -> dict[str, Any]:
        # So that there is something for each route to be about.
        admin = self._token(sub="tom", scope="loyalty:admin")
        headers = {"Authorization": f"Bearer {admin}", "Idempotency-Key": f"{member} {path}"}
        answer = self._client.post(f"/loyalty/members/{member}/{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def __call__(
        self,
        name: str,
        subject: str | None = "stranger",
        scope: str = "",
        *,
        of_nobody: bool = False,
    ) -> Response:
        """Ask with a good token."""
        token = self._token(sub=subject, scope=scope)
        return self.sending(name, f"Bearer {token}", of_nobody=of_nobody)

    def sending(self, name: str, *authorizations: str, of_nobody: bool = False) -> Response:
        """Ask with `Authorization` headers as they are given."""
        method, path = ROUTES[name]
        ids = self._of_nobody if of_nobody else self._of_ann | PATHS.get(name, {})
        url = path.format_map(ids)
        headers = [("Authorization", each) for each in authorizations]
        headers.append(("Idempotency-Key", f"of {name}"))
        query, body = QUERIES.get(name), BODIES.get(name)
        return self._client.request(method, url, params=query, json=body, headers=headers)


@pytest.fixture
def ask(guarded: TestClient, token: Callable[..., str], buy: Buy) -> Asking:
    buy("ann", "o-1", "100")
    return Asking(guarded, token)


def test_every_route_has_a_row_and_every_row_has_a_route() -> None:
    assert set(ROUTES) == set(ACCESS)


def test_only_health_and_the_program_are_open() -> None:
    assert set(ACCESS) - set(GUARDED) == {"getLive", "getReady", "getProgram"}


@pytest.mark.parametrize("name", sorted(set(ACCESS) - set(GUARDED)))
def test_what_is_open_is_open_to_anybody(ask: Asking, name: str) -> None:
    for authorizations in ([], ["Bearer nonsense"], ["Basic YTpi"]):
        assert ask.sending(name, *authorizations).status_code == 200


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("authorization", [None, "", "Basic YTpi", "nonsense", "Bearerx y"])
def test_without_a_token_nobody_gets_in(ask: Asking, name: str, authorization: str | None) -> None:
    answer = ask.sending(name, *([] if authorization is None else [authorization]))

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("name", GUARDED)
def test_with_a_bad_token_nobody_gets_in(ask: Asking, token: Callable[..., str], name: str) -> None:
    expired = token(sub="ann", scope="loyalty:admin", exp=0)
    forged = token(sub="ann", scope="loyalty:admin")[:-6] + "AAAAAA"
    for bad in ("", "nonsense", expired, forged, f"{token()} {token()}"):
        answer = ask.sending(name, f"Bearer {bad}")

        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
        challenge = answer.headers["www-authenticate"]
        assert challenge.startswith('Bearer error="invalid_token", error_description="')


@pytest.mark.parametrize("name", GUARDED)
def test_two_tokens_are_as_good_as_none(ask: Asking, token: Callable[..., str], name: str) -> None:
    good = f"Bearer {token(scope='loyalty:admin')}"

    assert ask.sending(name, good, good).json()["code"] == "invalid_token"


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("subject", ["stranger", None])
def test_the_scope_of_a_row_and_admin_get_in(ask: Asking, name: str, subject: str | None) -> None:
    for scope in (GUARDED[name].scope, Scope.ADMIN):
        assert ask(name, subject, f"openid {scope}").is_success


@pytest.mark.parametrize("name", OWN)
def test_members_get_what_is_theirs_without_any_scope(ask: Asking, name: str) -> None:
    assert ask(name, "ann").is_success


@pytest.mark.parametrize("name", OTHERS)
def test_without_the_scope_a_good_token_is_forbidden(ask: Asking, name: str) -> None:
    for scope in ["", "openid", *set(Scope) - {GUARDED[name].scope, Scope.ADMIN}]:
        for subject in ("ann", "stranger", None):
            answer = ask(name, subject, scope)

            assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
            assert f'scope="{GUARDED[name].scope}"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("name", OWN)
def test_what_is_another_members_is_as_if_it_were_not_there(ask: Asking, name: str) -> None:
    for scope in ["", "openid", *set(Scope) - {GUARDED[name].scope, Scope.ADMIN}]:
        for subject in ("stranger", "Ann", "ann ", "an", "", None):
            there, nowhere = ask(name, subject, scope), ask(name, subject, scope, of_nobody=True)

            assert there.status_code == 404
            assert (there.content, there.headers) == (nowhere.content, nowhere.headers)


@pytest.mark.parametrize("name", OWN)
def test_what_is_hidden_answers_what_a_reader_gets_of_nobody(ask: Asking, name: str) -> None:
    # Of nobody there are 0 points, for whoever may ask; the others learn as little as elsewhere.
    route = "getMember" if name == "getPoints" else name
    of_nobody = ask(route, scope="loyalty:read", of_nobody=True)

    assert ask(name).content == of_nobody.content
    assert ask(name).headers == of_nobody.headers


@pytest.mark.parametrize(
    "member", ["shop/7", "Zoë", "a b", "100%", "名前", "ENTRY#1", "a?b", "ann@example.com"]
)
def test_whoever_has_an_unusual_id_sees_their_own_data(
    guarded: TestClient, token: Callable[..., str], buy: Buy, member: str
) -> None:
    buy(member, f"o/{member}", "7")
    own = {"Authorization": f"Bearer {token(sub=member)}"}
    other = {"Authorization": f"Bearer {token(sub=quote(member, safe=''))}"}
    paths = [f"/loyalty/points/{quote(member, safe='')}"]
    paths += [f"/loyalty/orders/{quote(f'o/{member}', safe='')}"]

    for path in paths:
        assert guarded.get(path, headers=own).status_code == 200
        assert (
            quote(member, safe="") == member or guarded.get(path, headers=other).status_code == 404
        )


def test_look_alikes_are_other_members(
    guarded: TestClient, token: Callable[..., str], buy: Buy
) -> None:
    buy("Zoë", "o-1", "7")
    for subject in ("Zoe\u0308", "zoë", "ZOË", "Zoë ", "Zoë\u200b", "\u005aoë "):
        headers = {"Authorization": f"Bearer {token(sub=subject)}"}
        assert guarded.get("/loyalty/points/Zo%C3%AB", headers=headers).status_code == 404


def test_access_comes_before_every_other_answer(
    guarded: TestClient, token: Callable[..., str], buy: Buy
) -> None:
    buy("ann", "o-1", "7")
    path = "/loyalty/members/ann/transactions?limit=0"

    def status(subject: str) -> int:
        headers = {"Authorization": f"Bearer {token(sub=subject)}"}
        return guarded.get(path, headers=headers).status_code

    assert guarded.get(path).status_code == 401
    assert (status("stranger"), status("ann")) == (404, 422)


def test_a_body_is_not_read_for_who_may_not_send_it(guarded: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        yield b"["
        raise AssertionError("nobody should have read on")

    assert guarded.post("/loyalty/events", content=endless()).status_code == 401


def test_an_id_that_cannot_be_is_said_to_be_so_to_everybody_alike(
    guarded: TestClient, token: Callable[..., str]
) -> None:
    for scope in ("", "loyalty:read"):
        headers = {"Authorization": f"Bearer {token(scope=scope)}"}
        answer = guarded.get("/loyalty/points/%0A", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_id")


def test_the_description_is_open_and_what_is_not_there_is_not_there(guarded: TestClient) -> None:
    for path in ("/docs", "/openapi.json"):
        assert guarded.get(path).status_code == 200
    assert guarded.get("/loyalty/nothing").json()["code"] == "not_found"
    assert guarded.delete("/loyalty/points/ann").json()["code"] == "method_not_allowed"


def test_the_scheme_is_known_in_any_case(guarded: TestClient, token: Callable[..., str]) -> None:
    headers = {"authorization": f"bEARER   {token(sub='ann')}"}

    assert guarded.get("/loyalty/points/ann", headers=headers).status_code == 200


def test_who_cannot_be_checked_now_is_told_to_try_again(
    ask: Asking, issuer: TokenIssuer, services: Services, token: Callable[..., str]
) -> None:
    issuer.is_away = True
    app = create_app(services, guard=guard_for(Trust(issuer.url, AUDIENCE), services))
    with TestClient(app) as client:
        headers = {"Authorization": f"Bearer {token(sub='ann')}"}
        answer = client.get("/loyalty/points/ann", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (503, "issuer_unavailable")
    assert answer.headers["retry-after"] == "1"
    assert ask("getPoints", "ann").status_code == 200  # who had the keys before


def test_no_token_is_in_the_logs(
    ask: Asking, token: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    bad = token(sub="ann", exp=0)
    for name in GUARDED:
        ask.sending(name, f"Bearer {bad}")

    assert not [record for record in caplog.records if bad[:40] in str(record.__dict__)]


@pytest.mark.parametrize("operation_id", ["getSecrets", None])
@pytest.mark.parametrize("with_guard", [True, False])
def test_a_route_that_nobody_decided_about_stops_the_start(
    services: Services, operation_id: str | None, *, with_guard: bool
) -> None:
    def add_secrets(app: FastAPI, _services: Services) -> None:
        @app.get("/secrets", operation_id=operation_id)
        async def get_secrets() -> str:
            return "secret"

    guard = guard_for(Trust("https://login.example", "loyalty"), services) if with_guard else None
    with pytest.raises(NoRule, match="secrets"):
        create_app(services, guard=guard, more=[add_secrets])


def test_a_route_of_another_kind_stops_the_start_too(services: Services) -> None:
    def add_secrets(app: FastAPI, _services: Services) -> None:
        app.mount("/secrets", FastAPI())

    with pytest.raises(NoRule, match="secrets"):
        create_app(services, more=[add_secrets])


def test_a_route_that_was_added_later_lets_nobody_in(
    services: Services, issuer: TokenIssuer, token: Callable[..., str]
) -> None:
    app = create_app(services, guard=guard_for(Trust(issuer.url, AUDIENCE), services))

    @app.get("/secrets", operation_id="getSecrets")
    async def get_secrets() -> str:
        return "secret"

    with TestClient(app, raise_server_exceptions=False) as client:
        headers = {"Authorization": f"Bearer {token(scope='loyalty:admin')}"}
        for answer in (client.get("/secrets"), client.get("/secrets", headers=headers)):
            assert (answer.status_code, answer.json()["code"]) == (500, "unexpected_error")


def test_a_table_row_names_what_the_path_has() -> None:
    for name, rule in OWN.items():
        assert f"{{{rule.parameter}}}" in ROUTES[name][1]


def test_who_may_read_may_not_write(ask: Asking, inbox: Any) -> None:  # noqa: ANN401 - a fixture of the test above it
    assert ask("postEvents", "ann", "loyalty:read").status_code == 403
    assert inbox.bodies == []
    assert isinstance(ACCESS["postEvents"], WithScope)


def test_who_asked_cannot_agree_in_the_name_of_somebody_else(
    guarded: TestClient, token: Callable[..., str]
) -> None:
    def sent(path: str, subject: str, **body: object) -> Response:
        admin = token(sub=subject, scope="loyalty:admin")
        key = f"{subject} {path} {body}"
        headers = {"Authorization": f"Bearer {admin}", "Idempotency-Key": key}
        return guarded.post(f"/loyalty/{path}", json=body, headers=headers)

    many = {"points": 5000, "reason": "sorry"}
    refused = [sent("members/ann/adjustments", "tom", **many, actor="eva")]
    waits = sent("members/ann/adjustments", "tom", **many, actor="tom").json()["approvalId"]
    refused += [
        sent(f"approvals/{waits}/{verdict}", "tom", actor="eva")
        for verdict in ("approve", "decline")
    ]

    for each in refused:
        assert (each.status_code, each.json()["code"]) == (422, "invalid_request")
        assert each.json()["errors"][0]["location"] == "body/actor"
    assert sent(f"approvals/{waits}/approve", "eva", actor="eva").json()["actor"] == "eva"
