"""Who the server lets in, and where it listens."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.token_issuer import AUDIENCE, TokenIssuer, running_issuer

from loyalty_server.server_app import open_server_app
from loyalty_server.serving import CannotServe, listen
from loyalty_server.settings import ServerSettings

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is being tested


@pytest.fixture
def issuer() -> Iterator[TokenIssuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def client(issuer: TokenIssuer, tmp_path: Path) -> Iterator[TestClient]:
    settings = ServerSettings(data=tmp_path, jwt_issuer=issuer.url, jwt_audience=AUDIENCE)
    with open_server_app(settings) as app, TestClient(app) as client:
        yield client


def test_metrics_are_for_who_may_read(client: TestClient, issuer: TokenIssuer) -> None:
    def status(scope: str) -> int:
        token = issuer.token(time.time(), scope=scope)
        return client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code

    assert client.get("/metrics").status_code == 401
    assert [status(scope) for scope in ("", "loyalty:write", "loyalty:read")] == [403, 403, 200]


def test_a_member_sees_only_what_is_theirs(client: TestClient, issuer: TokenIssuer) -> None:
    headers = {"Authorization": f"Bearer {issuer.token(time.time(), sub='ann')}"}

    assert client.get("/loyalty/points/ann", headers=headers).json()["points"] == 0
    assert client.get("/loyalty/points/bob", headers=headers).status_code == 404


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.0.2.1", "example.com"])
def test_without_an_issuer_only_this_machine_is_answered(host: str) -> None:
    with pytest.raises(CannotServe, match="LOYALTY_JWT_ISSUER"):
        listen(host, 0, asks_for_tokens=False)


def test_with_an_issuer_any_address_can_be_listened_on() -> None:
    with closing(listen(EVERYWHERE, 0, asks_for_tokens=True)) as listener:
        assert listener.getsockname()[0] == EVERYWHERE


def test_a_server_that_asks_for_no_token_does_not_load_the_cryptography(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path;"
        "from loyalty_server.server_app import open_server_app;"
        "from loyalty_server.settings import ServerSettings;"
        "opened = open_server_app(ServerSettings(data=Path(sys.argv[1])));"
        "opened.__enter__();"
        "print([name for name in ('joserfc', 'cryptography') if name in sys.modules]);"
        "opened.__exit__(None, None, None)"
    )

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-W", "ignore", "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[]\n"
