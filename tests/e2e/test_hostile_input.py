"""Hostile input by name, to the server as it runs; tests/fuzz makes up what nobody thought of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from tests.raw_connections import HOST, RawConnection, status_and_problem
from tests.server_process import Server

Serve = Callable[[], Server]

_COMMAND = "/loyalty/members/ann/redemptions"
_IDS = '"userId": "ann", "orderId": "o-1", "transactionId": "t-1"'

LOOK_ALIKES = (
    "ann",
    "Ann",
    "аnn",  # noqa: RUF001 - a Cyrillic a, which is what it is about
    "ａｎｎ",  # noqa: RUF001 - full width, as above
    "\u00e5nn",  # one character
    "a\u030ann",  # two
    "\u212b",  # the sign of Ångström
    "\u00c5",  # the letter
    "ann ",
    " ann",
    "ann#",
    "#",
    "##",
    "MEMBER#",
    "MEMBER#default#ann",
    "ENTRY#",
    "ENTRY#1",
    "ENTRY#000000000001",
    "REF#default#order:o-1",
    "default#ann",
    "order:o-0",
    "..",
    "%61nn",
    "a/b",
    "a%2Fb",
    "👩",
    "x" * 128,
    "🎁" * 128,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run one server for all of it: nothing hostile may end it."""
    server = Server(tmp_path_factory.mktemp("hostile"))
    yield server
    _, _, logged = server.stop(15)
    assert "Traceback" not in logged


def _post(server: Server, path: str, body: bytes) -> tuple[int, str]:
    headers = {"Idempotency-Key": "k"}
    answer = server.client.post(path, content=body, headers=headers)
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize("path", ["/loyalty/events", "/loyalty/quotes", _COMMAND])
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"totalAmount":' + b"[" * 101 + b"]" * 101 + b"}",
        b'{"a": 1, "a": 1}',
        b'{"points": 1, "\\u0070oints": 2}',
        b'{"lines": [{"amount": 1, "amount": 2}]}',
        b'{"points": NaN}',
        b'{"points": -Infinity}',
        b'{"points": ' + b"9" * 100_000 + b"}",
        b'{"points": 1e99999999999999999999}',
        b'{"userId": "\xed\xa0\x80"}',  # half a character, as bytes
        b'{"userId": "\xc0\x80"}',  # NUL, longer than it may be written
        b'{"userId": "\xff"}',
        b"\x00",
        b'{"userId": "a\x00b"}',
        "{}".encode("utf-16"),
    ],
    ids=lambda body: repr(body[:24]) if isinstance(body, bytes) else body,
)
def test_what_is_no_json_that_says_one_thing_is_malformed(
    server: Server, path: str, body: bytes
) -> None:
    assert _post(server, path, body) == (400, "malformed_json")


@pytest.mark.parametrize(
    "number",
    ["1e999", "-1e999", "1e999999", "1e-999", "9" * 4000, "0." + "0" * 4000 + "1", "1e16", "-0.01"],
)
def test_numbers_beyond_all_bounds_are_no_amounts_and_no_points(
    server: Server, number: str
) -> None:
    event = f'{{{_IDS}, "totalAmount": {number}}}'.encode()
    quote_ = f'{{"memberId": "ann", "totalAmount": 1, "points": {number}}}'.encode()
    command = f'{{"points": {number}}}'.encode()

    assert _post(server, "/loyalty/quotes", quote_) == (422, "invalid_request")
    assert _post(server, _COMMAND, command)[0] == 422
    assert _post(server, "/loyalty/events", event) == (422, "invalid_amount")


@pytest.mark.parametrize("escape", ["\\ud800", "\\udfff", "\\ud83d", "a\\udc00b", "\\udc00\\ud800"])
def test_halves_of_characters_are_no_ids_and_no_texts(server: Server, escape: str) -> None:
    event = f'{{"userId": "{escape}", "orderId": "o", "transactionId": "t", "totalAmount": 1}}'
    command = f'{{"points": 1, "description": "{escape}"}}'

    assert _post(server, "/loyalty/events", event.encode()) == (422, "invalid_event")
    assert _post(server, _COMMAND, command.encode()) == (422, "invalid_request")
    # Where nothing is kept of it, it does no harm.
    ignored = f'{{{_IDS}, "totalAmount": 1, "{escape}": "{escape}"}}'
    assert _post(server, "/loyalty/events", ignored.encode())[0] == 202


def test_ids_that_look_alike_or_like_our_keys_are_kept_apart(server: Server) -> None:
    events = [
        {
            "userId": user,
            "orderId": f"{user[:120]}-{number}",
            "transactionId": user,
            "totalAmount": number,
        }
        for number, user in enumerate(LOOK_ALIKES, start=1)
    ]
    assert server.client.post("/loyalty/events", json=events).status_code == 202
    server.wait_until_processed()

    for points, user in enumerate(LOOK_ALIKES, start=1):
        place = quote(user, safe="").replace("..", "%2E%2E")
        balance = server.client.get(f"/loyalty/points/{place}")
        assert balance.json()["userId"] == user
        history = server.client.get(f"/loyalty/members/{place}/transactions").json()["items"]
        mine = [each for each in history if each["orderId"] == f"{user[:120]}-{points}"]
        assert [each["points"] for each in mine] == [points], user
        order = server.client.get(f"/loyalty/orders/{quote(f'{user[:120]}-{points}', safe='')}")
        assert order.json()["memberId"] == user
    for stranger in ("MEMBER", "ENTRY#2", "an", "annn", "ANN"):
        place = quote(stranger, safe="")
        assert server.client.get(f"/loyalty/members/{place}").status_code == 404


@pytest.mark.parametrize("user", ["Zoë".encode(), b"Zo\xeb", b"a\x00b", b"a\x01b"])
def test_a_path_that_is_not_encoded_is_no_request(server: Server, user: bytes) -> None:
    with RawConnection(server) as connection:
        start = b"GET /loyalty/points/" + user + b" HTTP/1.1\r\n"
        connection.send(start + HOST + b"Connection: close\r\n\r\n")
        assert status_and_problem(connection.everything())[0] == 400


@pytest.mark.parametrize("user", ["%FF", "Zo%EB", "%C0%80", "%00", "%0A", "%ED%A0%80", "%E2%80%AE"])
def test_an_encoded_path_of_what_is_no_id_is_refused(server: Server, user: str) -> None:
    answer = server.client.get(f"/loyalty/points/{user}")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_id")
